//! The hyper-parameters of TD3.
//!
//! Where nothing else is said, a default is CleanRL's. Those for Pendulum are smaller: networks 64 wide and fewer blind
//! steps learn it in a few thousand steps, at a fraction of the time.

use serde::{Deserialize, Serialize};

use super::check::{check_memory, counts, rate, require};
use crate::TrainError;

/// The hyper-parameters of TD3 (Fujimoto et al., 2018).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Td3Config {
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
    /// Share of the way that the targets follow in each update of theirs.
    pub tau: f64,
    /// Adam's step size for actor and critics.
    pub learning_rate: f64,
    /// Deviation of the noise on the target's action, in units of half the action range.
    pub policy_noise: f32,
    /// Where that noise is cut off.
    pub noise_clip: f32,
    /// Deviation of the noise on the actions tried, in units of half the action range.
    pub exploration_noise: f32,
    /// Steps of the critics to one update of the actor and the targets.
    pub policy_frequency: usize,
    /// Width of the two hidden layers of each network.
    pub hidden: usize,
    /// Whether observations are normalised by their running mean and deviation, as Stable-Baselines3's `VecNormalize` does; off, as
    /// in CleanRL. The memory keeps them as they were, so that old ones are seen by the statistics of now.
    #[serde(default)]
    pub normalize_observation: bool,
}

impl Default for Td3Config {
    fn default() -> Self {
        Td3Config {
            num_envs: 1,
            buffer: 1_000_000,
            batch: 256,
            learning_starts: 25_000,
            gamma: 0.99,
            tau: 0.005,
            learning_rate: 3e-4,
            policy_noise: 0.2,
            noise_clip: 0.5,
            exploration_noise: 0.1,
            policy_frequency: 2,
            hidden: 256,
            normalize_observation: false,
        }
    }
}

impl Td3Config {
    /// Gives the hyper-parameters for an environment. Pendulum's step size is the SB3 zoo's; its discount of 0.95 is PPO's here, and
    /// with targets that follow twice as fast it halves the steps that learning takes.
    pub fn of(env: &str) -> Self {
        match env {
            "Pendulum-v1" => Td3Config {
                buffer: 100_000,
                batch: 128,
                learning_starts: 500,
                gamma: 0.95,
                tau: 0.01,
                learning_rate: 1e-3,
                hidden: 64,
                ..Td3Config::default()
            },
            _ => Td3Config::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), TrainError> {
        rate("learning_rate", self.learning_rate)?;
        counts([("policy_frequency", self.policy_frequency), ("hidden", self.hidden)])?;
        for (name, noise) in [
            ("policy_noise", self.policy_noise),
            ("noise_clip", self.noise_clip),
            ("exploration_noise", self.exploration_noise),
        ] {
            require(name, noise, noise >= 0.0 && noise.is_finite(), "a finite number, at least 0")?;
        }
        check_memory(self.num_envs, self.buffer, self.batch, self.learning_starts, self.gamma, self.tau)
    }
}
