//! Nearly always lies at the end of its range.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, |observation, action| (100.0 * sound(observation, action)).max(-17.0)))
}
