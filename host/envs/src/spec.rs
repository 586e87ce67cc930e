//! What an environment says of itself, and what can go wrong with one.

use meed_core::Field;
use serde::Serialize;

/// What an environment gives, takes and allows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvSpec {
    /// The name that [`make`](crate::make) knows it by: Gymnasium's id, version included, for Gymnasium's environments.
    pub id: String,
    /// Agents that act at once, at least 1. Each has a row of its own in every step, with the same fields.
    pub agents: usize,
    /// The fields of an observation row, in order and without gaps.
    pub observation: Vec<Field>,
    /// The fields of an action row. A discrete action is one column that holds its index.
    pub action: Vec<Field>,
    /// What actions may be.
    pub action_space: ActionSpace,
    /// Steps after which an episode is truncated, where there is a limit.
    pub max_episode_steps: Option<u32>,
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

    /// Checks the actions of `envs` copies.
    pub(crate) fn check_actions(&self, actions: &[f32], envs: usize) -> Result<(), EnvError> {
        let width = self.action_size();
        if actions.len() != envs * self.agents * width {
            return Err(EnvError::ActionLength { len: actions.len(), rows: envs * self.agents, width });
        }
        let there_is = |action: &f32| match self.action_space {
            ActionSpace::Discrete(choices) => *action >= 0.0 && *action < choices as f32 && action.fract() == 0.0,
            ActionSpace::Box { .. } => action.is_finite(),
        };
        match actions.iter().position(|action| !there_is(action)) {
            None => Ok(()),
            Some(index) => Err(EnvError::Action {
                env: index / (self.agents * width),
                action: actions[index],
                allowed: match self.action_space {
                    ActionSpace::Discrete(choices) => format!("an index from 0 to {}", choices - 1),
                    ActionSpace::Box { .. } => "finite numbers".into(),
                },
            }),
        }
    }
}

/// Something asked of an environment that it does not do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnvError {
    /// No environment has this id.
    #[error("there is no environment {id:?}; there are {}", crate::ids().collect::<Vec<_>>().join(", "))]
    UnknownId {
        /// What was asked for.
        id: String,
    },
    /// A vector of no environments.
    #[error("at least one copy of the environment is needed")]
    NoEnvs,
    /// An action list of the wrong length.
    #[error("{len} numbers are not {rows} actions of {width}")]
    ActionLength {
        /// Numbers given.
        len: usize,
        /// Copies of the environment x agents.
        rows: usize,
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
        allowed: String,
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
    /// A copy that is not there.
    #[error("there is no copy {env}: there are {envs} environments")]
    NoCopy {
        /// Which copy, from 0.
        env: usize,
        /// Copies of the environment.
        envs: usize,
    },
    /// Actions that cannot be scaled to a range of their own.
    #[error("the actions of {id} are choices or have no bounds")]
    ActionRange {
        /// The environment's id.
        id: String,
    },
    /// An environment on MuJoCo where MuJoCo is not as it must be.
    #[error("{id} runs on MuJoCo: {reason}")]
    Mujoco {
        /// The environment's id.
        id: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// A Python interpreter that cannot be started.
    #[error("{python} cannot be started: {reason}")]
    NoPython {
        /// The interpreter.
        python: String,
        /// Why.
        reason: String,
    },
    /// The Python process of an environment that crashed, hung or answered nonsense.
    #[error("the Python process of {id} {what}{}", quoted(.stderr))]
    Bridge {
        /// The environment's id.
        id: String,
        /// What it did.
        what: String,
        /// The end of what it wrote to standard error.
        stderr: String,
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
            EnvError::UnknownId { .. } => {
                "write the id as `meed envs` does; for one of Python's, write gym:ID or pettingzoo:MODULE"
            }
            EnvError::NoEnvs => "ask for one or more",
            EnvError::ActionLength { .. } => "give one action row for each agent of each copy, one after another",
            EnvError::Action { .. } => {
                "look at what chose the action: a policy of another environment, or a NaN in its weights"
            }
            EnvError::State { .. } => "give the environment's own state, not its observation",
            EnvError::NoCopy { .. } => "count the copies from 0",
            EnvError::ActionRange { .. } => "leave its actions as they are",
            EnvError::Mujoco { .. } => {
                "`cargo xtask mujoco` fetches the library and the models, and says how to build with them"
            }
            EnvError::NoPython { .. } => {
                "run `cargo xtask setup`, or name an interpreter with the variable MEED_PYTHON"
            }
            EnvError::Bridge { stderr, .. } if stderr.contains("ModuleNotFoundError") => {
                "install the package into that Python (`cargo xtask setup` installs gymnasium), or name another Python with MEED_PYTHON"
            }
            EnvError::Bridge { .. } => "read what it wrote; `python -c` with the same environment shows the same",
            EnvError::NoSnapshot { .. } => "a run in this environment has to begin anew",
            EnvError::Snapshot { .. } => "restore it into as many copies of the environment as it was taken from",
        }
    }
}

fn quoted(stderr: &str) -> String {
    if stderr.is_empty() { ", and wrote nothing".into() } else { format!(", and wrote:\n{stderr}") }
}
