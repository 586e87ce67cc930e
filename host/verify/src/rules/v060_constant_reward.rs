//! Finds rewards that give every row the same numbers.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::finding::short;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that give every row the same numbers.
pub(crate) const RULE: Rule = Rule {
    code: "V060",
    name: "constant-reward",
    category: Category::Signal,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for a factor whose spread over the data is more than rounding.",
    why: "A reward that is the same whatever the agent does teaches it nothing but to live long or to die early.",
    example: "`out[0] = 1.0`",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let columns = bench.columns(bench.settings.least_rows)?;
    if columns.iter().any(|column| !bench.constant(column)) {
        return Ok(Outcome::pass());
    }
    let rows = columns.first().map_or(0, Vec::len);
    let finding = Finding::new(format!("every factor is the same in all of {rows} rows"));
    let finding = columns.iter().zip(&bench.description.factors).fold(finding, |finding, (column, factor)| {
        let moments: Moments = column.iter().copied().collect();
        let name = format!("std of {} (mean {})", factor.name, short(moments.mean()));
        finding.factor(&factor.name).observed(&name, moments.std())
    });
    Ok(Outcome::fail(finding.limit("least std, as a share of the largest size", bench.settings.constant).hint(
        "read something that the action changes; a sparse reward needs data in which it is earned at least once",
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_constant_is_found_whatever_its_size() {
        for value in [0.0, 1.0, -1e-20, 0.1] {
            assert_eq!(verdict(&RULE, &Guest::rows(&["f"], move |_, _, out| out[0] = value)), FAIL, "{value}");
        }
        assert_eq!(verdict(&RULE, &Guest::rows(&["f", "g"], |x, _, out| out[0] = x * 1e-20)), PASS);
        assert_eq!(outcome(&RULE, &good(), None, &rows(5)).verdict, INCONCLUSIVE, "five rows are too few");
    }
}
