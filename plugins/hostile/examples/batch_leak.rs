//! Puts the mean of the batch into every row: a row's score depends on its neighbours.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let values = per_row(rows, sound);
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    answer(values.into_iter().map(|value| 0.5 * value + 0.5 * mean).collect())
}
