//! Keeps some memory at each call: the instance grows for as long as it lives.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    std::mem::forget(std::hint::black_box(vec![1u8; 4 << 20]));
    answer(per_row(rows, sound))
}
