//! Takes a plugin's answer into the host's types.

use meed_core::{Description, Failure, Reason, Scores, Unscored, check_scores};

use crate::bindings::types;
use crate::log::cut;

/// Bytes of a fault's message that are kept; the interface says so.
pub(super) const MESSAGE: usize = 4_096;

/// Checks the answer to `rows` rows and moves it into `scores`, without copying the values.
///
/// # Errors
/// The first of the interface's rules that it breaks.
pub(crate) fn take(
    description: &Description,
    rows: usize,
    answer: types::Scores,
    scores: &mut Scores,
) -> Result<(), Failure> {
    scores.values = answer.values;
    scores.factors = description.factors.len();
    scores.unscored.clear();
    scores.unscored.extend(answer.unscored.into_iter().map(unscored));
    Ok(check_scores(description, rows, scores)?)
}

/// Takes a fault for the whole call.
pub(crate) fn fault(given: types::Fault) -> Failure {
    Failure::Fault { message: cut(&given.message, MESSAGE).into() }
}

pub(super) fn unscored(given: types::Unscored) -> Unscored {
    let reason = match given.reason {
        types::Reason::Abstain => Reason::Abstain,
        types::Reason::Fault(fault) => Reason::Fault { message: cut(&fault.message, MESSAGE).into() },
    };
    Unscored { row: given.row as usize, reason }
}
