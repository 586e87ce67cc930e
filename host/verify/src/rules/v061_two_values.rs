//! Flags factors that take only two values.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::finding::short;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags factors that take only two values.
pub(crate) const RULE: Rule = Rule {
    code: "V061",
    name: "two-values",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Counts the distinct values of each factor that is not constant.",
    why: "Between its two values such a factor gives no direction. Where it is meant to be sparse, all is well.",
    example: "`out[0] = if distance < 0.1 { 1.0 } else { 0.0 }`",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let mut findings = Vec::new();
    for (index, column) in bench.varying()? {
        let first = column.first().copied().unwrap_or(0.0);
        let other = column.iter().copied().find(|value| *value != first);
        let Some(other) = other.filter(|other| column.iter().all(|value| *value == first || value == other)) else {
            continue;
        };
        let (low, high) = (first.min(other), first.max(other));
        let share = column.iter().filter(|value| **value == high).count() as f64 / column.len() as f64;
        let name = &bench.description.factors[index].name;
        findings.push(
            Finding::new(format!("factor {name:?} takes two values only, {} and {}", short(low), short(high)))
                .factor(name)
                .observed("lower value", low)
                .observed("higher value", high)
                .observed("share of the higher", share)
                .limit("least distinct values", 3.0)
                .hint("right for a sparse reward; else let it grow with the distance that is left"),
        );
    }
    Ok(Outcome::of(findings))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_sparse_factor_is_flagged_and_a_constant_one_is_not() {
        let sparse = Guest::rows(&["f", "g"], |x, _, out| out[0] = if x > 0.9 { 1.0 } else { 0.0 });
        let report = outcome(&RULE, &sparse, None, &rows(500));
        assert_eq!((report.verdict, report.findings.len(), report.severity), (FAIL, 1, Severity::Warning));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
