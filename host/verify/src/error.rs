//! Failures of the verifier itself. What is wrong with a reward is never an error but a finding.

use meed_core::{InputError, RewardError};
use meed_trajectory::TrajectoryError;

/// A verification that came to no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] TrajectoryError),
    /// The data lack something that the reward's description asks for.
    #[error("the data do not fit the reward's description: {0}")]
    Fit(#[from] InputError),
    /// An episode, or a group of rows that belong together, is larger than one call may take.
    #[error("{rows} rows belong together, more than one call may take ({limit})")]
    Together {
        /// Rows that must go into one call.
        rows: usize,
        /// Rows that one call may take.
        limit: usize,
    },
    /// Two rewards cannot be compared.
    #[error("the rewards cannot be compared: {0}")]
    Incomparable(String),
    /// The host could not make a call for a reason that is not the reward's.
    #[error(transparent)]
    Call(#[from] RewardError),
}

impl VerifyError {
    /// Names the error for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            VerifyError::Data(_) => "data",
            VerifyError::Fit(_) => "data-fit",
            VerifyError::Together { .. } => "data-together",
            VerifyError::Incomparable(_) => "incomparable",
            VerifyError::Call(_) => "call",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            VerifyError::Data(error) => error.hint(),
            VerifyError::Fit(_) => {
                "compare the file's columns with the fields that `meed inspect` shows: both must come from one environment"
            }
            VerifyError::Together { .. } => "record shorter episodes or smaller groups",
            VerifyError::Incomparable(_) => "compare two transition rewards of single rows, on data that both can read",
            VerifyError::Call(_) => "call with smaller batches",
        }
    }
}
