//! What stands in `config.json` and `status.json`: what was trained, and how it stands.

use serde::{Deserialize, Serialize};

use crate::TrainConfig;

/// What was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Version of Meed.
    pub meed: String,
    /// The algorithm and all hyper-parameters.
    pub config: TrainConfig,
    /// The rewards; none where the environment's own was used.
    pub rewards: Vec<RewardIdentity>,
}

/// Which reward it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RewardIdentity {
    /// The reward's name.
    pub name: String,
    /// The reward's version.
    pub version: String,
    /// What its factors' own weights are multiplied by.
    pub weight: f32,
    /// SHA-256 of the plugin file in hexadecimal; none for a reward in native code.
    pub hash: Option<String>,
    /// The plugin's copy, a path within the run directory; none for a reward in native code.
    #[serde(default)]
    pub file: Option<String>,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it still runs, or how it ended.
    pub state: State,
    /// Environment steps taken.
    pub steps: u64,
    /// Environment steps to take.
    pub total_steps: u64,
    /// Why it failed, where it did.
    pub error: Option<String>,
}

/// Whether a run still runs, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It runs, or was killed.
    Running,
    /// It took all its steps.
    Finished,
    /// An error stopped it.
    Failed,
}

impl RunInfo {
    /// Describes a run by this version of Meed.
    pub fn new(config: TrainConfig, rewards: impl IntoIterator<Item = RewardIdentity>) -> Self {
        RunInfo { meed: env!("CARGO_PKG_VERSION").into(), config, rewards: rewards.into_iter().collect() }
    }
}
