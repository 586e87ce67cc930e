//! Remembers how often it was called.

use std::sync::atomic::{AtomicU32, Ordering};

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

static CALLS: AtomicU32 = AtomicU32::new(0);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) as f32;
    answer(per_row(rows, |observation, action| sound(observation, action) - calls * 1e-3))
}
