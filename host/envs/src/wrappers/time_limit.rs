//! Ends episodes earlier than the environment does.

use super::{apart, around};
use crate::{EnvError, EnvSpec, Step, VectorEnv};

/// Truncates each episode after a number of steps, where the environment has not ended it before.
pub struct TimeLimit {
    env: Box<dyn VectorEnv>,
    spec: EnvSpec,
    limit: u32,
    /// Steps taken in each copy's episode.
    steps: Vec<u32>,
    next_observation: Vec<f32>,
    reward: Vec<f32>,
    reward_f64: Vec<f64>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
}

impl TimeLimit {
    /// Limits episodes to `limit` steps, at least 1. A limit that the environment has remains.
    pub fn new(env: Box<dyn VectorEnv>, limit: u32) -> Self {
        let mut spec = env.spec().clone();
        spec.max_episode_steps = Some(spec.max_episode_steps.map_or(limit, |own| own.min(limit)));
        let rows = env.rows();
        TimeLimit {
            steps: vec![0; env.num_envs()],
            next_observation: vec![0.0; rows * spec.observation_size()],
            reward: vec![0.0; rows],
            reward_f64: vec![0.0; rows],
            terminated: vec![false; rows],
            truncated: vec![false; rows],
            env,
            spec,
            limit,
        }
    }
}

impl VectorEnv for TimeLimit {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn num_envs(&self) -> usize {
        self.env.num_envs()
    }

    fn observation(&self) -> &[f32] {
        self.env.observation()
    }

    fn reset(&mut self, seed: Option<u64>) -> Result<(), EnvError> {
        self.steps.fill(0);
        self.env.reset(seed)
    }

    fn restart(&mut self, env: usize) -> Result<(), EnvError> {
        self.env.restart(env)?;
        self.steps[env] = 0;
        Ok(())
    }

    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError> {
        let step = self.env.step(actions)?;
        self.next_observation.copy_from_slice(step.next_observation);
        self.reward.copy_from_slice(step.reward);
        self.reward_f64.copy_from_slice(step.reward_f64);
        self.terminated.copy_from_slice(step.terminated);
        self.truncated.copy_from_slice(step.truncated);
        let agents = self.spec.agents;
        for (env, steps) in self.steps.iter_mut().enumerate() {
            let ended = self.terminated[env * agents] || self.truncated[env * agents];
            *steps += 1;
            if *steps >= self.limit {
                self.truncated[env * agents..(env + 1) * agents].fill(true);
                if !ended {
                    self.env.restart(env)?;
                }
            }
            if ended || *steps >= self.limit {
                *steps = 0;
            }
        }
        Ok(Step {
            next_observation: &self.next_observation,
            observation: self.env.observation(),
            reward: &self.reward,
            reward_f64: &self.reward_f64,
            terminated: &self.terminated,
            truncated: &self.truncated,
        })
    }

    fn state(&self, env: usize) -> &[f64] {
        self.env.state(env)
    }

    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError> {
        self.env.set_state(env, state)?;
        self.steps[env] = 0;
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        around(&self.steps, self.env.snapshot()?)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), EnvError> {
        let (steps, inner) = apart(snapshot, self.steps.len())?;
        self.env.restore(&inner)?;
        self.steps = steps;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::make;

    #[test]
    fn episodes_are_cut_and_the_next_one_begins_in_the_same_step() {
        let mut env = TimeLimit::new(make("Pendulum-v1", 2, 1).unwrap(), 30);
        assert_eq!(env.spec().max_episode_steps, Some(30));
        for step in 1..=120 {
            let given = env.step(&[0.0, 0.1]).unwrap();
            let ended = step % 30 == 0;
            assert_eq!((given.terminated, given.truncated), (&[false; 2][..], &[ended; 2][..]), "step {step}");
            assert_eq!(given.next_observation != given.observation, ended, "step {step}");
        }
    }

    #[test]
    fn an_episode_that_the_task_ended_counts_from_the_beginning() {
        // Pushed one way only, CartPole falls after 8 to 10 steps; the clock must not run through.
        let mut env = TimeLimit::new(make("CartPole-v1", 1, 3).unwrap(), 12);
        let ends: Vec<(bool, bool)> = (0..100)
            .map(|_| {
                let step = env.step(&[1.0]).unwrap();
                (step.terminated[0], step.truncated[0])
            })
            .filter(|end| end.0 || end.1)
            .collect();
        assert!(ends.len() >= 9 && ends.iter().all(|end| *end == (true, false)), "{ends:?}");
    }

    #[test]
    fn a_limit_beyond_the_environments_own_changes_nothing() {
        let (mut plain, mut wrapped) = (make("Pendulum-v1", 1, 5).unwrap(), make("Pendulum-v1", 1, 5).unwrap());
        wrapped = Box::new(TimeLimit::new(wrapped, 1000));
        assert_eq!(wrapped.spec(), plain.spec());
        for _ in 0..500 {
            let (a, b) = (plain.step(&[0.3]).unwrap(), wrapped.step(&[0.3]).unwrap());
            assert_eq!((a.observation, a.reward, a.truncated), (b.observation, b.reward, b.truncated));
        }
    }

    #[test]
    fn a_snapshot_holds_the_clock() {
        let mut env = TimeLimit::new(make("Pendulum-v1", 2, 1).unwrap(), 30);
        let until_end = |env: &mut TimeLimit| (1..).find(|_| env.step(&[0.0; 2]).unwrap().truncated[0]).unwrap();
        for _ in 0..20 {
            env.step(&[0.0; 2]).unwrap();
        }
        let snapshot = env.snapshot().unwrap();
        assert_eq!(until_end(&mut env), 10);
        assert_eq!(until_end(&mut env), 30);
        env.restore(&snapshot).unwrap();
        assert_eq!(until_end(&mut env), 10);
        assert!(env.restore(&snapshot[1..]).is_err());
    }
}
