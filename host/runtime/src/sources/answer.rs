//! Takes a plugin's answer into the host's types.

use meed_core::{Description, Failure, Reason, Scores, Unscored, check_scores};

use crate::bindings::types;
use crate::log::cut;

/// Bytes of a fault's message that are kept; the interface says so.
const MESSAGE: usize = 4_096;
/// Bytes that the messages of one batch may take together, and those that each may take however many rows there are.
const MESSAGES: usize = 64 << 20;
const LEAST: usize = 64;

/// Gives the bytes that are kept of each message in a batch of so many rows: up to 16,384 rows what the interface says, and less in
/// a larger one. It hangs on nothing but the number of rows, so that one batch's messages are the same however it is cut.
pub(super) fn message(rows: usize) -> usize {
    (MESSAGES / rows.max(1)).clamp(LEAST, MESSAGE)
}

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
    scores.unscored.extend(answer.unscored.into_iter().map(|given| unscored(given, message(rows))));
    Ok(check_scores(description, rows, scores)?)
}

/// Takes a fault for the whole call.
pub(crate) fn fault(given: types::Fault) -> Failure {
    Failure::Fault { message: cut(&given.message, MESSAGE).into() }
}

/// Takes a row without a score, and so many bytes of its message.
pub(super) fn unscored(given: types::Unscored, bytes: usize) -> Unscored {
    let reason = match given.reason {
        types::Reason::Abstain => Reason::Abstain,
        types::Reason::Fault(fault) => Reason::Fault { message: cut(&fault.message, bytes).into() },
    };
    Unscored { row: given.row as usize, reason }
}
