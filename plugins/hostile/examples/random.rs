//! Adds noise from a generator that lives as long as the instance.

use std::sync::atomic::{AtomicU32, Ordering};

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

/// Gives a number from 0 to 1 (xorshift).
fn noise() -> f32 {
    static STATE: AtomicU32 = AtomicU32::new(2_463_534_242);
    let mut state = STATE.load(Ordering::Relaxed);
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    STATE.store(state, Ordering::Relaxed);
    (state >> 8) as f32 / 16_777_216.0
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, |observation, action| sound(observation, action) - noise()))
}
