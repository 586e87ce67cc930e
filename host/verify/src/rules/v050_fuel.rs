//! Finds rewards that cost too much a row.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::finding::short;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that cost too much a row.
pub(crate) const RULE: Rule = Rule {
    code: "V050",
    name: "fuel",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows, Need::Costs],
    what: "Divides the fuel of each call by its rows and compares the mean over all calls with the budget.",
    why: "The reward is asked about every step that an agent takes; one that costs more than the simulation doubles the time of training.",
    example: "A search over all pairs of a thousand stored states, for each row.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let calls = &bench.baseline.calls;
    let Some(fuel) = calls.iter().map(|call| call.fuel).sum::<Option<u64>>() else {
        return Ok(Outcome::inconclusive("fuel is not counted: the reward does not run in the sandbox"));
    };
    let rows: usize = calls.iter().map(|call| call.rows).sum();
    let per_row = fuel as f64 / rows.max(1) as f64;
    let limit = match bench.description.kind {
        Kind::Text => bench.settings.fuel_per_sample,
        _ => bench.settings.fuel_per_row,
    };
    if per_row <= limit {
        return Ok(Outcome::pass().measured("fuel a row", per_row));
    }
    Ok(Outcome::fail(
        Finding::new(format!("a row costs {} units of fuel", short(per_row)))
            .observed("fuel a row", per_row)
            .limit("most fuel a row", limit)
            .hint("move work out of the loop over the rows; bound every inner loop; one unit is about one instruction"),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use meed_core::Cost;

    use crate::fixture::*;

    #[test]
    fn a_row_over_the_budget_is_found() {
        let costing = |cost| Guest { cost, ..good() };
        let bad = costing(|rows| Cost { fuel: Some(600_000 * rows as u64), memory: None });
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &costing(|_| Cost::default())), INCONCLUSIVE);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
