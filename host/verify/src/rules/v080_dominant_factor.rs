//! Flags a factor that makes nearly all of the reward's variance.

use meed_core::Kind;

use super::shares;
use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags a factor that makes nearly all of the reward's variance.
pub(crate) const RULE: Rule = Rule {
    code: "V080",
    name: "dominant-factor",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Divides the variance of each factor, times its weight squared, by the sum over all factors.",
    why: "The agent hears one factor; the others might as well not be there.",
    example: "`-distance_in_millimetres + 0.1 * upright`.",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let limit = bench.settings.dominant;
    let Some(shares) = shares(bench)? else {
        return Ok(Outcome::not_applicable("fewer than two factors have a weight"));
    };
    let most = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    let findings = shares.iter().filter(|(_, share)| *share > limit).map(|(factor, share)| {
        let factor = &bench.description.factors[*factor];
        Finding::new(format!("factor {:?} makes nearly all of the reward's variance", factor.name))
            .factor(&factor.name)
            .observed("share of the variance", *share)
            .observed("weight", f64::from(factor.weight))
            .limit("largest share", limit)
            .hint("divide the factor by its usual size, or give it a smaller weight")
    });
    Ok(Outcome::of(findings.collect()).measured("largest share of the variance", most))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_factor_much_larger_than_the_other_is_flagged_and_weights_count() {
        let mut bad = Guest::rows(&["f", "g"], |x, y, out| (out[0], out[1]) = (x, 0.1 * y));
        assert_eq!(verdict(&RULE, &bad), FAIL);
        bad.description.factors[0].weight = 0.1;
        assert_eq!(verdict(&RULE, &bad), PASS);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(verdict(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = x)), None);
    }
}
