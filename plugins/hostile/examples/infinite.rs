//! Takes the logarithm of zero.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores, math};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, |observation, action| {
        sound(observation, action) + math::ln((observation[2].abs() - 8.0).max(0.0))
    }))
}
