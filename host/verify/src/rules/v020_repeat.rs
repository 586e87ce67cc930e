//! Finds rewards that answer the same call differently the second time.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that answer the same call differently the second time.
pub(crate) const RULE: Rule = Rule {
    code: "V020",
    name: "repeat",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Asks one source twice in a row about the same rows, in both profiles, and compares every bit.",
    why: "Chance in the reward is noise in every gradient, and no run can be had again; a counter makes the same step worth more or less with time.",
    example: "`value + rng.random::<f32>()`, or a `static mut CALLS` that is added.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let mut findings = Vec::new();
    for profile in bench.profiles() {
        let mut source = bench.source(profile).map_err(stop)?;
        let first = bench.ask(&mut *source, &bench.probe).map_err(stop)?;
        let second = bench.ask(&mut *source, &bench.probe).map_err(stop)?;
        let mut fresh = bench.source(profile).map_err(stop)?;
        let again = bench.ask(&mut *fresh, &bench.probe).map_err(stop)?;
        let Some(difference) = difference(&first, 0..first.rows(), &second, 0..second.rows()) else { continue };
        let hint = if again.same_bits(&first) {
            "a fresh instance gives the first answer again, so something is kept between calls: look for statics, caches, counters"
        } else {
            "a fresh instance gives a third answer: look for random numbers, clocks and addresses used as numbers"
        };
        let finding = Finding::new(format!("the same call twice gives two answers ({} profile)", profile.name()));
        findings.push(bench.differs(finding, &bench.probe, 0..first.rows(), difference).hint(hint));
    }
    Ok(Outcome::of(findings))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn random_numbers_and_counters_are_found_with_their_own_hints() {
        let counter = Guest::new(described(Kind::Transition, &["f"]), |state, _, scores| {
            scores.values.fill(state.calls as f32);
            Ok(())
        });
        let report = outcome(&RULE, &counter, Some(&counter), &rows(100));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 2));
        assert!(report.findings[0].hint.contains("kept between calls"), "{report:?}");
        let random = Guest::new(described(Kind::Transition, &["f"]), |state, _, scores| {
            scores.values.fill((state.instance * 100 + state.calls) as f32);
            Ok(())
        });
        let report = outcome(&RULE, &random, None, &rows(100));
        assert!(report.findings[0].hint.contains("third answer"), "{report:?}");
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
