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

mod checkpoint;
mod clip;
mod combined;
mod config;
mod device;
mod distribution;
mod dqn;
mod error;
mod evaluate;
mod gae;
mod judge;
mod metrics;
mod mlp;
mod network;
mod normalizer;
mod off_policy_config;
mod optimizer;
mod play;
mod policy;
mod ppo;
mod progress;
mod replay;
mod report;
mod rollout;
mod run_dir;
mod sac;
mod stage;
mod td3;
mod train;
mod transform;

pub use combined::{combine, environment};
pub use config::{AlgorithmName, OnAbstain, PpoConfig, TrainConfig};
pub use device::DeviceChoice;
pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate};
pub use metrics::Metrics;
pub use off_policy_config::{DqnConfig, SacConfig, Td3Config};
pub use play::{Actor, Episode, Play};
pub use policy::Policy;
pub use progress::{Bar, Progress, Silent};
pub use report::report;
pub use run_dir::{Reopened, RewardIdentity, Run, RunDir, RunInfo, State, Status};
pub use train::{Summary, resume, train};
pub use transform::Transform;
