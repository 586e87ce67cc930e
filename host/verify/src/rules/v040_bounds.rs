//! Finds factors outside their declared range.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Finds factors outside their declared range.
pub(crate) const RULE: Rule = Rule {
    code: "V040",
    name: "bounds",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Compares the smallest and largest value of each factor with the range that the description declares.",
    why: "Normalisation, clipping and the weights of a sum go by the declared ranges; a factor outside of them outweighs the others.",
    example: "`Factor { low: 0.0, high: 1.0, .. }` for a distance that can be 3.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let mut findings = Vec::new();
    let scores = bench.scores()?;
    for (index, (factor, column)) in bench.description.factors.iter().zip(bench.columns(1)?).enumerate() {
        let moments: Moments = column.iter().copied().collect();
        let slack = |bound: f32| bench.settings.bound_slack * f64::from(bound).abs().max(1.0);
        let (low, high) = (f64::from(factor.low), f64::from(factor.high));
        let (low_slack, high_slack) = (low - slack(factor.low), high + slack(factor.high));
        let outside = |value: f64| value < low_slack || value > high_slack;
        let count = column.iter().filter(|value| outside(**value)).count();
        if count == 0 {
            continue;
        }
        let rows = (0..scores.rows()).filter(|&row| scores.reason(row).is_none());
        let rows = rows.filter(|&row| outside(f64::from(scores.row(row)[index])));
        let (name, limit) = match moments.min < low_slack {
            true => ("declared low", low),
            false => ("declared high", high),
        };
        findings.push(
            Finding::new(format!(
                "factor {:?} leaves its declared range {} to {}",
                factor.name, factor.low, factor.high
            ))
            .factor(&factor.name)
            .observed("min", moments.min)
            .observed("max", moments.max)
            .observed("rows outside", count as f64)
            .limit(name, limit)
            .rows(rows.map(|row| bench.sample.number(bench.description, row)))
            .hint("declare the range that the formula can reach, or clamp the factor to the range that is meant"),
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
    fn a_value_past_a_bound_is_found_and_rounding_is_forgiven() {
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = 3.0 * x);
        let report = outcome(&RULE, &bad, None, &rows(500));
        assert_eq!((report.verdict, report.findings[0].rows.len()), (FAIL, 5));
        let rounded = Guest::rows(&["f"], |_, _, out| out[0] = 2.0 + 2.0 * f32::EPSILON);
        assert_eq!(verdict(&RULE, &rounded), PASS);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
