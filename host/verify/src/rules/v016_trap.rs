//! Finds code that traps.

use meed_core::Kind;

use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::rules::broken;
use crate::verdict::{Category, Need, Severity};

/// Finds code that traps.
pub(crate) const RULE: Rule = Rule {
    code: "V016",
    name: "trap",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for calls that end in a trap: a panic, an access outside the memory, a recursion without end.",
    why: "A trap loses the whole batch and the instance; in training it stops the run.",
    example: "`observation[6]` where there are six columns.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    broken(bench, "V016", "the code trapped")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_trap_is_found() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, _, _| {
            Err(meed_core::Failure::Trap { reason: "unreachable".into() })
        });
        let report = outcome(&RULE, &bad, None, &rows(40));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 1));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
