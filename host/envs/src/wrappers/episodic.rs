//! Keeps the reward back until the episode ends.

use super::{apart, around};
use crate::{EnvError, EnvSpec, Step, VectorEnv};

/// Gives a reward of 0 until an episode's last step, and then the sum of all its rewards. Of several agents each gets the sum
/// over all of them, divided by their number.
pub struct Episodic {
    env: Box<dyn VectorEnv>,
    /// What each copy's episode has kept back so far.
    sums: Vec<f64>,
    reward: Vec<f32>,
    reward_f64: Vec<f64>,
}

impl Episodic {
    /// Delays the environment's own reward.
    pub fn new(env: Box<dyn VectorEnv>) -> Self {
        let rows = env.rows();
        Episodic { sums: vec![0.0; env.num_envs()], reward: vec![0.0; rows], reward_f64: vec![0.0; rows], env }
    }
}

impl VectorEnv for Episodic {
    fn spec(&self) -> &EnvSpec {
        self.env.spec()
    }

    fn num_envs(&self) -> usize {
        self.env.num_envs()
    }

    fn observation(&self) -> &[f32] {
        self.env.observation()
    }

    fn reset(&mut self, seed: Option<u64>) -> Result<(), EnvError> {
        self.sums.fill(0.0);
        self.env.reset(seed)
    }

    fn restart(&mut self, env: usize) -> Result<(), EnvError> {
        self.env.restart(env)?;
        self.sums[env] = 0.0;
        Ok(())
    }

    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError> {
        let agents = self.env.spec().agents;
        let step = self.env.step(actions)?;
        for (env, sum) in self.sums.iter_mut().enumerate() {
            let rows = env * agents..(env + 1) * agents;
            *sum += step.reward_f64[rows.clone()].iter().sum::<f64>();
            let ended = step.terminated[rows.start] || step.truncated[rows.start];
            let reward = if ended { std::mem::take(sum) / agents as f64 } else { 0.0 };
            self.reward_f64[rows.clone()].fill(reward);
            self.reward[rows].fill(reward as f32);
        }
        Ok(Step { reward: &self.reward, reward_f64: &self.reward_f64, ..step })
    }

    fn state(&self, env: usize) -> &[f64] {
        self.env.state(env)
    }

    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError> {
        self.env.set_state(env, state)?;
        self.sums[env] = 0.0;
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        around(&self.sums, self.env.snapshot()?)
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), EnvError> {
        let (sums, inner) = apart(snapshot, self.sums.len())?;
        self.env.restore(&inner)?;
        self.sums = sums;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{TimeLimit, make};

    #[test]
    fn the_last_step_gets_the_sum_and_the_others_nothing() {
        let (mut plain, mut wrapped) =
            (make("Pendulum-v1", 2, 5).unwrap(), Episodic::new(make("Pendulum-v1", 2, 5).unwrap()));
        let mut sums = [0.0; 2];
        for step in 1..=400 {
            let actions = [(step as f32).sin(), 0.5];
            let (a, b) = (plain.step(&actions).unwrap(), wrapped.step(&actions).unwrap());
            assert_eq!((a.observation, a.truncated), (b.observation, b.truncated));
            sums[0] += a.reward_f64[0];
            sums[1] += a.reward_f64[1];
            if step % 200 == 0 {
                assert_eq!(b.reward_f64, sums);
                assert_eq!(b.reward, sums.map(|sum| sum as f32));
                sums = [0.0; 2];
            } else {
                assert_eq!(b.reward, [0.0; 2]);
            }
        }
    }

    #[test]
    fn an_episode_begun_anew_owes_nothing_for_the_last_one() {
        let mut env = Episodic::new(Box::new(TimeLimit::new(make("CartPole-v1", 1, 3).unwrap(), 5)));
        let total =
            |env: &mut Episodic, steps| (0..steps).map(|_| env.step(&[1.0]).unwrap().reward_f64[0]).last().unwrap();
        assert_eq!(total(&mut env, 5), 5.0);
        assert_eq!(total(&mut env, 3), 0.0);
        env.restart(0).unwrap();
        assert_eq!(total(&mut env, 5), 5.0);
        total(&mut env, 3);
        let snapshot = env.snapshot().unwrap();
        env.reset(None).unwrap();
        assert_eq!(total(&mut env, 5), 5.0);
        env.restore(&snapshot).unwrap();
        assert_eq!(total(&mut env, 2), 5.0);
    }
}
