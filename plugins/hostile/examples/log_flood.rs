//! Writes a line for every row, and then some.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    for row in 0..rows.rows * 100 {
        meed_guest::log!(Info, "row {row} of {} is being scored, which the author wanted to see every time", rows.rows);
    }
    answer(per_row(rows, sound))
}
