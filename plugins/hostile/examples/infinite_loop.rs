//! Never comes back.

use hostile::answer;
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let mut sum = 0u32;
    while std::hint::black_box(rows.rows) < usize::MAX {
        sum = std::hint::black_box(sum.wrapping_add(1));
    }
    answer(vec![sum as f32])
}
