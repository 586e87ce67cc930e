//! Everything that can stop a training.

use meed_core::{Kind, RewardError};
use meed_envs::EnvError;

/// Why training, evaluating, or reading a policy or a run directory failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The environment refused something.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// The reward broke or refused a whole call.
    #[error(transparent)]
    Reward(#[from] RewardError),
    /// The reward cannot handle a row.
    #[error("{reward} cannot handle step {step} of episode {episode} (row {row} of the rollout): {message}")]
    Fault {
        /// Name and version.
        reward: String,
        /// Row within the rollout.
        row: usize,
        /// Episode of the row.
        episode: u32,
        /// Step within the episode.
        step: u32,
        /// What the reward said.
        message: String,
    },
    /// The reward abstained and the configuration says to stop.
    #[error("{reward} abstained on {abstained} of {rows} rows, first at step {step} of episode {episode}")]
    Abstained {
        /// Name and version.
        reward: String,
        /// Rows without a score.
        abstained: usize,
        /// Rows asked for.
        rows: usize,
        /// Episode of the first such row.
        episode: u32,
        /// Its step within the episode.
        step: u32,
    },
    /// The weighted sum of the factors is not finite.
    #[error("{reward} gives a weighted sum of {value} at step {step} of episode {episode}")]
    RewardNotFinite {
        /// Name and version.
        reward: String,
        /// The sum.
        value: f32,
        /// Episode of the row.
        episode: u32,
        /// Step within the episode.
        step: u32,
    },
    /// The reward is of a kind that this algorithm does not ask.
    #[error("{reward} is a reward of kind {kind}; PPO asks transition and stateful rewards")]
    Kind {
        /// Name and version.
        reward: String,
        /// Its kind.
        kind: Kind,
    },
    /// The reward describes other rows than the environment gives.
    #[error("{reward} reads {row} rows of {expected}; {env} gives {given}")]
    Fields {
        /// Name and version.
        reward: String,
        /// `observation`, `action` or `task`.
        row: &'static str,
        /// Fields that the reward describes.
        expected: String,
        /// Fields that the environment has.
        given: String,
        /// The environment's id.
        env: String,
    },
    /// The reward's description is unsound.
    #[error("the description of {reward} is unsound: {problems}")]
    Description {
        /// Name and version.
        reward: String,
        /// What is wrong with it.
        problems: String,
    },
    /// A weight for a factor that there is not.
    #[error("{reward} has no factor {factor:?}; it has {factors}")]
    UnknownFactor {
        /// Name and version.
        reward: String,
        /// The factor named in the configuration.
        factor: String,
        /// The factors there are.
        factors: String,
    },
    /// A hyper-parameter outside its range.
    #[error("{name} is {value}; it must be {allowed}")]
    Config {
        /// The hyper-parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A device that this build cannot compute on.
    #[error("this build of Meed cannot train on {device:?}: {missing}")]
    Device {
        /// The device asked for.
        device: String,
        /// What is missing.
        missing: &'static str,
    },
    /// A loss or a weight is no longer a number.
    #[error("training diverged after {steps} steps: {what} is not finite")]
    Diverged {
        /// Environment steps taken.
        steps: u64,
        /// What was found.
        what: &'static str,
    },
    /// A policy file that is not one.
    #[error("{file} is not a policy file of Meed: {reason}")]
    PolicyFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A policy made for another environment.
    #[error("the policy is for {policy}, not for {env}")]
    PolicyMismatch {
        /// What the policy was trained on.
        policy: String,
        /// What it was to act in.
        env: String,
    },
    /// A run directory that is there already.
    #[error("{path} exists already and is not empty")]
    RunExists {
        /// The directory.
        path: String,
    },
    /// A directory without a run in it.
    #[error("{path} holds no training run: {reason}")]
    NotARun {
        /// The directory.
        path: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// A state that training cannot go on from.
    #[error("no checkpoint to go on from in {path}: {reason}")]
    Checkpoint {
        /// The file or directory.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A run that has nothing left to do.
    #[error("the run in {path} has finished")]
    Finished {
        /// The directory.
        path: String,
    },
    /// A run that another process is writing.
    #[error("another process is training in {path}")]
    InUse {
        /// The directory.
        path: String,
    },
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file or directory.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

impl TrainError {
    /// Names the failure for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            TrainError::Env(_) => "env",
            TrainError::Reward(error) => error.failure.code(),
            TrainError::Fault { .. } => "fault",
            TrainError::Abstained { .. } => "abstained",
            TrainError::RewardNotFinite { .. } => "reward-not-finite",
            TrainError::Kind { .. } => "kind",
            TrainError::Fields { .. } => "fields",
            TrainError::Description { .. } => "description",
            TrainError::UnknownFactor { .. } => "unknown-factor",
            TrainError::Config { .. } => "config",
            TrainError::Device { .. } => "device",
            TrainError::Diverged { .. } => "diverged",
            TrainError::PolicyFile { .. } => "policy-file",
            TrainError::PolicyMismatch { .. } => "policy-mismatch",
            TrainError::RunExists { .. } => "run-exists",
            TrainError::NotARun { .. } => "not-a-run",
            TrainError::Checkpoint { .. } => "checkpoint",
            TrainError::Finished { .. } => "finished",
            TrainError::InUse { .. } => "in-use",
            TrainError::Io { .. } => "io",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            TrainError::Env(error) => error.hint(),
            TrainError::Reward(error) => error.failure.hint(),
            TrainError::Fault { .. } => {
                "read the message: it is the reward author's own; the row is one that training reached"
            }
            TrainError::Abstained { .. } => {
                "an abstention is not a zero: set on_abstain to `zero` or `environment` to say what stands in for the score"
            }
            TrainError::RewardNotFinite { .. } => "lower the weights: each factor is finite, their weighted sum is not",
            TrainError::Kind { .. } => {
                "wrap it as a transition reward, or train with an algorithm that asks whole episodes"
            }
            TrainError::Fields { .. } => {
                "describe the environment's fields, in its order, by its names; `reads` says which of them the reward uses"
            }
            TrainError::Description { .. } => "`meed inspect` shows the description as the host reads it",
            TrainError::UnknownFactor { .. } => "name the factors as the reward's description does",
            TrainError::Config { .. } => {
                "change the hyper-parameter; each one's documentation gives the reason for its default"
            }
            TrainError::Device { .. } => "use `--device cpu`",
            TrainError::Diverged { .. } => "lower the learning rate, or scale the reward (normalize_reward)",
            TrainError::PolicyFile { .. } => "give a policy.json that `meed train` wrote, whole and unchanged",
            TrainError::PolicyMismatch { .. } => "give the policy the environment it was trained on",
            TrainError::RunExists { .. } => "choose another directory: a run is never overwritten",
            TrainError::NotARun { .. } => "give a directory that `meed train --out` made",
            TrainError::Checkpoint { .. } => {
                "the policies in checkpoints/ can still be used; train anew in another directory"
            }
            TrainError::Finished { .. } => "train anew in another directory with more steps",
            TrainError::InUse { .. } => "wait until it ends, or end it: its run can then be resumed",
            TrainError::Io { .. } => {
                "look at the path and its permissions, and at the space left; a run goes on with `meed train --resume`"
            }
        }
    }

    pub(crate) fn io(path: impl Into<String>) -> impl FnOnce(std::io::Error) -> TrainError {
        let path = path.into();
        move |error| TrainError::Io { path, error }
    }
}
