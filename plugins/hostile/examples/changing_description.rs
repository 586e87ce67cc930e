//! Describes itself in other words every time.

use std::sync::atomic::{AtomicU32, Ordering};

use hostile::{answer, description, per_row, sound};
use meed_guest::{Description, Fault, Rows, Scores};

hostile::hostile!(describe, evaluate);

static ASKED: AtomicU32 = AtomicU32::new(0);

fn describe() -> Description {
    let asked = ASKED.fetch_add(1, Ordering::Relaxed);
    Description { name: format!("hostile-{asked}"), ..description() }
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, sound))
}
