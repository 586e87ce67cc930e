//! Exit codes, and the one place where an error is shown.

use std::process::ExitCode;

use meed_core::RewardError;
use meed_design::{BuildError, ScaffoldError};
use meed_runtime::{HostError, LoadError};
use meed_train::TrainError;
use meed_trajectory::TrajectoryError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Shows an error with its causes and its hint, and tells whose failure it is.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    let mut last = error.to_string();
    eprintln!("error: {last}");
    for cause in error.chain().skip(1) {
        // An error that is passed through says the same as its cause.
        let text = cause.to_string();
        if text != last {
            eprintln!("  because: {text}");
        }
        last = text;
    }
    if let Some(hint) = error.chain().find_map(hint) {
        eprintln!("hint: {hint}");
    }
    error.chain().find_map(blame).unwrap_or(Exit::HostFailed)
}

fn hint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<RewardError>() {
        return Some(error.failure.hint().into());
    }
    None
}

fn blame(error: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if error.is::<UsageError>() {
        return Some(Exit::Usage);
    }
    if error.is::<RewardError>() || error.is::<LoadError>() {
        return Some(Exit::PluginFailed);
    }
    None
}
