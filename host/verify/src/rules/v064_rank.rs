//! Flags factors that are sums of others.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::{correlations, independent};
use crate::verdict::{Category, Need, Severity};

/// Flags factors that are sums of others.
pub(crate) const RULE: Rule = Rule {
    code: "V064",
    name: "rank",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Finds the rank of the factors' covariance: how many factors remain once those that follow from others are left out.",
    why: "A factor that follows from the others adds nothing, and leaves the decoder's weights undetermined.",
    example: "`out[2] = out[0] + out[1]`",
    after: &["V021", "V063"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let varying = bench.varying()?;
    if bench.description.factors.len() < 2 {
        return Ok(Outcome::not_applicable("there is one factor"));
    }
    let columns: Vec<&[f64]> = varying.iter().map(|(_, column)| *column).collect();
    let picked = independent(&correlations(&columns), bench.settings.independent);
    let outcome = match picked.len() == varying.len() {
        true => Outcome::pass(),
        false => {
            let follows = (0..varying.len()).filter(|place| !picked.contains(place));
            let finding = follows.fold(Finding::new("factors follow from the others"), |finding, place| {
                finding.factor(&bench.description.factors[varying[place].0].name)
            });
            Outcome::fail(
                finding
                    .observed("rank", picked.len() as f64)
                    .observed("factors that vary", varying.len() as f64)
                    .limit("least share of a factor's variance that is its own", bench.settings.independent)
                    .hint("drop the factors that are named, or those that they are made of"),
            )
        }
    };
    Ok(outcome.measured("rank", picked.len() as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_sum_of_two_factors_is_flagged() {
        let bad = Guest::rows(&["f", "g", "h"], |x, y, out| (out[0], out[1], out[2]) = (x, y, x + y));
        let report = outcome(&RULE, &bad, None, &rows(500));
        assert_eq!((report.verdict, report.findings[0].factors.len()), (FAIL, 1));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
