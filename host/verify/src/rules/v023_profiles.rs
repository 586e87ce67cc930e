//! Finds rewards that answer otherwise in training than in verification.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, Profile, call_failed};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that answer otherwise in training than in verification.
pub(crate) const RULE: Rule = Rule {
    code: "V023",
    name: "profiles",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows, Need::TrainProfile],
    what: "Asks about the whole sample in the train profile, with one instance for all calls, and compares every bit with the verify profile.",
    why: "What was verified must be what trains.",
    example: "A reward whose export for the fast path rounds otherwise than its portable one.",
    after: &["V020", "V021", "V022"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let scores = bench.scores()?;
    if bench.subject.train.is_none() {
        return Ok(Outcome::inconclusive("no train profile was given"));
    }
    let train = bench.ask_all(Profile::Train)?;
    if let Some(broken) = &train.broken {
        let finding = call_failed("a call that the verify profile answers fails in the train profile", &broken.error);
        return Ok(Outcome::fail(finding));
    }
    let parts = (0..bench.sample.parts()).map(|part| bench.sample.part_scores(bench.description, part));
    for range in parts {
        if let Some(difference) = difference(scores, range.clone(), &train.scores, range.clone()) {
            let finding = Finding::new("the train profile answers otherwise than the verify profile");
            let finding = bench.differs(finding, bench.sample, range, difference);
            return Ok(Outcome::fail(
                finding.hint("give the same numbers by both exports, and keep nothing between calls"),
            ));
        }
    }
    Ok(Outcome::pass().measured("rows compared", scores.rows() as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_rounding_that_differs_is_found() {
        let bad = Guest::rows(&["f", "g"], |x, y, out| (out[0], out[1]) = (x, y * y * (1.0 + f32::EPSILON)));
        assert_eq!(outcome(&RULE, &good(), Some(&bad), &rows(100)).verdict, FAIL);
        assert_eq!(outcome(&RULE, &good(), None, &rows(100)).verdict, INCONCLUSIVE);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
