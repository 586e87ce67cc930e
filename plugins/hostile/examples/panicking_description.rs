//! Panics before it has said what it is.

use hostile::{answer, description, per_row, sound};
use meed_guest::{Description, Fault, Rows, Scores};

hostile::hostile!(describe, evaluate);

fn describe() -> Description {
    if std::hint::black_box(true) {
        panic!("the author's table is missing");
    }
    description()
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, sound))
}
