//! Finds NaN.

use meed_core::Kind;

use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::rules::broken;
use crate::verdict::{Category, Need, Severity};

/// Finds NaN.
pub(crate) const RULE: Rule = Rule {
    code: "V011",
    name: "not-a-number",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for NaN in every answer.",
    why: "One NaN in a batch makes every weight of the policy NaN at the next update, and nothing learnt survives.",
    example: "`(1.0 - x * x).sqrt()` where x may be 1.01.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    broken(bench, "V011", "factors are NaN in some rows")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn nan_is_found_with_its_rows_and_its_inputs() {
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = (0.9 - x).sqrt());
        let report = outcome(&RULE, &bad, None, &rows(200));
        assert_eq!(report.verdict, FAIL);
        let finding = &report.findings[0];
        assert!(!finding.rows.is_empty() && finding.inputs.as_ref().unwrap().starts_with("x=0.9"), "{finding:?}");
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
