//! Calls two factors the same, and turns the range of one around.

use hostile::{answer, description, factor, per_row, sound};
use meed_guest::{Description, Fault, Rows, Scores};

hostile::hostile!(describe, evaluate);

fn describe() -> Description {
    Description { factors: vec![factor("cost", -17.0, 0.0), factor("cost", 0.0, -17.0)], ..description() }
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, sound).into_iter().flat_map(|value| [value, value]).collect())
}
