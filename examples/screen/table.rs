//! How well what the verifier said foretold what training came to.

use std::collections::BTreeSet;
use std::fmt::Write;

use meed_verify::spearman;
use serde::Serialize;

use crate::outcome::{Outcome, Said};
use crate::{ENVIRONMENT, RANDOM};

/// Share of the way from the random policy's return to that of a policy trained on the environment's own reward, below which a
/// candidate counts as bad.
const BAD: f64 = 0.5;

/// How well one rule, or the whole verdict, does on one task, or on all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TableRow {
    /// The rule's code; `verdict` is the whole's.
    pub(crate) rule: String,
    /// The environment; `all` is all of them.
    pub(crate) task: String,
    /// Which data it looked at.
    pub(crate) data: String,
    /// Candidates that it came to a verdict on, inconclusive included.
    pub(crate) candidates: usize,
    /// Of these, how many turned out bad.
    pub(crate) bad: usize,
    /// How many it rejected.
    pub(crate) rejected: usize,
    /// How many of the sound ones it rejected, as a share of the sound ones.
    pub(crate) false_alarms: Option<f64>,
    /// Spearman's correlation of the verdict (fail 0, inconclusive 1, pass 2) with the normalised return.
    pub(crate) rank_correlation: Option<f64>,
    /// The same of the first number that the rule measured, over the candidates that have one.
    pub(crate) measured_correlation: Option<f64>,
    /// Share of the rejected that were bad.
    pub(crate) precision: Option<f64>,
    /// Share of the bad that were rejected.
    pub(crate) recall: Option<f64>,
}

/// A candidate with its return, 0 for the random policy's and 1 for that of a policy trained on the environment's own reward.
struct Scored<'a> {
    outcome: &'a Outcome,
    score: f64,
}

/// Gives all rows: the whole verdict first, then the rules in the order of their codes.
pub(crate) fn rows(outcomes: &[Outcome]) -> Vec<TableRow> {
    let scored = score(outcomes);
    let tasks: BTreeSet<&str> = scored.iter().map(|one| one.outcome.task.as_str()).collect();
    let data: BTreeSet<&str> = scored.iter().flat_map(|one| one.outcome.screens.keys().map(String::as_str)).collect();
    let codes: BTreeSet<&str> = scored
        .iter()
        .flat_map(|one| one.outcome.screens.values().flat_map(|screen| screen.rules.keys()))
        .map(String::as_str)
        .collect();
    let mut rows = Vec::new();
    for data in data {
        for rule in std::iter::once("verdict").chain(codes.iter().copied()) {
            for task in tasks.iter().copied().chain(["all"]) {
                let of_task: Vec<&Scored<'_>> =
                    scored.iter().filter(|one| task == "all" || one.outcome.task == task).collect();
                rows.extend(row(rule, task, data, &of_task));
            }
        }
    }
    rows
}

/// Puts every screened candidate's return between the two that nobody screens.
fn score(outcomes: &[Outcome]) -> Vec<Scored<'_>> {
    let mean = |task: &str, name: &str| {
        outcomes.iter().find(|one| one.task == task && one.candidate == name).and_then(|one| one.mean_return(f64::NAN))
    };
    let screened = outcomes.iter().filter(|one| !one.screens.is_empty());
    let scored = screened.filter_map(|outcome| {
        let (random, own) = (mean(&outcome.task, RANDOM)?, mean(&outcome.task, ENVIRONMENT)?);
        // Where training stopped there is no policy, and what stands in is the one that has learnt nothing.
        let score = (outcome.mean_return(random)? - random) / (own - random);
        Some(Scored { outcome, score })
    });
    scored.collect()
}

fn row(rule: &str, task: &str, data: &str, candidates: &[&Scored<'_>]) -> Option<TableRow> {
    let mut said: Vec<(Said, f64)> = Vec::new();
    let mut measured: Vec<(f64, f64)> = Vec::new();
    for one in candidates {
        let Some(screen) = one.outcome.screens.get(data) else { continue };
        if rule == "verdict" {
            said.push((screen.verdict, one.score));
        } else if let Some(rule) = screen.rules.get(rule) {
            said.push((rule.verdict, one.score));
            measured.extend(rule.measured.map(|value| (value, one.score)));
        }
    }
    if said.is_empty() {
        return None;
    }
    let is_bad = |score: f64| score < BAD;
    let count = |wanted: &dyn Fn(Said, f64) -> bool| said.iter().filter(|(said, score)| wanted(*said, *score)).count();
    let bad = count(&|_, score| is_bad(score));
    let rejected = count(&|said, _| said == Said::Fail);
    let caught = count(&|said, score| said == Said::Fail && is_bad(score));
    let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
    let correlation = |pairs: Vec<(f64, f64)>| {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        if x.len() < 5 { None } else { spearman(&x, &y) }
    };
    let level = |said| match said {
        Said::Fail => 0.0,
        Said::Inconclusive => 1.0,
        Said::Pass => 2.0,
    };
    Some(TableRow {
        rule: rule.into(),
        task: task.into(),
        data: data.into(),
        candidates: said.len(),
        bad,
        rejected,
        false_alarms: share(rejected - caught, said.len() - bad),
        rank_correlation: correlation(said.iter().map(|(said, score)| (level(*said), *score)).collect()),
        measured_correlation: correlation(measured),
        precision: share(caught, rejected),
        recall: share(caught, bad),
    })
}

/// Writes the candidates with their returns, and the rows over all tasks that reject anything, for a page in Markdown.
pub(crate) fn text(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| task | candidate | score | seeds | on random | on mixed | rejected by | against a function | rejected by |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut scored = score(outcomes);
    scored.sort_by(|a, b| a.outcome.task.cmp(&b.outcome.task).then(b.score.total_cmp(&a.score)));
    for one in &scored {
        let said = |data: &str| {
            one.outcome.screens.get(data).map_or("-".into(), |screen| format!("{:?}", screen.verdict).to_lowercase())
        };
        let by = |data: &str| {
            let rules = one.outcome.screens.get(data).into_iter().flat_map(|screen| &screen.rules);
            let fails = rules.filter(|(_, rule)| rule.error && rule.verdict == Said::Fail);
            fails.map(|(code, _)| code.as_str()).collect::<Vec<_>>().join(" ")
        };
        let Outcome { task, candidate, trained, .. } = one.outcome;
        let _ = writeln!(
            text,
            "| {task} | {candidate} | {:.2} | {} | {} | {} | {} | {} | {} |",
            one.score,
            trained.len(),
            said("random"),
            said("mixed"),
            by("mixed"),
            said("function"),
            by("function"),
        );
    }
    text.push_str("\n| data | rule | task | candidates | bad | rejected | precision | recall | false alarms | rank correlation | of the number |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    let number = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
    let all = rows(outcomes);
    let telling = |rule: &str, data: &str| {
        all.iter()
            .any(|row| row.rule == rule && row.data == data && (row.rejected > 0 || row.measured_correlation.is_some()))
    };
    for row in all.iter().filter(|row| telling(&row.rule, &row.data) && (row.task == "all" || row.rule == "verdict")) {
        // Most rules say with a simulator what they said without.
        if row.data == "simulator" && telling(&row.rule, "mixed") {
            continue;
        }
        let TableRow { rule, task, data, candidates, bad, rejected, .. } = row;
        let [precision, recall, alarms, ranks, measured] =
            [row.precision, row.recall, row.false_alarms, row.rank_correlation, row.measured_correlation].map(number);
        let _ = writeln!(
            text,
            "| {data} | {rule} | {task} | {candidates} | {bad} | {rejected} | {precision} | {recall} | {alarms} | {ranks} | {measured} |"
        );
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::outcome::{RuleSaid, Screen, Trained};

    fn outcome(candidate: &str, value: f64, said: Option<Said>) -> Outcome {
        let screen = said.map(|verdict| {
            let rule = RuleSaid { verdict, error: true, measured: Some(value) };
            ("mixed".to_owned(), Screen { verdict, rules: BTreeMap::from([("V110".to_owned(), rule)]) })
        });
        Outcome {
            task: "T".into(),
            candidate: candidate.into(),
            screens: screen.into_iter().collect(),
            trained: BTreeMap::from([(1, Trained::Return(value)), (2, Trained::Return(value))]),
            ..Outcome::default()
        }
    }

    #[test]
    fn rejections_are_held_against_what_training_came_to() {
        let outcomes = [
            outcome(RANDOM, 0.0, None),
            outcome(ENVIRONMENT, 100.0, None),
            outcome("a", 90.0, Some(Said::Pass)),
            outcome("b", 80.0, Some(Said::Fail)),
            outcome("c", 10.0, Some(Said::Fail)),
            outcome("d", 5.0, Some(Said::Inconclusive)),
            outcome("e", 0.0, Some(Said::Fail)),
        ];
        let rows = rows(&outcomes);
        let whole = rows.iter().find(|row| row.rule == "verdict" && row.task == "T").unwrap();
        assert_eq!((whole.candidates, whole.bad, whole.rejected), (5, 3, 3));
        assert_eq!((whole.precision, whole.recall, whole.false_alarms), (Some(2.0 / 3.0), Some(2.0 / 3.0), Some(0.5)));
        let rule = rows.iter().find(|row| row.rule == "V110" && row.task == "all").unwrap();
        assert!((rule.measured_correlation.unwrap() - 1.0).abs() < 1e-9);
        assert!(text(&outcomes).contains("| T | b | 0.80 | 2 | - | fail | V110 | - |  |"), "{}", text(&outcomes));
    }

    #[test]
    fn a_training_that_stopped_counts_as_having_learnt_nothing() {
        let mut stopped = outcome("x", 0.0, Some(Said::Fail));
        stopped.trained.insert(1, Trained::Stopped("not a number".into()));
        stopped.trained.insert(2, Trained::Stopped("not a number".into()));
        let outcomes = [outcome(RANDOM, -10.0, None), outcome(ENVIRONMENT, 10.0, None), stopped];
        assert_eq!(score(&outcomes)[0].score, 0.0);
    }
}
