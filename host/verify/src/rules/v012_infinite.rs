//! Finds infinite numbers.

use meed_core::Kind;

use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::rules::broken;
use crate::verdict::{Category, Need, Severity};

/// Finds infinite numbers.
pub(crate) const RULE: Rule = Rule {
    code: "V012",
    name: "infinite",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for infinities in every answer.",
    why: "An infinite reward makes the advantage of every other row NaN or zero.",
    example: "`1.0 / distance` where the goal may be reached exactly.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    broken(bench, "V012", "factors are infinite in some rows")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_division_by_zero_is_found() {
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = 1.0 / (x - 0.0).max(0.0));
        let report = outcome(&RULE, &bad, None, &rows(200));
        assert_eq!(report.verdict, FAIL);
        assert!(report.findings[0].rows.len() > 1, "{report:?}");
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
