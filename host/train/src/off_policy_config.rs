//! The hyper-parameters of the algorithms that learn from a memory: SAC, TD3 and DQN.
//!
//! Where nothing else is said, a default is CleanRL's. Those for Pendulum and CartPole are smaller: networks 64 wide and fewer
//! blind steps learn these in a few thousand steps, at a fraction of the time.

use serde::{Deserialize, Serialize};

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
}

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
}

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
}
