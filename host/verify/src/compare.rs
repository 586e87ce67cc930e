//! Two rewards beside each other, on the same recorded steps.

use meed_core::RewardFactory;
use meed_trajectory::Dataset;
use serde::Serialize;

use crate::bench::Bench;
use crate::finding::short;
use crate::ordering::{distance, kendall, pearson, spearman};
use crate::reference::{Paired, canonical, paired};
use crate::rule::Stop;
use crate::statistics::Moments;
use crate::{Reference, Settings, Subject, VerifyError, draw};

/// How two rewards of single rows compare. A number is `None` where the data do not tell it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Names of the two.
    pub names: [String; 2],
    /// Recorded steps on which both have a score.
    pub steps: usize,
    /// Whole episodes on all steps of which both have a score.
    pub episodes: usize,
    /// EPIC distance: 0 for the same up to a factor, a constant and a potential, 1 for the opposite.
    pub epic: Option<f64>,
    /// Pearson distance, step by step.
    pub pearson: Option<f64>,
    /// Spearman distance, step by step.
    pub spearman: Option<f64>,
    /// Pearson's correlation of the episodes' sums.
    pub return_correlation: Option<f64>,
    /// Kendall's tau b of the episodes' sums, the trajectory alignment coefficient.
    pub alignment: Option<f64>,
    /// The steps on which the two disagree most, the worst first.
    pub disagreements: Vec<Disagreement>,
}

/// A step on which two rewards disagree.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Disagreement {
    /// The row, numbered from 0 as it stands in the data.
    pub row: u64,
    /// What either gives for it.
    pub rewards: [f64; 2],
    /// How many standard deviations either lies above its own mean.
    pub standardised: [f64; 2],
    /// What the first reads of it, as `name=value`.
    pub inputs: String,
}

/// Compares two rewards on recorded data.
///
/// # Errors
/// Where the data cannot be read or lack what a reward reads, or where the two cannot be compared: both must be transition
/// rewards of single rows.
pub fn compare(
    first: &dyn RewardFactory,
    second: &dyn RewardFactory,
    data: impl IntoIterator<Item = Dataset>,
    settings: &Settings,
) -> Result<Comparison, VerifyError> {
    let drawn = draw::draw(data, first.description(), settings, &|_| ())?;
    let reference = Some(Reference::Reward(second));
    let subject = Subject { verify: first, train: None, reference, hash: None, file: None };
    let mut bench = Bench::new(&subject, &drawn.sample, settings)?;
    bench.recorded = drawn.recorded.as_ref();
    let (pairs, recorded) = paired(&bench).map_err(incomparable)?;
    let epic = match canonical(&bench, "V170") {
        Ok(canonical) => apart(&canonical, pearson),
        Err(Stop::Host(error)) => return Err(error),
        Err(_) => None,
    };
    let mut sums: [Vec<f64>; 2] = Default::default();
    for episode in 0..recorded.episodes() {
        let rows = recorded.rows(episode);
        let range =
            pairs.rows.partition_point(|&row| row < rows.start)..pairs.rows.partition_point(|&row| row < rows.end);
        if range.len() == rows.len() {
            sums[0].push(pairs.own[range.clone()].iter().sum());
            sums[1].push(pairs.reference[range].iter().sum());
        }
    }
    let several = sums[0].len() >= settings.least_episodes;
    let name = |reward: &dyn RewardFactory| format!("{} {}", reward.description().name, reward.description().version);
    Ok(Comparison {
        names: [name(first), name(second)],
        steps: pairs.rows.len(),
        episodes: sums[0].len(),
        epic,
        pearson: apart(&pairs, pearson),
        spearman: apart(&pairs, spearman),
        return_correlation: pearson(&sums[0], &sums[1]).filter(|_| several),
        alignment: kendall(&sums[0], &sums[1]).filter(|_| several),
        disagreements: disagreements(&bench, &pairs, &recorded.sample),
    })
}

impl Comparison {
    /// Writes the comparison for people.
    pub fn table(&self) -> String {
        let number = |value: Option<f64>| value.map_or("not told by the data".into(), short);
        let mut text = format!(
            "{} and {}\n{} steps, {} episodes\n\n",
            crate::terminal::clean(&self.names[0]),
            crate::terminal::clean(&self.names[1]),
            short(self.steps as f64),
            short(self.episodes as f64)
        );
        for (name, value) in [
            ("EPIC distance", self.epic),
            ("Pearson distance", self.pearson),
            ("Spearman distance", self.spearman),
            ("return correlation", self.return_correlation),
            ("trajectory alignment", self.alignment),
        ] {
            text.push_str(&format!("{name:<22}{}\n", number(value)));
        }
        text.push_str("\nwhere they disagree most\n");
        for step in &self.disagreements {
            let [a, b] = step.rewards.map(short);
            text.push_str(&format!("row {:<9} {a:>10} {b:>10}  {}\n", step.row, crate::terminal::clean(&step.inputs)));
        }
        text
    }
}

fn apart(pairs: &Paired, correlation: fn(&[f64], &[f64]) -> Option<f64>) -> Option<f64> {
    correlation(&pairs.own, &pairs.reference).map(distance)
}

/// Lists the steps whose standardised rewards are farthest apart.
fn disagreements(bench: &Bench<'_>, pairs: &Paired, sample: &crate::sample::Sample) -> Vec<Disagreement> {
    const MOST: usize = 5;
    let standard = |values: &[f64]| -> Vec<f64> {
        let moments: Moments = values.iter().copied().collect();
        values.iter().map(|value| (value - moments.mean()) / moments.std().max(f64::MIN_POSITIVE)).collect()
    };
    let (first, second) = (standard(&pairs.own), standard(&pairs.reference));
    let mut order: Vec<usize> = (0..first.len()).collect();
    let gap = |place: usize| (first[place] - second[place]).abs();
    order.sort_by(|&a, &b| gap(b).total_cmp(&gap(a)));
    let step = |place: usize| Disagreement {
        row: sample.number_of_row(pairs.rows[place]),
        rewards: [pairs.own[place], pairs.reference[place]],
        standardised: [first[place], second[place]],
        inputs: sample.inputs(bench.description, pairs.rows[place]),
    };
    order.into_iter().take(MOST).filter(|&place| gap(place) > 1e-3).map(step).collect()
}

fn incomparable(stop: Stop) -> VerifyError {
    match stop {
        Stop::Host(error) => error,
        Stop::Inconclusive(reason) => VerifyError::Incomparable(reason),
        Stop::Because(code) => VerifyError::Incomparable(format!("the first has no answers ({code})")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use meed_trajectory::{Schema, Writer, open};

    use super::*;
    use crate::fixture::{self, Guest};

    fn on(first: &Guest, second: &Guest) -> Result<Comparison, VerifyError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("walk.parquet");
        let mut table = fixture::table(400);
        (table.action_size, table.action) = (1, vec![0.0; 400]);
        table.terminated = vec![false; 400];
        table.truncated = (1..=400).map(|row| row % 20 == 0).collect();
        let mut writer = Writer::create(&file, Schema::new(2, 1)).unwrap();
        writer.write(&table).unwrap();
        writer.finish().unwrap();
        compare(first, second, [open(&file).unwrap()], &Settings::default())
    }

    fn of(row: impl Fn(f32, f32) -> f32 + Send + Sync + 'static) -> Guest {
        Guest::rows(&["f"], move |x, y, out| out[0] = row(x, y))
    }

    #[test]
    fn a_multiple_is_the_same_and_an_exception_is_named() {
        let same = on(&of(|x, y| x + y), &of(|x, y| 0.5 * (x + y))).unwrap();
        assert!(same.epic.unwrap() < 1e-3 && same.pearson.unwrap() < 1e-3, "{same:?}");
        assert!((same.alignment.unwrap() - 1.0).abs() < 1e-9 && same.episodes == 20);
        let odd = on(&of(|x, _| x), &of(|x, _| if x > 0.95 { -1.0 } else { x })).unwrap();
        assert!(odd.disagreements[0].rewards[0] > 0.95 && odd.disagreements[0].rewards[1] == -1.0, "{odd:?}");
        assert!(odd.table().contains("EPIC distance") && odd.table().contains("x=0.9"), "{}", odd.table());
    }

    #[test]
    fn rewards_of_other_kinds_are_refused() {
        let error = on(&Guest::stateful(), &of(|x, _| x)).unwrap_err();
        assert_eq!(error.code(), "incomparable");
        assert!(!error.hint().is_empty());
    }
}
