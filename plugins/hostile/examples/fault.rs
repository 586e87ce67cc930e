//! Refuses every batch.

use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    Err(Fault { message: format!("{} rows are not what I was written for", rows.rows) })
}
