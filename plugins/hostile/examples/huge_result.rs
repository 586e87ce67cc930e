//! Answers with 80 MB, whatever it was asked.

use hostile::answer;
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(vec![rows.rows as f32; 20_000_000])
}
