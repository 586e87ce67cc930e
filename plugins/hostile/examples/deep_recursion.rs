//! Calls itself until the stack is spent.

use hostile::answer;
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

/// Cannot be turned into a loop: each call needs its array after the next one is back.
fn depth(before: &[f32; 64], level: f32) -> f32 {
    let mut here = *before;
    here[level as usize % 64] += level;
    let below = if std::hint::black_box(level) >= 0.0 { depth(std::hint::black_box(&here), level + 1.0) } else { 0.0 };
    below + here[3]
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(vec![depth(&[0.0; 64], rows.rows as f32); rows.rows])
}
