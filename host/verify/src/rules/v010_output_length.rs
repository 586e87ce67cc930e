//! Finds answers that are not rows x factors numbers.

use meed_core::Kind;

use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::rules::broken;
use crate::verdict::{Category, Need, Severity};

/// Finds answers that are not rows x factors numbers.
pub(crate) const RULE: Rule = Rule {
    code: "V010",
    name: "output-length",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Counts the numbers of every answer, and the rows that it lists as unscored.",
    why: "A missing or surplus number shifts every row after it: the agent is paid for what another row did.",
    example: "`scores.values = vec![total]`: one number for the whole batch.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    broken(bench, "V010", "the answer is not one number a factor for each row")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_number_too_few_is_found() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, _, scores| {
            scores.values.pop();
            Ok(())
        });
        let report = outcome(&RULE, &bad, None, &rows(40));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 1));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
