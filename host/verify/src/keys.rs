//! Completions without an answer, offered to a text reward in the place of those that were recorded.

use meed_core::RewardError;
use meed_trajectory::SampleTable;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Stop};

/// What becomes of one kind of completion.
pub(crate) struct Tried {
    /// Samples for which there was such a completion and it got a score.
    pub(crate) tried: usize,
    /// Those of them that got as much as a good recorded one.
    pub(crate) accepted: usize,
    /// The number, in the data, of the first of these.
    pub(crate) first: Option<u64>,
}

impl Tried {
    /// The share of the samples in which it was accepted.
    pub(crate) fn rate(&self) -> f64 {
        self.accepted as f64 / self.tried.max(1) as f64
    }
}

/// Gives the weighted sum from which on a completion counts as accepted: the given share of the way from the least to the most
/// that a recorded one got.
pub(crate) fn acceptance(bench: &Bench<'_>) -> Result<f64, Stop> {
    bench.columns(bench.settings.least_rows)?;
    let scores = bench.scores()?;
    let scored = (0..scores.rows()).filter(|&row| scores.reason(row).is_none());
    let sums: crate::statistics::Moments = scored.map(|row| bench.weighted(scores, row)).collect();
    if sums.std() <= bench.settings.constant * sums.size() {
        return Err(Stop::Inconclusive("all recorded completions get the same".into()));
    }
    Ok(sums.min + bench.settings.accept * (sums.max - sums.min))
}

/// Offers, in the place of each recorded completion of the probe, what `completion` makes of the texts and the row.
pub(crate) fn offer(
    bench: &Bench<'_>,
    acceptance: f64,
    completion: impl Fn(&SampleTable, usize) -> Option<String>,
) -> Result<Tried, RewardError> {
    let mut probe = bench.probe.clone();
    let mut replaced = Vec::new();
    if let Some(texts) = probe.texts_mut() {
        let offered: Vec<Option<String>> = (0..texts.rows).map(|row| completion(texts, row)).collect();
        for (row, offered) in offered.into_iter().enumerate() {
            replaced.push(offered.is_some());
            let Some(offered) = offered else { continue };
            if let Some(tokens) = texts.tokens.get_mut(row) {
                *tokens = offered.split_whitespace().count() as u32;
            }
            if let Some(completion) = texts.completion.get_mut(row) {
                *completion = offered;
            }
        }
    }
    let scores = bench.ask_fresh(&probe)?;
    let mut tried = Tried { tried: 0, accepted: 0, first: None };
    for row in (0..scores.rows()).filter(|&row| replaced.get(row) == Some(&true) && scores.reason(row).is_none()) {
        tried.tried += 1;
        if bench.weighted(&scores, row) >= acceptance {
            tried.accepted += 1;
            tried.first.get_or_insert(probe.number(bench.description, row));
        }
    }
    Ok(tried)
}

/// Checks that a completion which answers nothing is not accepted; `what` says which it was, `hint` what to do about it.
pub(crate) fn rejects(
    bench: &Bench<'_>,
    completion: impl Fn(&SampleTable, usize) -> Option<String>,
    what: &str,
    hint: &str,
) -> Result<Outcome, Stop> {
    let acceptance = acceptance(bench)?;
    let tried = offer(bench, acceptance, completion)?;
    if tried.tried == 0 {
        return Ok(Outcome::inconclusive(
            "no sample has what it takes to write such a completion, or none gets a score",
        ));
    }
    let outcome = match tried.rate() > bench.settings.false_positives {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new(what)
                .observed("share of samples in which it is accepted", tried.rate())
                .observed("samples tried", tried.tried as f64)
                .observed("weighted sum from which on it counts as accepted", acceptance)
                .limit("largest share", bench.settings.false_positives)
                .rows(tried.first)
                .hint(hint),
        ),
    };
    Ok(outcome.measured("share of samples in which it is accepted", tried.rate()))
}
