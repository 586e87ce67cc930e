//! Timing in turns.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::candidate::Candidate;

/// Time that a candidate gets in each turn, at least: long against the clock's grain and an interrupt, short against the machine's
/// moods.
const SLICE: Duration = Duration::from_millis(4);

/// Times all candidates `turns` times, one after the other in each turn, and gives for each its name, the median of its nanoseconds
/// a row and the median of its ratios to the first candidate's time in the same turn.
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
    let mut measured = vec![Vec::new(); candidates.len()];
    for _ in 0..turns {
        for ((candidate, count), measured) in candidates.iter_mut().zip(&times).zip(&mut measured) {
            let time = candidate.time(*count).context(candidate.name())?;
            measured.push(time.as_nanos() as f64 / f64::from(*count) / rows as f64);
        }
    }
    let first = measured.first().cloned().unwrap_or_default();
    Ok(candidates
        .iter()
        .zip(measured)
        .map(|(candidate, measured)| {
            let ratios = measured.iter().zip(&first).map(|(time, native)| time / native).collect();
            (candidate.name(), median(measured), median(ratios))
        })
        .collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
