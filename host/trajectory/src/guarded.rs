//! Calls into libraries that panic on some damaged files.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Problem;

/// Calls a format's library, which panics on some damaged files: to the caller that is the same as its other errors.
pub(crate) fn guarded<T, E: std::fmt::Display>(
    format: &'static str,
    row: u64,
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, Problem> {
    // What the call leaves behind is not used again: an error ends the reading.
    let reason = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
        }
    };
    Err(Problem::Damaged { format, row, reason })
}
