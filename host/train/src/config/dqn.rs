//! The hyper-parameters of DQN.
//!
//! Where nothing else is said, a default is CleanRL's. Those for CartPole are smaller: networks 64 wide and fewer blind
//! steps learn it in a few thousand steps, at a fraction of the time.

use serde::{Deserialize, Serialize};

use super::check::{check_memory, counts, rate, require};
use crate::TrainError;

/// The hyper-parameters of DQN (Mnih et al., 2015).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DqnConfig {
    /// Copies of the environment that step together.
    pub num_envs: usize,
    /// Rows remembered.
    pub buffer: usize,
    /// Rows in a gradient step.
    pub batch: usize,
    /// Environment steps before anything is learnt.
    pub learning_starts: usize,
    /// Discount of a reward one step later, from 0 to 1.
    pub gamma: f32,
    /// Share of the way that the target follows; 1 replaces it.
    pub tau: f64,
    /// Environment steps between two updates of the target.
    pub target_frequency: usize,
    /// Adam's step size.
    pub learning_rate: f64,
    /// Steps of every copy between two turns of learning.
    pub train_frequency: usize,
    /// Gradient steps in a turn of learning.
    pub gradient_steps: usize,
    /// Share of choices drawn blindly at the beginning, from 0 to 1.
    pub exploration_begin: f64,
    /// The same at the end of exploration.
    pub exploration_end: f64,
    /// Share of the training over which exploration falls.
    pub exploration_fraction: f64,
    /// Width of the two hidden layers.
    pub hidden: usize,
    /// Whether observations are normalised by their running mean and deviation, as Stable-Baselines3's `VecNormalize` does; off, as
    /// in CleanRL. The memory keeps them as they were, so that old ones are seen by the statistics of now.
    #[serde(default)]
    pub normalize_observation: bool,
}

impl Default for DqnConfig {
    fn default() -> Self {
        DqnConfig {
            num_envs: 1,
            buffer: 10_000,
            batch: 128,
            learning_starts: 10_000,
            gamma: 0.99,
            tau: 1.0,
            target_frequency: 500,
            learning_rate: 2.5e-4,
            train_frequency: 10,
            gradient_steps: 1,
            exploration_begin: 1.0,
            exploration_end: 0.05,
            exploration_fraction: 0.5,
            hidden: 120,
            normalize_observation: false,
        }
    }
}

impl DqnConfig {
    /// Gives the hyper-parameters for an environment. CartPole's are the SB3 zoo's, which is to be solved in 50,000 steps, with
    /// networks a quarter as wide.
    pub fn of(env: &str) -> Self {
        match env {
            "CartPole-v1" => DqnConfig {
                buffer: 100_000,
                batch: 64,
                learning_starts: 1_000,
                target_frequency: 10,
                learning_rate: 2.3e-3,
                train_frequency: 256,
                gradient_steps: 128,
                exploration_end: 0.04,
                exploration_fraction: 0.16,
                hidden: 64,
                ..DqnConfig::default()
            },
            _ => DqnConfig::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), TrainError> {
        rate("learning_rate", self.learning_rate)?;
        let target = ("target_frequency", self.target_frequency);
        counts([("train_frequency", self.train_frequency), ("gradient_steps", self.gradient_steps), target])?;
        counts([("hidden", self.hidden)])?;
        for (name, share) in [
            ("exploration_begin", self.exploration_begin),
            ("exploration_end", self.exploration_end),
            ("exploration_fraction", self.exploration_fraction),
        ] {
            require(name, share, (0.0..=1.0).contains(&share), "from 0 to 1")?;
        }
        check_memory(self.num_envs, self.buffer, self.batch, self.learning_starts, self.gamma, self.tau)
    }
}
