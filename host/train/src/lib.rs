//! Training on a reward: PPO, SAC, TD3 and DQN, the policies that come out of it, and the directory that a run leaves.
//!
//! The command line calls [`train`] with a plugin; a program may call it with any [`RewardSource`](meed_core::RewardSource). How a
//! reward is run does not matter here: no sandbox is known to this crate, and no environment beyond what `meed-envs` makes.
//! It keeps true return and reward apart: policies learn from the reward and are judged by the environment's own.
//!
//! ```
//! use meed_train::{Silent, TrainConfig, evaluate, train};
//!
//! let config = TrainConfig::new("CartPole-v1", 256, 1);
//! let summary = train(config.make_env()?, None, &config, None, &mut Silent)?;
//! assert_eq!(summary.steps, 256);
//! assert!(evaluate(&summary.policy, 4, 2)?.mean >= 1.0);
//! # Ok::<(), meed_train::TrainError>(())
//! ```

pub mod aggregate;
mod algorithm;
mod config;
mod credit;
mod device;
mod error;
mod evaluate;
mod experience;
mod memory;
mod network;
pub mod report;
mod reward;
mod run;
mod train;

pub use config::{
    AlgorithmName, CreditConfig, CreditMethod, Critics, DqnConfig, OnAbstain, PpoConfig, SacConfig, Td3Config,
    TrainConfig,
};
pub use credit::learnt::{Dense, LearntReward, Reads};
pub use device::DeviceChoice;
pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate};
pub use experience::play::{Actor, Episode, Play};
pub use memory::keep_memory;
pub use network::policy::Policy;
pub use reward::combined::{combine, environment};
pub use reward::transform::Transform;
pub use run::info::{RewardIdentity, RunInfo, State, Status};
pub use run::metrics::Metrics;
pub use run::progress::{Bar, Progress, Silent};
pub use run::run_dir::{Reopened, Run, RunDir};
pub use train::{Summary, resume, train};
