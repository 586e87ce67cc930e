//! Finds data without rows.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds data without rows.
pub(crate) const RULE: Rule = Rule {
    code: "V014",
    name: "no-rows",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Counts the rows that the reward is asked about.",
    why: "Every statement about all rows is true of none: a verifier that asks nothing passes everything.",
    example: "A recording that was stopped before its first episode ended.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let rows = bench.sample.rows();
    if rows > 0 && bench.sample.parts() > 0 {
        return Ok(Outcome::pass().measured("rows", rows as f64));
    }
    let mut outcome = Outcome::inconclusive("the data have no rows");
    outcome.findings.push(
        Finding::new("the data have no rows, so nothing can be said of the reward")
            .observed("rows", 0.0)
            .limit("least rows", 1.0)
            .hint("record some: `meed record --env ENV --policy random --episodes 10 --seed 0 --out FILE.parquet`"),
    );
    Ok(outcome)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn no_rows_are_never_a_pass() {
        assert_eq!(outcome(&RULE, &good(), None, &rows(0)).verdict, INCONCLUSIVE);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
