//! Flags factors that are the same in every row.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::finding::short;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Flags factors that are the same in every row.
pub(crate) const RULE: Rule = Rule {
    code: "V066",
    name: "constant-factor",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for factors whose spread over the data is no more than rounding, in rewards that have others.",
    why: "Such a factor shifts the sum and teaches nothing. A bonus for being alive, or one that was never earned in the data, looks like this too.",
    example: "`out[1] = 0.05` beside a factor that varies.",
    after: &["V021", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let columns = bench.columns(bench.settings.least_rows)?;
    let mut findings = Vec::new();
    for (column, factor) in columns.iter().zip(&bench.description.factors).filter(|(column, _)| bench.constant(column))
    {
        let moments: Moments = column.iter().copied().collect();
        findings.push(
            Finding::new(format!("factor {:?} is {} in every row", factor.name, short(moments.mean())))
                .factor(&factor.name)
                .observed("mean", moments.mean())
                .observed("std", moments.std())
                .limit("least std, as a share of the largest size", bench.settings.constant)
                .hint("right for a bonus for every step; else record data in which it varies, or drop it"),
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
    fn a_constant_beside_others_is_flagged() {
        let bad = Guest::rows(&["f", "alive"], |x, _, out| (out[0], out[1]) = (x, 1.0));
        let report = outcome(&RULE, &bad, None, &rows(500));
        assert_eq!((report.verdict, report.findings[0].factors[0].as_str()), (FAIL, "alive"));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
