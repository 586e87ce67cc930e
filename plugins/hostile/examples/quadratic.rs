//! Compares each row with every other: its time grows with the square of the batch.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let values = per_row(rows, sound);
    let mut larger = 0u32;
    for one in &values {
        for other in &values {
            larger = std::hint::black_box(larger.wrapping_add(u32::from(one > other)));
        }
    }
    answer(values)
}
