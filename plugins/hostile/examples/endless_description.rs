//! Never comes back from describing itself.

use hostile::{answer, description, per_row, sound};
use meed_guest::{Description, Fault, Rows, Scores};

hostile::hostile!(describe, evaluate);

fn describe() -> Description {
    let mut fields = 0;
    while std::hint::black_box(fields) >= 0 {
        fields = 1;
    }
    description()
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, sound))
}
