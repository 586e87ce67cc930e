//! Timing in turns.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::candidate::Candidate;

/// Time that a candidate gets in each turn, at least: long against the clock's grain, and short against the time that the operating
/// system leaves a program on a processor before another one gets it.
const SLICE: Duration = Duration::from_millis(1);

/// Times all candidates `turns` times, one after the other in each turn, and gives for each its name, its nanoseconds a row and their
/// ratio to the first candidate's.
///
/// Of the turns the fastest counts: what else goes on in the machine only ever adds time, so that is the nearest to what the
/// candidate itself takes, and the only one that a busy machine leaves as it is.
///
/// # Errors
/// Where a candidate fails.
pub(crate) fn turns(
    candidates: &mut [Box<dyn Candidate>],
    rows: usize,
    turns: usize,
) -> Result<Vec<(&'static str, f64, f64)>> {
    let mut times = Vec::new();
    for candidate in candidates.iter_mut() {
        let mut count = 1;
        // The first calls also warm it up.
        while candidate.time(count).context(candidate.name())? < SLICE && count < 1 << 24 {
            count *= 2;
        }
        times.push(count);
    }
    let mut fastest = vec![f64::INFINITY; candidates.len()];
    for _ in 0..turns {
        for ((candidate, count), fastest) in candidates.iter_mut().zip(&times).zip(&mut fastest) {
            let time = candidate.time(*count).context(candidate.name())?;
            *fastest = fastest.min(time.as_nanos() as f64 / f64::from(*count) / rows as f64);
        }
    }
    let first = fastest.first().copied().unwrap_or(f64::NAN);
    Ok(candidates.iter().zip(fastest).map(|(candidate, time)| (candidate.name(), time, time / first)).collect())
}
