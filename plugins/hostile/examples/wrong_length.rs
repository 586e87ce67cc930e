//! Leaves out the last row.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let mut values = per_row(rows, sound);
    values.pop();
    answer(values)
}
