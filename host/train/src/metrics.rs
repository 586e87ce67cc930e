//! The numbers of one update, a row of `metrics.csv`.

use serde::{Deserialize, Serialize};

/// What an update was made from and what it did. All but `seconds` are the same for the same seed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Environment steps so far, over all copies.
    pub step: u64,
    /// Episodes that have ended so far.
    pub episodes: u64,
    /// Mean of the environment's own return over the last 100 episodes; none before the first has ended.
    pub mean_return: Option<f64>,
    /// Mean reward of a row of the rollout, as the reward gave it (the environment's own where there is none).
    pub mean_reward: f64,
    /// Rows of the rollout on which the reward abstained.
    pub abstained: usize,
    /// The policy's loss, over the last epoch.
    pub policy_loss: f64,
    /// Half the mean squared error of the values, over the last epoch.
    pub value_loss: f64,
    /// Mean entropy of the policy, over the last epoch; none where the policy draws nothing.
    pub entropy: Option<f64>,
    /// How far the policy moved from the rollout's, as Kullback and Leibler measure it, over the last epoch; PPO's alone.
    pub kl: Option<f64>,
    /// Share of the rows whose probability moved further than the clip, over the last epoch; PPO's alone.
    pub clip_fraction: Option<f64>,
    /// Share of the variance of the returns that the values explained before the update; at most 1; PPO's alone.
    pub explained_variance: Option<f64>,
    /// Step size of the update.
    pub learning_rate: f64,
    /// Seconds since training began.
    pub seconds: f64,
}
