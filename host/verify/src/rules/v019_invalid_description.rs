//! Finds descriptions that contradict themselves.

use meed_core::{DescriptionProblem, Kind};

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds descriptions that contradict themselves.
pub(crate) const RULE: Rule = Rule {
    code: "V019",
    name: "invalid-description",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Description],
    what: "Checks names, sizes, ranges and weights of the description.",
    why: "Other tools go by the description: two factors of one name cannot be told apart, a range without values fits no number.",
    example: "`Factor { low: 1.0, high: -1.0, .. }`",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let problems = bench.description.problems().into_iter();
    let problems = problems.filter(|problem| *problem != DescriptionProblem::NoFactors);
    let findings = problems.map(|problem| {
        Finding::new(problem.to_string()).hint("correct the description; `meed inspect` shows it as the host reads it")
    });
    Ok(Outcome::of(findings.collect()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn an_empty_range_is_found() {
        let mut bad = good();
        (bad.description.factors[0].low, bad.description.factors[0].high) = (1.0, -1.0);
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
