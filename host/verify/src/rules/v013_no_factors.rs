//! Finds rewards without a factor.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards without a factor.
pub(crate) const RULE: Rule = Rule {
    code: "V013",
    name: "no-factors",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Description],
    what: "Counts the described factors.",
    why: "A reward of no numbers pays nothing for anything; an empty sum would pass for a constant zero.",
    example: "`factors: vec![]`",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let count = bench.description.factors.len();
    Ok(match count {
        0 => Outcome::fail(
            Finding::new("the description names no factor")
                .observed("factors", 0.0)
                .limit("least factors", 1.0)
                .hint("describe one factor for each number that a row gets"),
        ),
        _ => Outcome::pass().measured("factors", count as f64),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn no_factor_is_found() {
        let bad = Guest::new(described(Kind::Transition, &[]), |_, _, _| Ok(()));
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
