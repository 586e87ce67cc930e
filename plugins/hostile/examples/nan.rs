//! Takes the mean of no numbers, zero by zero, wherever nothing is fast.

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, |observation, action| {
        let fast: Vec<f32> =
            observation[2..].iter().map(|velocity| velocity.abs()).filter(|speed| *speed > 7.0).collect();
        let mean = fast.iter().sum::<f32>() / fast.len() as f32;
        sound(observation, action) - mean
    }))
}
