//! What the reward gives for whole episodes, beside what the environment gave.

use meed_core::{Granularity, RewardError};

use crate::bench::Bench;
use crate::recorded::Recorded;

/// The reward of each recorded episode in which every row has a score.
#[derive(Debug)]
pub(crate) struct EpisodeScores {
    /// The weighted sums of the factors, added up over the episode.
    pub(crate) sums: Vec<f64>,
    /// The same of each step; empty where whole episodes are scored.
    pub(crate) steps: Vec<Vec<f64>>,
    /// Each factor added up over the episode, and its squares.
    pub(crate) factors: Vec<Vec<f64>>,
    /// What a decoder that has no factors can go by: observations and actions added up, and their squares.
    pub(crate) raw: Vec<Vec<f64>>,
    /// Rows.
    pub(crate) lengths: Vec<usize>,
    /// The environment's own returns, where they are recorded.
    pub(crate) returns: Option<Vec<f64>>,
    /// The file that each comes from.
    pub(crate) files: Vec<usize>,
    /// The number of each one's first row in the data.
    pub(crate) numbers: Vec<u64>,
    /// The place of each among the recorded episodes.
    pub(crate) places: Vec<usize>,
}

impl EpisodeScores {
    /// Asks about all recorded episodes.
    pub(crate) fn of(bench: &Bench<'_>, recorded: &Recorded) -> Result<EpisodeScores, RewardError> {
        let scores = bench.ask_long(&recorded.sample)?;
        let returns = recorded.returns();
        let mut episodes = EpisodeScores {
            sums: Vec::new(),
            steps: Vec::new(),
            factors: Vec::new(),
            raw: Vec::new(),
            lengths: Vec::new(),
            returns: returns.as_ref().map(|_| Vec::new()),
            files: Vec::new(),
            numbers: Vec::new(),
            places: Vec::new(),
        };
        for (episode, file) in recorded.files.iter().enumerate() {
            let rows = recorded.rows(episode);
            let scored = match bench.description.granularity {
                Granularity::Episode => episode..episode + 1,
                Granularity::Row => rows.clone(),
            };
            if scored.clone().any(|row| scores.reason(row).is_some()) {
                continue;
            }
            let steps: Vec<f64> = scored.clone().map(|row| bench.weighted(&scores, row)).collect();
            episodes.sums.push(steps.iter().sum());
            episodes.steps.push(match bench.description.granularity {
                Granularity::Episode => Vec::new(),
                Granularity::Row => steps,
            });
            episodes.factors.push(powers(
                bench.description.factors.len(),
                scored.map(|row| scores.row(row)),
                rows.len(),
            ));
            episodes.raw.push(raw(recorded, rows.clone()));
            episodes.lengths.push(rows.len());
            episodes.files.push(*file);
            episodes.places.push(episode);
            episodes.numbers.push(recorded.sample.number_of_row(rows.start));
            if let (Some(kept), Some(returns)) = (&mut episodes.returns, &returns) {
                kept.push(returns[episode]);
            }
        }
        Ok(episodes)
    }
}

/// Adds up columns and their squares over rows, and gives the number of steps after them.
fn powers<'a>(width: usize, rows: impl Iterator<Item = &'a [f32]>, steps: usize) -> Vec<f64> {
    let mut sums = vec![0.0; 2 * width + 1];
    for row in rows {
        for (column, value) in row.iter().enumerate() {
            sums[column] += f64::from(*value);
            sums[width + column] += f64::from(*value).powi(2);
        }
    }
    sums[2 * width] = steps as f64;
    sums
}

fn raw(recorded: &Recorded, rows: std::ops::Range<usize>) -> Vec<f64> {
    let Some(table) = recorded.sample.table() else { return Vec::new() };
    let steps = rows.len();
    let width = |values: &[f32]| values.len().checked_div(table.rows).unwrap_or(0);
    let [mut observation, action] = [&table.observation, &table.action].map(|values| {
        let width = width(values);
        powers(width, rows.clone().map(|row| &values[row * width..(row + 1) * width]), steps)
    });
    observation.extend(action);
    observation
}
