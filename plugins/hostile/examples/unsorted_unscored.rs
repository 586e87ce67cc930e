//! Lists the rows without a score from the last to the first.

use hostile::{per_row, sound};
use meed_guest::bindings::types::{Reason, Unscored};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let unscored = (0..rows.rows as u32).rev().map(|row| Unscored { row, reason: Reason::Abstain }).collect();
    Ok(Scores { values: per_row(rows, sound), unscored })
}
