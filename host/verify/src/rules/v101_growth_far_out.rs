//! Flags rewards that grow faster than the fourth power of their inputs.

use meed_core::Kind;

use super::{far, numbers_read};
use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that grow faster than the fourth power of their inputs.
pub(crate) const RULE: Rule = Rule {
    code: "V101",
    name: "growth-far-out",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode, Kind::Stateful],
    needs: &[Need::Rows],
    what: "Asks with all numbers ten times and a thousand times as large, and takes the power of the inputs by which the largest \
           weighted sum grows in between.",
    why: "One state far out outweighs everything else that the critic has learned.",
    example: "`-speed.powi(6)`.",
    after: &["V011", "V012", "V016", "V017", "V021", "V100"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    if !numbers_read(bench) {
        return Ok(Outcome::not_applicable("no number is read"));
    }
    let (near, beyond) = (far(bench, |value| 10.0 * value), far(bench, |value| 1000.0 * value));
    let (Ok(near), Ok(beyond)) = (bench.ask_fresh(&near), bench.ask_fresh(&beyond)) else {
        return Ok(Outcome::inconclusive("a call with inputs far out fails"));
    };
    let size = |scores: &meed_core::Scores| {
        (0..scores.rows()).map(|row| bench.weighted(scores, row)).collect::<Moments>().size()
    };
    let (near, beyond) = (size(&near), size(&beyond));
    let power = if near > 0.0 && beyond > 0.0 { (beyond / near).log10() / 2.0 } else { 0.0 };
    let outcome = match power > bench.settings.power {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the reward grows without bound far from the data")
                .observed("largest size at ten times the inputs", near)
                .observed("largest size at a thousand times the inputs", beyond)
                .observed("power of growth", power)
                .limit("largest power", bench.settings.power)
                .hint("bound the factor, with a clamp or tanh, where its inputs leave their usual range"),
        ),
    };
    Ok(outcome.measured("power of growth", power))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_sixth_power_is_flagged_and_a_square_is_not() {
        let report = outcome(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = x.powi(6)), None, &rows(500));
        assert_eq!(report.verdict, FAIL);
        assert!((report.measured[0].value - 6.0).abs() < 0.01, "{}", report.measured[0]);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(verdict(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = x.tanh())), PASS);
    }
}
