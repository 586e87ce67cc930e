//! Declares all fields as read and reads one.

use hostile::{answer, per_row};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, |observation, _| -observation[2] * observation[2] / 4.0))
}
