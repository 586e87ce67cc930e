//! Has no factor, and answers with nothing.

use hostile::{answer, description};
use meed_guest::{Description, Fault, Rows, Scores};

hostile::hostile!(describe, evaluate);

fn describe() -> Description {
    Description { factors: Vec::new(), ..description() }
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    assert!(rows.action.len() == rows.rows);
    answer(Vec::new())
}
