//! What several runs together say: the interquartile mean of their scores, and how sure one may be of it.
//!
//! Few runs of few tasks are what one can afford, and their mean hangs on an outlier. Agarwal et al. ("Deep reinforcement learning
//! at the edge of the statistical precipice", 2021) take the mean of the middle half of all scores instead, with a bootstrap
//! interval that draws the runs of each task anew. The numbers are those of their package rliable; `fixtures/record_scores.py` recorded
//! what the tests compare with.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Resamples of a bootstrap: rliable's default. The ends of an interval then move by about a hundredth of its width from seed to seed.
pub const RESAMPLES: usize = 50_000;

/// A statistic of scores and the interval that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The statistic of the scores as they are.
    pub value: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// Gives the mean of the middle half of the scores: a quarter of them, rounded down, is left out at either end.
///
/// Of no scores it is not a number; three scores or fewer are all in the middle. Not-a-numbers count as the largest.
///
/// ```
/// assert_eq!(meed_train::aggregate::interquartile_mean(&[0.0, 2.0, 4.0, 1000.0]), 3.0);
/// ```
pub fn interquartile_mean(scores: &[f64]) -> f64 {
    let mut sorted = scores.to_vec();
    middle_mean(&mut sorted)
}

/// Gives the plain mean of the scores; of none it is not a number.
pub fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len() as f64
}

/// Estimates a statistic of all scores together, with its interval at a `confidence` between 0 and 1: rliable's stratified bootstrap,
/// percentile method.
///
/// `tasks` holds the scores of each task's runs; tasks may have unequally many. Each resample draws as many runs of each task as
/// there are, with replacement, and never takes a run for one of another task. The same `seed` gives the same interval.
///
/// ```
/// use meed_train::aggregate::{bootstrap, interquartile_mean};
///
/// let estimate = bootstrap(&[vec![0.1, 0.2, 0.3], vec![0.7, 0.8, 0.9]], interquartile_mean, 0.95, 2_000, 0);
/// assert!(estimate.low < estimate.value && estimate.value < estimate.high);
/// ```
pub fn bootstrap(
    tasks: &[Vec<f64>],
    statistic: impl Fn(&[f64]) -> f64,
    confidence: f64,
    resamples: usize,
    seed: u64,
) -> Estimate {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = Vec::with_capacity(tasks.iter().map(Vec::len).sum());
    let mut statistics: Vec<f64> = (0..resamples)
        .map(|_| {
            drawn.clear();
            for runs in tasks {
                drawn.extend(runs.iter().map(|_| runs[rng.random_range(0..runs.len())]));
            }
            statistic(&drawn)
        })
        .collect();
    let (low, high) = interval(&mut statistics, confidence);
    Estimate { value: statistic(&tasks.concat()), low, high }
}

fn middle_mean(scores: &mut [f64]) -> f64 {
    scores.sort_unstable_by(f64::total_cmp);
    let cut = scores.len() / 4;
    mean(&scores[cut..scores.len() - cut])
}

/// Gives the percentiles between which the middle `confidence` of the statistics lies.
fn interval(statistics: &mut [f64], confidence: f64) -> (f64, f64) {
    statistics.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    (percentile(statistics, tail), percentile(statistics, 1.0 - tail))
}

/// Interpolates between the two sorted numbers that a fraction of all lies between, as NumPy does unless told otherwise.
fn percentile(sorted: &[f64], fraction: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = (fraction * last as f64).clamp(0.0, last as f64);
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// What rliable said of one table of scores.
    #[derive(Deserialize)]
    struct Recorded {
        name: String,
        tasks: Vec<Vec<f64>>,
        interquartile_mean: f64,
        mean: f64,
        /// Of 50,000 resamples.
        interval: [f64; 2],
        /// A few hundred of its resamples' statistics, and the interval that it makes of them.
        statistics: Vec<f64>,
        interval_of_statistics: [f64; 2],
    }

    fn recorded() -> Vec<Recorded> {
        serde_json::from_str(include_str!("../fixtures/rliable.json")).unwrap()
    }

    fn near(one: f64, other: f64, tolerance: f64) -> bool {
        (one - other).abs() <= tolerance
    }

    #[test]
    fn the_means_are_those_of_rliable() {
        for case in recorded() {
            let pooled = case.tasks.concat();
            let size = pooled.iter().fold(0.0f64, |size, score| size.max(score.abs()));
            assert!(near(interquartile_mean(&pooled), case.interquartile_mean, 1e-14 * size), "{}", case.name);
            assert!(near(mean(&pooled), case.mean, 1e-14 * size), "{}", case.name);
        }
    }

    #[test]
    fn the_interval_of_the_same_resamples_is_that_of_rliable() {
        for mut case in recorded() {
            let (low, high) = interval(&mut case.statistics, 0.95);
            let width = case.interval_of_statistics[1] - case.interval_of_statistics[0];
            assert!(near(low, case.interval_of_statistics[0], 1e-12 * width), "{}: {low}", case.name);
            assert!(near(high, case.interval_of_statistics[1], 1e-12 * width), "{}: {high}", case.name);
        }
    }

    #[test]
    fn resamples_of_our_own_give_the_interval_of_rliable_but_for_chance() {
        for case in recorded() {
            let ours = bootstrap(&case.tasks, interquartile_mean, 0.95, 20_000, 1);
            let [low, high] = case.interval;
            // The ends' own standard error is about 0.8 % of the width for 20,000 resamples of a normal statistic.
            let allowed = 0.04 * (high - low);
            assert!(near(ours.low, low, allowed) && near(ours.high, high, allowed), "{}: {ours:?}", case.name);
            assert_eq!(ours, bootstrap(&case.tasks, interquartile_mean, 0.95, 20_000, 1));
        }
    }

    #[test]
    fn runs_of_one_task_never_stand_in_for_those_of_another() {
        // Were all six drawn from one pot, some resamples would hold only ones.
        let tasks = [vec![0.0; 3], vec![1.0; 3]];
        assert_eq!(bootstrap(&tasks, mean, 0.99, 1_000, 3), Estimate { value: 0.5, low: 0.5, high: 0.5 });
    }

    #[test]
    fn few_scores_are_all_in_the_middle_and_none_have_no_mean() {
        assert_eq!(interquartile_mean(&[9.0, 0.0, 3.0]), 4.0);
        assert_eq!(interquartile_mean(&[9.0, 0.0, 3.0, -50.0]), 1.5);
        assert!(interquartile_mean(&[]).is_nan());
        assert!(bootstrap(&[], interquartile_mean, 0.95, 10, 0).low.is_nan());
    }
}
