//! What an environment says of itself, and what can go wrong with one.

use meed_core::Field;
use serde::Serialize;

/// What an environment gives, takes and allows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvSpec {
    /// Gymnasium's id, version included.
    pub id: &'static str,
    /// The fields of an observation row, in order and without gaps.
    pub observation: Vec<Field>,
    /// The fields of an action row. A discrete action is one column that holds its index.
    pub action: Vec<Field>,
    /// What actions may be.
    pub action_space: ActionSpace,
    /// Steps after which an episode is truncated.
    pub max_episode_steps: u32,
}

/// What actions may be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionSpace {
    /// One of this many choices, as the index of the choice in one `f32` column.
    Discrete(usize),
    /// A number for each column, from `low` to `high`. The environment itself clips what lies outside.
    Box {
        /// Smallest action, a number for each column.
        low: Vec<f32>,
        /// Largest action, a number for each column.
        high: Vec<f32>,
    },
}

impl EnvSpec {
    /// Counts the columns of an observation row.
    pub fn observation_size(&self) -> usize {
        self.observation.iter().map(|field| field.size).sum()
    }

    /// Counts the columns of an action row.
    pub fn action_size(&self) -> usize {
        self.action.iter().map(|field| field.size).sum()
    }
}

/// Something asked of an environment that it does not do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnvError {
    /// No environment has this id.
    #[error("there is no environment {id:?}; there are {}", crate::IDS.join(", "))]
    UnknownId {
        /// What was asked for.
        id: String,
    },
    /// A vector of no environments.
    #[error("at least one copy of the environment is needed")]
    NoEnvs,
    /// An action list of the wrong length.
    #[error("{len} numbers are not {envs} actions of {width}")]
    ActionLength {
        /// Numbers given.
        len: usize,
        /// Copies of the environment.
        envs: usize,
        /// Columns of an action.
        width: usize,
    },
    /// An action that the environment does not have.
    #[error("{action} is no action of environment {env}: it takes {allowed}")]
    Action {
        /// Which copy, from 0.
        env: usize,
        /// The action given.
        action: f32,
        /// What it takes.
        allowed: &'static str,
    },
    /// A state that is not one, or a copy that is not there.
    #[error(
        "{len} numbers are no state of environment {env}: there are {envs} environments, with a state of {width} numbers"
    )]
    State {
        /// Which copy, from 0.
        env: usize,
        /// Numbers given.
        len: usize,
        /// Copies of the environment.
        envs: usize,
        /// Numbers of a state.
        width: usize,
    },
    /// An environment whose state cannot be kept.
    #[error("{id} cannot give a snapshot of itself")]
    NoSnapshot {
        /// The environment's id.
        id: String,
    },
    /// Bytes that are not a snapshot of this environment.
    #[error("the snapshot of the environment does not fit: {reason}")]
    Snapshot {
        /// What is wrong with it.
        reason: String,
    },
}

impl EnvError {
    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            EnvError::UnknownId { .. } => "write the id as Gymnasium does, version included",
            EnvError::NoEnvs => "ask for one or more",
            EnvError::ActionLength { .. } => "give one action row for each copy, one after another",
            EnvError::Action { .. } => {
                "look at what chose the action: a policy of another environment, or a NaN in its weights"
            }
            EnvError::State { .. } => "give the environment's own state, not its observation",
            EnvError::NoSnapshot { .. } => "a run in this environment has to begin anew",
            EnvError::Snapshot { .. } => "restore it into as many copies of the environment as it was taken from",
        }
    }
}
