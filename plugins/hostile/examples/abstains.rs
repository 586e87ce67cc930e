//! Has no score for two rows of three, and says so.

use hostile::{per_row, sound};
use meed_guest::bindings::types::{Reason, Unscored};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let values = per_row(rows, sound);
    let unscored = rows.observation.chunks(3).enumerate().filter(|(_, observation)| observation[0] < 0.5);
    let unscored = unscored.map(|(row, _)| Unscored { row: row as u32, reason: Reason::Abstain }).collect();
    Ok(Scores { values, unscored })
}
