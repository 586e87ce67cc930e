//! Applies the rules, several at a time.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::bench::Bench;
use crate::report::RuleReport;
use crate::rule::{Outcome, Rule, Stop};
use crate::{Progress, Verdict, VerifyError, Watch};

/// What rules came to, in their order, and how long each took.
pub(crate) struct Judged {
    pub(crate) reports: Vec<RuleReport>,
    pub(crate) times: Vec<Duration>,
}

/// Applies rules, each as soon as those that it stands on are done, and gives what they came to in their order. How many run at
/// a time changes nothing: no rule's chance depends on another's.
pub(crate) fn judge(bench: &mut Bench<'_>, rules: &[&Rule], watch: &Watch<'_>) -> Result<Judged, VerifyError> {
    let depths = depths(rules);
    let mut outcomes: Vec<Option<(Outcome, Duration)>> = rules.iter().map(|_| None).collect();
    let done = std::sync::atomic::AtomicUsize::new(0);
    for depth in 0..=depths.iter().copied().max().unwrap_or(0) {
        let wave: Vec<usize> = (0..rules.len()).filter(|&place| depths[place] == depth).collect();
        let apply = |&place: &usize| {
            let begun = Instant::now();
            let outcome = decide(bench, rules[place]);
            let done = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            watch(Progress::Rules { done, of: rules.len() });
            (outcome, begun.elapsed())
        };
        let judged: Vec<_> = wave.par_iter().map(apply).collect();
        for (place, (outcome, time)) in wave.into_iter().zip(judged) {
            let outcome = outcome?;
            bench.done.push((rules[place].code, outcome.verdict));
            outcomes[place] = Some((outcome, time));
        }
    }
    let mut judged = Judged { reports: Vec::new(), times: Vec::new() };
    for (rule, (outcome, time)) in rules.iter().zip(outcomes.into_iter().flatten()) {
        let mut outcome = match outcome.unless.filter(|code| bench.failed(code)) {
            Some(code) => Outcome::because(code),
            None => outcome,
        };
        outcome.findings.iter_mut().for_each(|finding| finding.code = rule.code);
        judged.reports.push(RuleReport::new(rule, outcome));
        judged.times.push(time);
    }
    Ok(judged)
}

/// Counts, for each rule, the rules that must be done one after another before it.
fn depths(rules: &[&Rule]) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(rules.len());
    for rule in rules {
        let before = rules.iter().zip(&depths).filter(|(other, _)| rule.after.contains(&other.code));
        depths.push(before.map(|(_, depth)| depth + 1).max().unwrap_or(0));
    }
    depths
}

fn decide(bench: &Bench<'_>, rule: &Rule) -> Result<Outcome, VerifyError> {
    if !rule.kinds.contains(&bench.description.kind) {
        return Ok(Outcome::not_applicable(format!("not for {} rewards", bench.description.kind)));
    }
    if bench.settings.off.iter().any(|code| code == rule.code) {
        return Ok(Outcome::not_applicable("switched off"));
    }
    if bench.begun.elapsed() > bench.settings.time {
        return Ok(Outcome::inconclusive("the time for the verification is over"));
    }
    if let Some(code) = rule.after.iter().find(|code| bench.failed(code)) {
        return Ok(Outcome::because(code));
    }
    match (rule.check)(bench) {
        Ok(outcome) => Ok(outcome),
        Err(Stop::Because(code)) => Ok(Outcome::because(code)),
        Err(Stop::Inconclusive(reason)) => Ok(Outcome::inconclusive(reason)),
        Err(Stop::Host(error)) => Err(error),
    }
}

/// Comes to the whole's verdict; see the crate's documentation.
pub(crate) fn whole(rules: &[RuleReport]) -> Verdict {
    let is = |verdict| rules.iter().any(|rule| rule.decides() && rule.verdict == Some(verdict));
    if is(Verdict::Fail) {
        Verdict::Fail
    } else if is(Verdict::Inconclusive) || !is(Verdict::Pass) {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::{Settings, Subject};

    fn reports(guest: &Guest, sample: &crate::sample::Sample, settings: &Settings) -> Vec<RuleReport> {
        let subject = Subject { verify: guest, train: Some(guest), reference: None, hash: None, file: None };
        let mut bench = Bench::new(&subject, sample, settings).unwrap();
        judge(&mut bench, crate::rules(), &|_| ()).unwrap().reports
    }

    #[test]
    fn a_sound_reward_passes_as_a_whole_and_a_warning_changes_nothing() {
        assert_eq!(whole(&reports(&good(), &rows(500), &Settings::default())), Verdict::Pass);
        let sparse = Guest::rows(&["f"], |x, _, out| out[0] = f32::from(x > 0.5));
        let reports = reports(&sparse, &rows(500), &Settings::default());
        assert!(reports.iter().any(|rule| rule.code == "V061" && rule.verdict == FAIL));
        assert_eq!(whole(&reports), Verdict::Pass);
    }

    #[test]
    fn nothing_passes_without_rows_or_without_time() {
        let empty = reports(&good(), &rows(0), &Settings::default());
        assert_eq!(whole(&empty), Verdict::Inconclusive);
        let passed: Vec<_> = empty.iter().filter(|rule| rule.verdict == PASS).map(|rule| rule.code).collect();
        assert_eq!(passed, ["V013", "V019"], "only what is read off the description");
        let none = Settings { time: std::time::Duration::ZERO, ..Settings::default() };
        assert_eq!(whole(&reports(&good(), &rows(500), &none)), Verdict::Inconclusive);
    }

    #[test]
    fn what_an_earlier_failure_makes_meaningless_says_so() {
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = (x - 0.5).ln());
        let reports = reports(&bad, &rows(500), &Settings::default());
        let find = |code| reports.iter().find(|rule| rule.code == code).unwrap();
        assert_eq!(find("V011").verdict, FAIL);
        assert_eq!((find("V030").verdict, find("V030").reason.as_str()), (INCONCLUSIVE, "because V011"));
        assert_eq!(whole(&reports), Verdict::Fail);
    }
}
