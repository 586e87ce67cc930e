//! The export for one row: raw addresses in, factors out, no allocation on the way. A translator to other machines reads it.
#![allow(unsafe_code, reason = "addresses come from outside; what they must be is each function's contract")]

use crate::arena::Status;
use crate::outcome::Outcome;

/// Calls `step` on the rows at three addresses and lets it write its factors to a fourth. An address whose size is 0 is not
/// looked at.
///
/// # Safety
/// Each address with a size other than 0 must be that of so many numbers, aligned to 4 bytes, and `out` that of `factors`
/// numbers which nothing else refers to.
#[inline(always)]
pub unsafe fn call(
    rows: [(*const f32, usize); 3],
    (out, factors): (*mut f32, usize),
    step: impl FnOnce(&[f32], &[f32], &[f32], &mut [f32]) -> Outcome<()>,
) -> u32 {
    let [observation, action, next] = rows.map(|(at, size)| {
        // SAFETY: the caller's promise.
        if size == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(at, size) } }
    });
    // SAFETY: the caller's promise; a reward has at least one factor.
    let out = unsafe { std::slice::from_raw_parts_mut(out, factors) };
    u32::from(Status::of(&step(observation, action, next, out)) as u8)
}
