//! Finds calls that ask for more memory, or answer with more bytes, than is allowed.

use meed_core::Kind;

use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::rules::broken;
use crate::verdict::{Category, Need, Severity};

/// Finds calls that ask for more memory, or answer with more bytes, than is allowed.
pub(crate) const RULE: Rule = Rule {
    code: "V018",
    name: "out-of-memory",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for calls that end at the limits of memory, tables or the answer's size.",
    why: "Training runs many instances; one that grows without end takes the machine with it.",
    example: "`cache.push(batch.to_vec())` at every call.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    broken(bench, "V018", "a call ran into a limit of memory or size")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_memory_bomb_is_found() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, _, _| {
            Err(meed_core::Failure::Memory { requested: 2, limit: 1 })
        });
        let report = outcome(&RULE, &bad, None, &rows(40));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 1));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
