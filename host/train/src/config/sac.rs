//! The hyper-parameters of SAC.
//!
//! Where nothing else is said, a default is CleanRL's. Those for Pendulum are smaller: networks 64 wide and fewer blind
//! steps learn it in a few thousand steps, at a fraction of the time.

use serde::{Deserialize, Serialize};

use super::check::{check_memory, counts, rate};
use crate::TrainError;

/// The hyper-parameters of SAC (Haarnoja et al., 2018).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SacConfig {
    /// Copies of the environment that step together; each step of each is followed by a gradient step.
    pub num_envs: usize,
    /// Rows remembered, each of 4 bytes for every column of two observations, the action and the factors, and 8 more.
    pub buffer: usize,
    /// Rows in a gradient step.
    pub batch: usize,
    /// Environment steps with actions drawn evenly before anything is learnt.
    pub learning_starts: usize,
    /// Discount of a reward one step later, from 0 to 1.
    pub gamma: f32,
    /// Share of the way that the targets follow the critics in each step.
    pub tau: f64,
    /// Adam's step size for the actor.
    pub actor_learning_rate: f64,
    /// Adam's step size for the critics and the temperature.
    pub critic_learning_rate: f64,
    /// Steps of the critics to one update of the actor, which is then taken that many times.
    pub policy_frequency: usize,
    /// Width of the two hidden layers of each network.
    pub hidden: usize,
    /// Whether observations are normalised by their running mean and deviation, as Stable-Baselines3's `VecNormalize` does; off, as
    /// in CleanRL. The memory keeps them as they were, so that old ones are seen by the statistics of now.
    #[serde(default)]
    pub normalize_observation: bool,
}

impl Default for SacConfig {
    fn default() -> Self {
        SacConfig {
            num_envs: 1,
            buffer: 1_000_000,
            batch: 256,
            learning_starts: 5_000,
            gamma: 0.99,
            tau: 0.005,
            actor_learning_rate: 3e-4,
            critic_learning_rate: 1e-3,
            policy_frequency: 2,
            hidden: 256,
            normalize_observation: false,
        }
    }
}

impl SacConfig {
    /// Gives the hyper-parameters for an environment. Pendulum's step size is the SB3 zoo's; its discount of 0.95 is PPO's here, and
    /// with targets that follow twice as fast it halves the steps that learning takes.
    pub fn of(env: &str) -> Self {
        match env {
            "Pendulum-v1" => SacConfig {
                buffer: 100_000,
                batch: 128,
                learning_starts: 500,
                gamma: 0.95,
                tau: 0.01,
                actor_learning_rate: 1e-3,
                hidden: 64,
                ..SacConfig::default()
            },
            _ => SacConfig::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), TrainError> {
        rate("actor_learning_rate", self.actor_learning_rate)?;
        rate("critic_learning_rate", self.critic_learning_rate)?;
        counts([("policy_frequency", self.policy_frequency), ("hidden", self.hidden)])?;
        check_memory(self.num_envs, self.buffer, self.batch, self.learning_starts, self.gamma, self.tau)
    }
}
