//! Runs that differ only by their seed belong together: they are one experiment, tried several times.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::aggregate::{Estimate, RESAMPLES, bootstrap, interquartile_mean, mean};
use crate::{Metrics, Run};

/// Confidence of the intervals.
pub(super) const CONFIDENCE: f64 = 0.95;
/// Points of a curve at most.
const POINTS: usize = 240;

/// Runs that differ only by their seed, in the order of the seeds.
pub(super) struct Group<'a> {
    pub(super) runs: Vec<&'a Run>,
    /// What this group is, where the page has others: what it differs in from them.
    pub(super) label: String,
    /// Everything that was set, by dotted name, but for the seed and the other algorithms' sections.
    pub(super) settings: BTreeMap<String, String>,
}

/// A place on a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) step: f64,
    /// Mean of the seeds, and their range.
    pub(super) mean: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Sorts runs into groups, in the order in which each one's first run comes.
pub(super) fn groups(runs: &[Run]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for run in runs {
        let settings = settings(run);
        match groups.iter_mut().find(|group| group.settings == settings) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { runs: vec![run], label: String::new(), settings }),
        }
    }
    for group in &mut groups {
        group.runs.sort_by_key(|run| run.info.config.seed);
    }
    label(&mut groups);
    groups
}

/// Lists everything that decides a run but for its seed.
fn settings(run: &Run) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    // By way of text, because a value made of an `f32` directly has the digits of the `f64` nearest to it.
    let text = serde_json::to_string(&run.info.config).unwrap_or_default();
    let config = serde_json::from_str(&text).unwrap_or_default();
    flatten("", &config, &mut settings);
    let algorithm = run.info.config.algorithm.to_string();
    let others = ["ppo", "sac", "td3", "dqn"].into_iter().filter(|section| *section != algorithm);
    let others: Vec<String> = others.map(|section| format!("{section}.")).collect();
    settings.retain(|name, _| name != "seed" && !others.iter().any(|section| name.starts_with(section)));
    settings.insert("reward".into(), reward(run));
    for reward in &run.info.rewards {
        if let Some(hash) = &reward.hash {
            settings.insert(format!("{} {}, sha256", reward.name, reward.version), hash.clone());
        }
    }
    settings
}

/// Names what a run learns from.
pub(super) fn reward(run: &Run) -> String {
    let name = |reward: &crate::RewardIdentity| {
        let weight = if reward.weight == 1.0 { String::new() } else { format!("{} x ", reward.weight) };
        format!("{weight}{} {}", reward.name, reward.version)
    };
    match &run.info.rewards[..] {
        [] => "environment".into(),
        rewards => rewards.iter().map(name).collect::<Vec<_>>().join(" + "),
    }
}

fn flatten(name: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&if name.is_empty() { field.clone() } else { format!("{name}.{field}") }, value, out);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            out.insert(name.into(), text.clone());
        }
        other => {
            out.insert(name.into(), other.to_string());
        }
    }
}

/// Says of each group what sets it apart: algorithm and reward first; whatever else differs among those that these leave together.
fn label(groups: &mut [Group<'_>]) {
    let main = ["algorithm", "reward"];
    let differing = |members: &[usize], groups: &[Group<'_>]| -> Vec<String> {
        let names: BTreeSet<&String> = members.iter().flat_map(|index| groups[*index].settings.keys()).collect();
        let differs = |name: &&String| {
            let mut values = members.iter().map(|index| groups[*index].settings.get(*name));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        names.into_iter().filter(differs).cloned().collect()
    };
    let key = |group: &Group<'_>| ["env", "algorithm", "reward"].map(|name| group.settings.get(name).cloned());
    let all: Vec<usize> = (0..groups.len()).collect();
    let apart = differing(&all, groups);
    for index in 0..groups.len() {
        let alike: Vec<usize> =
            all.iter().copied().filter(|other| key(&groups[*other]) == key(&groups[index])).collect();
        let rest = differing(&alike, groups);
        let group = &groups[index];
        let value = |name: &str| group.settings.get(name).map_or("none", |value| value);
        let mut parts: Vec<String> = main
            .iter()
            .filter(|name| apart.iter().any(|other| other == *name))
            .map(|name| value(name).to_owned())
            .collect();
        parts
            .extend(rest.iter().filter(|name| !name.ends_with("sha256")).map(|name| format!("{name} {}", value(name))));
        if parts.is_empty() {
            parts.push(value("algorithm").to_owned());
        }
        groups[index].label = parts.join(", ");
    }
}

impl Group<'_> {
    pub(super) fn env(&self) -> &str {
        &self.runs[0].info.config.env
    }

    /// Gives a curve: at every step that a run reports, the mean and the range of the runs that do. Neighbours are put together where
    /// there are too many to be seen.
    pub(super) fn curve(&self, value: &dyn Fn(&Metrics) -> Option<f64>) -> Vec<Point> {
        let mut steps: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for row in self.runs.iter().flat_map(|run| &run.metrics) {
            if let Some(value) = value(row).filter(|value| value.is_finite()) {
                steps.entry(row.step).or_default().push(value);
            }
        }
        let points: Vec<Point> = steps
            .into_iter()
            .map(|(step, values)| Point {
                step: step as f64,
                mean: mean(&values),
                low: values.iter().copied().fold(f64::INFINITY, f64::min),
                high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            })
            .collect();
        let together = points.len().div_ceil(POINTS).max(1);
        points.chunks(together).map(merged).collect()
    }

    /// Estimates the true return of the experiment from its runs' evaluations: their interquartile mean, with its interval where there
    /// are several.
    pub(super) fn evaluation(&self) -> Option<Estimate> {
        let means: Vec<f64> = self.runs.iter().filter_map(|run| Some(run.evaluation.as_ref()?.mean)).collect();
        match &means[..] {
            [] => None,
            [one] => Some(Estimate { value: *one, low: *one, high: *one }),
            _ => Some(bootstrap(&[means], interquartile_mean, CONFIDENCE, RESAMPLES, 0)),
        }
    }
}

/// Puts neighbours together: where the last one is, the mean of all, the range of all.
fn merged(points: &[Point]) -> Point {
    let of = |field: fn(&Point) -> f64| points.iter().map(field);
    Point {
        step: of(|point| point.step).fold(0.0, f64::max),
        mean: mean(&of(|point| point.mean).collect::<Vec<_>>()),
        low: of(|point| point.low).fold(f64::INFINITY, f64::min),
        high: of(|point| point.high).fold(f64::NEG_INFINITY, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    fn rows(values: &[f64]) -> Vec<Metrics> {
        let row = |(index, value): (usize, &f64)| Metrics {
            step: (index as u64 + 1) * 256,
            mean_return: Some(*value),
            ..Metrics::default()
        };
        values.iter().enumerate().map(row).collect()
    }

    #[test]
    fn seeds_are_one_group_and_a_curve_has_their_range() {
        let runs = [run("b", 2, rows(&[10.0, 20.0])), run("a", 1, rows(&[0.0]))];
        let groups = groups(&runs);
        assert_eq!((groups.len(), groups[0].runs.len(), groups[0].runs[0].info.config.seed), (1, 2, 1));
        let curve = groups[0].curve(&|row| row.mean_return);
        assert_eq!(curve[0], Point { step: 256.0, mean: 5.0, low: 0.0, high: 10.0 });
        assert_eq!(curve[1], Point { step: 512.0, mean: 20.0, low: 20.0, high: 20.0 });
    }

    #[test]
    fn a_long_curve_is_shortened_without_losing_a_peak() {
        let mut values = vec![1.0; 10_000];
        values[7_777] = 50.0;
        let runs = [run("a", 1, rows(&values))];
        let curve = groups(&runs)[0].curve(&|row| row.mean_return);
        assert!(curve.len() <= POINTS && curve.iter().any(|point| point.high == 50.0));
        assert_eq!(curve.last().map(|point| point.step), Some(2_560_000.0));
    }

    #[test]
    fn a_label_says_what_a_group_differs_in_and_nothing_else() {
        let (one, mut other, mut third) = (run("a", 1, vec![]), run("b", 1, vec![]), run("c", 1, vec![]));
        assert_eq!(groups(std::slice::from_ref(&one))[0].label, "ppo");
        other.info.config.ppo.gamma = 0.5;
        other.info.config.sac.hidden = 7;
        third.info.config.algorithm = crate::AlgorithmName::Sac;
        let runs = [one, other, third];
        let labels: Vec<String> = groups(&runs).into_iter().map(|group| group.label).collect();
        assert_eq!(labels, ["ppo, ppo.gamma 0.95", "ppo, ppo.gamma 0.5", "sac"]);
    }
}
