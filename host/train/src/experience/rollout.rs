//! What the policy did between two updates.
//!
//! Rows are time-major: row `(t * envs + e) * agents + a` is step `t` of agent `a` in copy `e`, so that the rows of one step lie
//! together, those of its agents side by side, and those of one episode come in the order of time. An agent of a copy is a lane:
//! row `t * lanes + l` is step `t` of lane `l`. One rollout is made when training begins and refilled for every update.

use std::collections::VecDeque;

use meed_core::Transitions;
use meed_envs::{EnvError, EnvSpec, VectorEnv};
use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::network::policy::{Acted, Policy};

/// Episodes over which the mean return is taken.
const RECENT: usize = 100;

/// The rows of a rollout.
#[derive(Debug, Default)]
pub(crate) struct Rollout {
    /// Copies of the environment.
    pub(crate) envs: usize,
    /// Agents in each copy.
    pub(crate) agents: usize,
    /// What the environment gave, rows x observation size: what the reward sees.
    pub(crate) observation: Vec<f32>,
    /// The same as the networks saw it.
    pub(crate) seen: Vec<f32>,
    /// What the environment received, clipped to its range: what the reward sees.
    pub(crate) action: Vec<f32>,
    /// What the actor chose, rows x outputs: what the learner makes more or less probable.
    pub(crate) choice: Vec<f32>,
    pub(crate) log_probability: Vec<f32>,
    /// What the critic expects, rows x values: as a rule one value.
    pub(crate) value: Vec<f32>,
    pub(crate) next_observation: Vec<f32>,
    pub(crate) next_value: Vec<f32>,
    pub(crate) reward: Vec<f32>,
    pub(crate) terminated: Vec<bool>,
    pub(crate) truncated: Vec<bool>,
    pub(crate) episode: Vec<u32>,
    pub(crate) step: Vec<u32>,
    /// Which agent of its copy a row is of, from 0.
    pub(crate) agent: Vec<u32>,
    /// Offsets over rows: the agents of one step of one copy are one part. Empty where there is one agent.
    pub(crate) group_offsets: Vec<u32>,
}

impl Rollout {
    pub(crate) fn rows(&self) -> usize {
        self.reward.len()
    }

    /// Counts the rows of one step: copies x agents.
    pub(crate) fn lanes(&self) -> usize {
        self.envs * self.agents
    }

    pub(crate) fn ended(&self, row: usize) -> bool {
        self.terminated[row] || self.truncated[row]
    }

    /// Borrows the rows as a reward sees them.
    pub(crate) fn transitions(&self) -> Transitions<'_> {
        Transitions {
            rows: self.rows(),
            observation: &self.observation,
            action: &self.action,
            next_observation: &self.next_observation,
            task: &[],
            terminated: &self.terminated,
            truncated: &self.truncated,
            reward: &self.reward,
            agent: &self.agent,
            episode: &self.episode,
            step: &self.step,
            group_offsets: &self.group_offsets,
        }
    }

    /// Fills in the values of each row's next observation. Most are the next row's; those at a time limit and at the end of the
    /// rollout are asked of the critic, all at once.
    pub(crate) fn value_what_comes(&mut self, policy: &Policy) {
        let (lanes, rows) = (self.lanes(), self.rows());
        let (width, values) = (self.next_observation.len() / rows, self.value.len() / rows);
        self.next_value.extend_from_slice(&self.value[lanes * values..]);
        self.next_value.resize(rows * values, 0.0);
        let asked: Vec<usize> =
            (0..rows).filter(|row| !self.terminated[*row] && (self.truncated[*row] || row + lanes >= rows)).collect();
        if asked.is_empty() {
            return;
        }
        let finals: Vec<f32> =
            asked.iter().flat_map(|row| &self.next_observation[row * width..(row + 1) * width]).copied().collect();
        for (row, given) in asked.iter().zip(policy.value(&finals).chunks_exact(values)) {
            self.next_value[row * values..(row + 1) * values].copy_from_slice(given);
        }
    }

    fn clear(&mut self) {
        let Rollout { observation, seen, action, choice, log_probability, value, .. } = self;
        for list in [observation, seen, action, choice, log_probability, value] {
            list.clear();
        }
        for list in [&mut self.next_observation, &mut self.next_value, &mut self.reward] {
            list.clear();
        }
        for list in [&mut self.episode, &mut self.step, &mut self.agent, &mut self.group_offsets] {
            list.clear();
        }
        self.terminated.clear();
        self.truncated.clear();
    }
}

/// The environment, with what it takes to step it and to number its episodes.
pub(crate) struct Collector {
    env: Box<dyn VectorEnv>,
    /// Episode that each copy is in.
    episode: Vec<u32>,
    step: Vec<u32>,
    /// The environment's own return of each copy's episode so far: of several agents, the mean of theirs.
    gained: Vec<f64>,
    begun: u32,
    /// Return and steps of the last episodes that ended.
    recent: VecDeque<(f64, u32)>,
    pub(crate) ended: u64,
}

/// What a checkpoint keeps of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct CollectorState {
    env: Vec<u8>,
    episode: Vec<u32>,
    step: Vec<u32>,
    gained: Vec<f64>,
    begun: u32,
    recent: VecDeque<(f64, u32)>,
    ended: u64,
}

impl Collector {
    pub(crate) fn new(env: Box<dyn VectorEnv>) -> Self {
        let envs = env.num_envs();
        Collector {
            env,
            episode: (0..envs as u32).collect(),
            step: vec![0; envs],
            gained: vec![0.0; envs],
            begun: envs as u32,
            recent: VecDeque::with_capacity(RECENT),
            ended: 0,
        }
    }

    pub(crate) fn spec(&self) -> &EnvSpec {
        self.env.spec()
    }

    pub(crate) fn save(&mut self) -> Result<CollectorState, EnvError> {
        Ok(CollectorState {
            env: self.env.snapshot()?,
            episode: self.episode.clone(),
            step: self.step.clone(),
            gained: self.gained.clone(),
            begun: self.begun,
            recent: self.recent.clone(),
            ended: self.ended,
        })
    }

    pub(crate) fn restore(&mut self, state: CollectorState) -> Result<(), EnvError> {
        self.env.restore(&state.env)?;
        (self.episode, self.step, self.gained) = (state.episode, state.step, state.gained);
        (self.begun, self.recent, self.ended) = (state.begun, state.recent, state.ended);
        Ok(())
    }

    /// Gives the mean of the environment's own return over the last 100 episodes, once one has ended.
    pub(crate) fn mean_return(&self) -> Option<f64> {
        self.recent_mean(|(gained, _)| *gained)
    }

    /// Gives the mean number of steps of the last 100 episodes, once one has ended.
    pub(crate) fn mean_length(&self) -> Option<f64> {
        self.recent_mean(|(_, steps)| f64::from(*steps))
    }

    fn recent_mean(&self, of: impl Fn(&(f64, u32)) -> f64) -> Option<f64> {
        (!self.recent.is_empty()).then(|| self.recent.iter().map(of).sum::<f64>() / self.recent.len() as f64)
    }

    /// Refills `rollout` with `steps` steps of every copy, with the actions that `act` chooses for their observations.
    pub(crate) fn collect(
        &mut self,
        steps: usize,
        rollout: &mut Rollout,
        mut act: impl FnMut(&[f32]) -> Acted,
    ) -> Result<(), TrainError> {
        let (envs, agents) = (self.env.num_envs(), self.env.spec().agents);
        rollout.clear();
        (rollout.envs, rollout.agents) = (envs, agents);
        for _ in 0..steps {
            let observation = self.env.observation();
            let acted = act(observation);
            rollout.observation.extend_from_slice(observation);
            rollout.seen.extend_from_slice(&acted.seen);
            rollout.choice.extend_from_slice(&acted.choice);
            rollout.log_probability.extend_from_slice(&acted.log_probability);
            rollout.value.extend_from_slice(&acted.value);
            rollout.action.extend_from_slice(&acted.action);
            rollout.episode.extend(self.episode.iter().flat_map(|episode| std::iter::repeat_n(*episode, agents)));
            rollout.step.extend(self.step.iter().flat_map(|step| std::iter::repeat_n(*step, agents)));
            let step = self.env.step(&acted.action)?;
            rollout.next_observation.extend_from_slice(step.next_observation);
            rollout.reward.extend_from_slice(step.reward);
            rollout.terminated.extend_from_slice(step.terminated);
            rollout.truncated.extend_from_slice(step.truncated);
            for env in 0..envs {
                let rows = env * agents..(env + 1) * agents;
                self.gained[env] += step.reward_f64[rows.clone()].iter().sum::<f64>() / agents as f64;
                self.step[env] += 1;
                // The agents of a copy share its episode.
                if step.terminated[rows.start] || step.truncated[rows.start] {
                    if self.recent.len() == RECENT {
                        self.recent.pop_front();
                    }
                    self.recent.push_back((std::mem::take(&mut self.gained[env]), self.step[env]));
                    self.ended += 1;
                    self.episode[env] = self.begun;
                    self.begun += 1;
                    self.step[env] = 0;
                }
            }
        }
        rollout.agent.extend((0..rollout.rows()).map(|row| (row % agents) as u32));
        if agents > 1 {
            rollout.group_offsets.extend((0..=rollout.rows()).step_by(agents).map(|row| row as u32));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::TrainConfig;

    #[test]
    fn rows_are_numbered_by_episode_and_hold_its_final_observation() {
        let config = TrainConfig::new("Pendulum-v1", 1, 0);
        let env = meed_envs::make("Pendulum-v1", 2, 0).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let policy = Policy::new(env.spec(), &config, &mut rng).unwrap();
        let (mut collector, mut rollout) = (Collector::new(env), Rollout::default());
        collector.collect(201, &mut rollout, |observation| policy.sample(observation, &mut rng)).unwrap();
        rollout.value_what_comes(&policy);
        assert_eq!(rollout.rows(), 402);
        assert_eq!((rollout.episode[0], rollout.episode[1], rollout.episode[400], rollout.episode[401]), (0, 1, 2, 3));
        assert_eq!((rollout.step[398], rollout.step[400]), (199, 0));
        assert!(rollout.truncated[398] && rollout.truncated[399] && !rollout.truncated[400]);
        // The row after a time limit begins elsewhere; every other row goes on where the last one led.
        let row = |list: &[f32], row: usize| list[row * 3..(row + 1) * 3].to_vec();
        assert_ne!(row(&rollout.next_observation, 398), row(&rollout.observation, 400));
        assert_eq!(row(&rollout.next_observation, 10), row(&rollout.observation, 12));
        // What the time limit cut off is worth the value of the final observation, not of the next episode's first.
        let finals = policy.value(&row(&rollout.next_observation, 398));
        assert!((finals[0] - rollout.next_value[398]).abs() < 1e-5);
        assert_ne!(rollout.next_value[398], rollout.value[400]);
        assert_eq!(collector.ended, 2);
        assert!(collector.mean_return().unwrap() < 0.0);
        assert_eq!(collector.mean_length(), Some(200.0));
    }

    #[test]
    fn agents_have_rows_of_their_own_and_share_episode_step_and_return() {
        let config = TrainConfig::new("lare/spread-3", 1, 0);
        let env = meed_envs::make("lare/spread-3", 2, 0).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let policy = Policy::new(env.spec(), &config, &mut rng).unwrap();
        let (mut collector, mut rollout) = (Collector::new(env), Rollout::default());
        collector.collect(26, &mut rollout, |observation| policy.sample(observation, &mut rng)).unwrap();
        rollout.value_what_comes(&policy);
        assert_eq!((rollout.rows(), rollout.lanes()), (156, 6));
        assert_eq!(rollout.agent[..7], [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(
            (rollout.episode[148..].to_vec(), rollout.step[148..].to_vec()),
            (vec![1, 1, 2, 2, 2, 3, 3, 3][..].to_vec(), vec![24, 24, 0, 0, 0, 0, 0, 0])
        );
        assert_eq!((rollout.group_offsets.len(), rollout.group_offsets[1], rollout.group_offsets[52]), (53, 3, 156));
        let width = rollout.observation.len() / 156;
        let row = |list: &[f32], row: usize| list[row * width..(row + 1) * width].to_vec();
        // An agent goes on where it was led, six rows later.
        assert_eq!(row(&rollout.next_observation, 7), row(&rollout.observation, 13));
        assert_eq!(rollout.next_value[7], rollout.value[13]);
        let finals = policy.value(&row(&rollout.next_observation, 145));
        assert!((finals[0] - rollout.next_value[145]).abs() < 1e-5 && rollout.truncated[145]);
        // The return of an episode is the sum over its steps of the mean over its agents.
        let rewards =
            |copy: usize| (0..25).flat_map(move |step| (0..3).map(move |agent| (step * 2 + copy) * 3 + agent));
        let sum: f64 = (0..2).flat_map(rewards).map(|row| f64::from(rollout.reward[row])).sum();
        assert!((collector.mean_return().unwrap() - sum / 3.0 / 2.0).abs() < 1e-4);
    }
}
