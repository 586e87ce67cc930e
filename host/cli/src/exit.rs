//! Exit codes, and the one place where an error is shown.

use std::process::ExitCode;

use meed_core::RewardError;
use meed_design::{BuildError, DesignError, ModelError, ScaffoldError, TaskError};
use meed_runtime::{HostError, LoadError};
use meed_train::TrainError;
use meed_trajectory::TrajectoryError;

use crate::printable::message;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done, or passed.
    Done = 0,
    /// The plugin failed: a check, its build, a call.
    PluginFailed = 1,
    /// The command was not given what it needs.
    Usage = 2,
    /// The data does not suffice for a verdict.
    Inconclusive = 3,
    /// The host failed.
    HostFailed = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A mistake in what the user typed that the parser can't see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Something wrong with the plugin that no library's error says.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PluginError(pub(crate) String);

/// Shows an error with its causes and its hint, and tells whose failure it is.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    let mut last = error.to_string();
    eprintln!("error: {}", message(&last));
    for cause in error.chain().skip(1) {
        // An error that is passed through says the same as its cause.
        let text = cause.to_string();
        if !last.ends_with(&text) {
            eprintln!("  because: {}", message(&text));
        }
        last = text;
    }
    if let Some(hint) = error.chain().find_map(hint) {
        eprintln!("hint: {hint}");
    }
    error.chain().find_map(blame).unwrap_or(Exit::HostFailed)
}

fn hint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let hint = if let Some(error) = error.downcast_ref::<RewardError>() {
        error.failure.hint()
    } else if let Some(error) = error.downcast_ref::<LoadError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<HostError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<TrajectoryError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<TrainError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<TaskError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<ModelError>() {
        error.hint()
    } else if let Some(error) = error.downcast_ref::<DesignError>() {
        return error.hint();
    } else if let Some(error) = error.downcast_ref::<BuildError>() {
        return error.hint();
    } else if let Some(error) = error.downcast_ref::<ScaffoldError>() {
        return error.hint();
    } else {
        return None;
    };
    (!hint.is_empty()).then(|| hint.to_owned())
}

fn blame(error: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if error.is::<UsageError>() {
        return Some(Exit::Usage);
    }
    if error.is::<RewardError>() || error.is::<PluginError>() {
        return Some(Exit::PluginFailed);
    }
    match error.downcast_ref::<LoadError>() {
        Some(LoadError::Read { .. }) => return Some(Exit::HostFailed),
        Some(_) => return Some(Exit::PluginFailed),
        None => {}
    }
    if let Some(error) = error.downcast_ref::<TrainError>() {
        return Some(match error {
            TrainError::Reward(_)
            | TrainError::Fault { .. }
            | TrainError::Abstained { .. }
            | TrainError::RewardNotFinite { .. } => Exit::PluginFailed,
            TrainError::Env(_)
            | TrainError::Config { .. }
            | TrainError::Device { .. }
            | TrainError::InUse { .. }
            | TrainError::RunExists { .. } => Exit::Usage,
            _ => Exit::HostFailed,
        });
    }
    if error.is::<TaskError>() {
        return Some(Exit::Usage);
    }
    if let Some(error) = error.downcast_ref::<DesignError>() {
        return Some(match error {
            DesignError::Exists { .. }
            | DesignError::NoDesign { .. }
            | DesignError::Other { .. }
            | DesignError::NoTraining { .. } => Exit::Usage,
            _ => Exit::HostFailed,
        });
    }
    if let Some(error) = error.downcast_ref::<ModelError>() {
        return Some(match error {
            ModelError::Address { .. } | ModelError::Key | ModelError::Transcript { .. } | ModelError::Line { .. } => {
                Exit::Usage
            }
            _ => Exit::HostFailed,
        });
    }
    match error.downcast_ref::<ScaffoldError>() {
        Some(ScaffoldError::Files(_)) | None => {}
        Some(_) => return Some(Exit::Usage),
    }
    match error.downcast_ref::<BuildError>()? {
        BuildError::MissingTool { .. }
        | BuildError::MissingTarget { .. }
        | BuildError::Io { .. }
        | BuildError::Interface { .. } => Some(Exit::HostFailed),
        BuildError::NoSource { .. } | BuildError::Ambiguous { .. } => Some(Exit::Usage),
        _ => Some(Exit::PluginFailed),
    }
}
