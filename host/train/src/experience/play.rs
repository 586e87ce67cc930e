//! Whole episodes of a policy, for recording and for evaluating.

use meed_envs::{ActionSpace, EnvSpec, VectorEnv};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{Policy, TrainError};

/// What chooses the actions.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Every action of the space as likely as any other.
    Random,
    /// A policy's best actions.
    Best(Box<Policy>),
    /// A policy's actions as it draws them in training.
    Sampled(Box<Policy>),
}

/// One whole episode, row after row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Episode {
    /// Number of rows, one a step of each agent; at least 1.
    pub rows: usize,
    /// Agents: the rows of one step lie together, in the agents' order.
    pub agents: usize,
    /// rows x observation size.
    pub observation: Vec<f32>,
    /// rows x action size; as the environment received it, within its range.
    pub action: Vec<f32>,
    /// rows x observation size; the last row is the episode's final observation.
    pub next_observation: Vec<f32>,
    /// rows; the environment's own reward.
    pub reward: Vec<f32>,
    /// rows; the task itself ended the episode.
    pub terminated: Vec<bool>,
    /// rows; the time limit ended the episode.
    pub truncated: Vec<bool>,
    /// Sum of the environment's own rewards, in full precision; of several agents the mean of their sums.
    pub total: f64,
}

/// An endless run of episodes of one copy of an environment; `take` as many as are wanted.
///
/// ```
/// use meed_train::{Actor, Play};
///
/// for episode in Play::new("CartPole-v1", Actor::Random, 7)?.take(2) {
///     let episode = episode?;
///     assert_eq!(episode.observation.len(), episode.rows * 4);
/// }
/// # Ok::<(), meed_train::TrainError>(())
/// ```
pub struct Play {
    env: Box<dyn VectorEnv>,
    actor: Actor,
    rng: ChaCha8Rng,
}

impl Play {
    /// Begins to play. The seed decides the environment's chances and the actor's. What was around the environment that a policy learnt
    /// in is around it here, too.
    ///
    /// # Errors
    /// [`TrainError::Env`] where there is no such environment; [`TrainError::PolicyMismatch`] where the policy is for another;
    /// [`TrainError::Config`] where actions are to be random and have no bounds.
    pub fn new(env: &str, actor: Actor, seed: u64) -> Result<Self, TrainError> {
        let env = match &actor {
            Actor::Best(policy) | Actor::Sampled(policy) if policy.env() == env => policy.make_env(1, seed)?,
            _ => meed_envs::make(env, 1, seed)?,
        };
        match &actor {
            Actor::Best(policy) | Actor::Sampled(policy) => policy.check(env.spec())?,
            Actor::Random => check_bounds(&env.spec().action_space)?,
        }
        // A stream that no copy of the environment draws from, so that actions and first states have nothing in common.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::MAX);
        Ok(Play { env, actor, rng })
    }

    /// Describes the environment.
    pub fn spec(&self) -> &EnvSpec {
        self.env.spec()
    }

    fn episode(&mut self) -> Result<Episode, TrainError> {
        let agents = self.env.spec().agents;
        let mut episode = Episode { agents, ..Episode::default() };
        loop {
            let observation = self.env.observation();
            let action = match &self.actor {
                Actor::Random => {
                    (0..agents).flat_map(|_| random(&self.env.spec().action_space, &mut self.rng)).collect()
                }
                Actor::Best(policy) => policy.act(observation),
                Actor::Sampled(policy) => policy.sample(observation, &mut self.rng).action,
            };
            episode.observation.extend_from_slice(observation);
            episode.action.extend_from_slice(&action);
            let step = self.env.step(&action)?;
            episode.rows += agents;
            episode.next_observation.extend_from_slice(step.next_observation);
            episode.reward.extend_from_slice(step.reward);
            episode.terminated.extend_from_slice(step.terminated);
            episode.truncated.extend_from_slice(step.truncated);
            episode.total += step.reward_f64.iter().sum::<f64>() / agents as f64;
            if step.terminated[0] || step.truncated[0] {
                return Ok(episode);
            }
        }
    }
}

impl Iterator for Play {
    type Item = Result<Episode, TrainError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.episode())
    }
}

fn check_bounds(space: &ActionSpace) -> Result<(), TrainError> {
    match space {
        ActionSpace::Box { low, high } if !low.iter().chain(high).all(|bound| bound.is_finite()) => {
            let allowed = "a trained policy, because actions without bounds cannot be drawn evenly";
            Err(TrainError::Config { name: "policy", value: "random".into(), allowed })
        }
        _ => Ok(()),
    }
}

fn random(space: &ActionSpace, rng: &mut ChaCha8Rng) -> Vec<f32> {
    match space {
        ActionSpace::Discrete(choices) => vec![rng.random_range(0..*choices) as f32],
        ActionSpace::Box { low, high } => low.iter().zip(high).map(|(l, h)| rng.random_range(*l..=*h)).collect(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn episodes_are_whole_seeded_and_go_on_where_each_step_led() {
        let play = |seed| -> Vec<Episode> {
            Play::new("CartPole-v1", Actor::Random, seed).unwrap().take(3).map(Result::unwrap).collect()
        };
        let episodes = play(1);
        assert_eq!(episodes, play(1));
        assert_ne!(episodes, play(2));
        for episode in &episodes {
            let last = episode.rows - 1;
            assert!(episode.terminated[last] && !episode.terminated[..last].contains(&true));
            assert_eq!(episode.next_observation[..last * 4], episode.observation[4..]);
            assert_eq!(episode.total, episode.rows as f64);
        }
        assert_ne!(episodes[0].observation[..4], episodes[1].observation[..4]);
    }

    #[test]
    fn each_agent_has_a_row_of_its_own_in_every_step() {
        let episode = Play::new("lare/spread-3", Actor::Random, 1).unwrap().next().unwrap().unwrap();
        assert_eq!((episode.agents, episode.rows, episode.action.len()), (3, 75, 75));
        let width = episode.observation.len() / 75;
        assert_eq!(episode.next_observation[..72 * width], episode.observation[3 * width..]);
        assert!(episode.truncated[72..] == [true; 3] && !episode.truncated[..72].contains(&true));
        assert!((0..25).any(|step| episode.action[step * 3] != episode.action[step * 3 + 1]));
    }
}
