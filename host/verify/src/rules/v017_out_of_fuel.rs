//! Finds calls that do not end within their fuel or time.

use meed_core::Kind;

use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::rules::broken;
use crate::verdict::{Category, Need, Severity};

/// Finds calls that do not end within their fuel or time.
pub(crate) const RULE: Rule = Rule {
    code: "V017",
    name: "out-of-fuel",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for calls that spend the fuel or the time of one call.",
    why: "A call that does not end stops training for good.",
    example: "`while angle > PI { angle -= TAU }` on an angle that is infinite, or so large that the subtraction changes nothing.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    broken(bench, "V017", "a call did not end within its budget")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn an_endless_loop_is_found() {
        let bad =
            Guest::new(described(Kind::Transition, &["f"]), |_, _, _| Err(meed_core::Failure::OutOfFuel { limit: 10 }));
        let report = outcome(&RULE, &bad, None, &rows(40));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 1));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
