//! Where the time of a verification went.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::judge::Judged;

/// Where the time of a verification went, in seconds of wall-clock time. Rules run beside each other, so that their times add up
/// to more than the whole.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct TimeReport {
    /// Reading the data.
    pub reading: f64,
    /// Asking the reward about the sample.
    pub asking: f64,
    /// Each rule, by its code.
    pub rules: BTreeMap<&'static str, f64>,
    /// All of it.
    pub whole: f64,
}

impl TimeReport {
    pub(crate) fn new(reading: Duration, asking: Duration, judged: &Judged, whole: Duration) -> Self {
        let rules = judged.reports.iter().zip(&judged.times);
        TimeReport {
            reading: reading.as_secs_f64(),
            asking: asking.as_secs_f64(),
            rules: rules.map(|(rule, time)| (rule.code, time.as_secs_f64())).collect(),
            whole: whole.as_secs_f64(),
        }
    }

    /// Writes the times for people, the longest rules first.
    pub fn table(&self) -> String {
        const MOST: usize = 10;
        let mut rules: Vec<(&str, f64)> = self.rules.iter().map(|(code, time)| (*code, *time)).collect();
        rules.sort_by(|a, b| b.1.total_cmp(&a.1));
        let lines =
            [("reading", self.reading), ("asking", self.asking)].into_iter().chain(rules.into_iter().take(MOST));
        let lines = lines.chain([("whole", self.whole)]);
        lines.map(|(name, seconds)| format!("{name:<8}{:>12.3} ms\n", 1e3 * seconds)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rules_come_first() {
        let rules = BTreeMap::from([("V010", 0.001), ("V030", 0.5)]);
        let table = TimeReport { reading: 0.1, asking: 0.2, rules, whole: 0.9 }.table();
        let names: Vec<&str> = table.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(names, ["reading", "asking", "V030", "V010", "whole"]);
    }
}
