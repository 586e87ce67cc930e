//! Flags factors that nearly always lie at a declared bound.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags factors that nearly always lie at a declared bound.
pub(crate) const RULE: Rule = Rule {
    code: "V062",
    name: "saturated",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Counts, of each factor with more than two values, those that lie at its declared low or high.",
    why: "Where a factor is clamped it has no slope: the agent cannot tell better from worse.",
    example: "`(10.0 * distance).clamp(0.0, 1.0)` where distances are metres.",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let mut findings = Vec::new();
    for (index, column) in bench.varying()? {
        let factor = &bench.description.factors[index];
        let inside = column.iter().any(|value| *value != f64::from(factor.low) && *value != f64::from(factor.high));
        for (name, bound) in [("low", factor.low), ("high", factor.high)] {
            let at = column.iter().filter(|value| **value == f64::from(bound)).count();
            let share = at as f64 / column.len() as f64;
            if inside && share > bench.settings.saturated {
                findings.push(
                    Finding::new(format!("factor {:?} lies at its declared {name} in most rows", factor.name))
                        .factor(&factor.name)
                        .observed("share at the bound", share)
                        .observed("the bound", f64::from(bound))
                        .limit("largest share", bench.settings.saturated)
                        .hint("scale the factor so that ordinary rows lie between its bounds, or use a soft bound such as tanh"),
                );
            }
        }
    }
    Ok(Outcome::of(findings))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_clamp_that_nearly_always_holds_is_flagged() {
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = (1000.0 * x + 990.0).clamp(-2.0, 2.0));
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
