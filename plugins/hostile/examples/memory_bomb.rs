//! Asks for memory without end.

use hostile::answer;
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    while kept.len() < 1 << 20 {
        kept.push(std::hint::black_box(vec![1; 1 << 20]));
    }
    answer(vec![kept.len() as f32; rows.rows])
}
