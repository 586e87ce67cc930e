//! Applies one rule.

use crate::bench::Bench;
use crate::report::RuleReport;
use crate::rule::{Outcome, Rule, Stop};
use crate::{Verdict, VerifyError};

/// Applies a rule and notes on the bench what it came to.
pub(crate) fn judge(bench: &mut Bench<'_>, rule: &Rule) -> Result<RuleReport, VerifyError> {
    let mut outcome = decide(bench, rule)?;
    bench.done.push((rule.code, outcome.verdict));
    for finding in &mut outcome.findings {
        finding.code = rule.code;
    }
    Ok(RuleReport::new(rule, outcome))
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
        crate::rules().iter().map(|rule| judge(&mut bench, rule).unwrap()).collect()
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
