//! Flags factors that make next to nothing of the reward's variance.

use meed_core::Kind;

use super::shares;
use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags factors that make next to nothing of the reward's variance.
pub(crate) const RULE: Rule = Rule {
    code: "V081",
    name: "negligible-factor",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Divides the variance of each factor, times its weight squared, by the sum over all factors; factors without a weight or \
           without a spread are left to other rules.",
    why: "Its author meant it to matter, and the agent will not notice it.",
    example: "`weight 0.001` on a penalty that lies between -1 and 0, beside a distance in metres.",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let limit = bench.settings.negligible;
    let Some(shares) = shares(bench)? else {
        return Ok(Outcome::not_applicable("fewer than two factors have a weight"));
    };
    let columns = bench.columns(1)?;
    let findings =
        shares.iter().filter(|(_, share)| *share < limit).filter(|(factor, _)| !bench.constant(&columns[*factor]));
    let findings = findings.map(|(factor, share)| {
        let factor = &bench.description.factors[*factor];
        Finding::new(format!("factor {:?} makes next to nothing of the reward's variance", factor.name))
            .factor(&factor.name)
            .observed("share of the variance", *share)
            .observed("weight", f64::from(factor.weight))
            .limit("smallest share", limit)
            .hint("give the factor a larger weight, or drop it")
    });
    Ok(Outcome::of(findings.collect()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_factor_that_nobody_will_notice_is_flagged() {
        let bad = Guest::rows(&["f", "g"], |x, y, out| (out[0], out[1]) = (x, 0.01 * y));
        let report = outcome(&RULE, &bad, None, &rows(500));
        assert_eq!((report.verdict, report.findings[0].factors.as_slice()), (FAIL, &["g".to_owned()][..]));
        assert_eq!(verdict(&RULE, &good()), PASS);
        // A constant is V066's.
        assert_eq!(verdict(&RULE, &Guest::rows(&["f", "g"], |x, _, out| (out[0], out[1]) = (x, 1.0))), PASS);
    }
}
