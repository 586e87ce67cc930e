//! Panics: takes what is not there.

use hostile::answer;
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    let missing = rows.observation.iter().find(|value| **value > 1e30).copied();
    let Some(missing) = missing else { panic!("no observation is large enough") };
    answer(vec![missing; rows.rows])
}
