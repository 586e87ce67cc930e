//! Describes itself in 32 MB.

use hostile::{answer, description, per_row, sound};
use meed_guest::{Description, Fault, Rows, Scores};

hostile::hostile!(describe, evaluate);

fn describe() -> Description {
    Description { summary: "a reward ".repeat(4 << 20), ..description() }
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, sound))
}
