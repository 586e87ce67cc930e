//! What the reward does on the data as a whole, for those who look at the pages and for language models: which factor carries it,
//! which input it hangs on, how it goes with the true return, and its extreme rows.

use serde::Serialize;

use crate::bench::Bench;
use crate::finding::{Number, number};
use crate::rules::shares;

/// What the reward does on the data as a whole. What cannot be told is empty.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Portrait {
    /// Each weighted factor's share of the reward's variance, from 0 to 1.
    pub balance: Vec<Number>,
    /// How much the reward changes where an input is taken from other rows: the mean change over the reward's standard deviation.
    pub sensitivity: Vec<Number>,
    /// Recorded episodes, 300 at most.
    pub episodes: Vec<EpisodeReport>,
    /// The rows that get least, the least first.
    pub lowest: Vec<RowReport>,
    /// The rows that get most, the most first.
    pub highest: Vec<RowReport>,
}

/// What an episode gets from the reward and from the environment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EpisodeReport {
    /// Its first row, as it stands in the data.
    pub row: u64,
    /// The sum of the weighted factors.
    #[serde(serialize_with = "number")]
    pub reward: f64,
    /// The sum of the environment's own rewards.
    #[serde(serialize_with = "number")]
    pub environment: f64,
}

/// What a row gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RowReport {
    /// The row, as it stands in the data.
    pub row: u64,
    /// The sum of the weighted factors.
    #[serde(serialize_with = "number")]
    pub reward: f64,
    /// What the reward reads of it, as `name=value`.
    pub inputs: String,
}

const EPISODES: usize = 300;
const ROWS: usize = 5;

impl Portrait {
    pub(crate) fn of(bench: &Bench<'_>) -> Portrait {
        let factors = &bench.description.factors;
        let balance = shares(bench).ok().flatten().unwrap_or_default();
        let name = |place: usize| factors.get(place).map_or("", |factor| factor.name.as_str());
        let [lowest, highest] = extremes(bench);
        Portrait {
            balance: balance.into_iter().map(|(place, share)| Number::new(name(place), share)).collect(),
            sensitivity: bench
                .effects()
                .unwrap_or_default()
                .iter()
                .map(|effect| Number::new(&effect.input.name, effect.share))
                .collect(),
            episodes: episodes(bench),
            lowest,
            highest,
        }
    }
}

fn episodes(bench: &Bench<'_>) -> Vec<EpisodeReport> {
    let Ok((episodes, returns)) = bench.returns() else { return Vec::new() };
    let all = episodes.numbers.iter().zip(&episodes.sums).zip(returns);
    let of = |((row, reward), environment): ((&u64, &f64), &f64)| EpisodeReport {
        row: *row,
        reward: *reward,
        environment: *environment,
    };
    all.map(of).step_by(returns.len().div_ceil(EPISODES).max(1)).collect()
}

fn extremes(bench: &Bench<'_>) -> [Vec<RowReport>; 2] {
    let Ok(scores) = bench.scores() else { return Default::default() };
    let scored = (0..scores.rows()).filter(|&row| scores.reason(row).is_none());
    let mut rows: Vec<(usize, f64)> = scored.map(|row| (row, bench.weighted(scores, row))).collect();
    rows.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let of = |&(row, reward): &(usize, f64)| RowReport {
        row: bench.sample.number(bench.description, row),
        reward,
        inputs: bench.sample.inputs(bench.description, bench.sample.row_of(bench.description, row)),
    };
    [rows.iter().take(ROWS).map(of).collect(), rows.iter().rev().take(ROWS).map(of).collect()]
}
