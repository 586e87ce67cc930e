//! Finds rewards that depend on none of the inputs they declare.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that depend on none of the inputs they declare.
pub(crate) const RULE: Rule = Rule {
    code: "V070",
    name: "nothing-used",
    category: Category::Signal,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Takes each input from other rows in turn, and draws it from its declared range, and looks whether any bit of an answer \
           changes. The measured sensitivity of an input is the mean change of the weighted sum over its standard deviation.",
    why: "A reward that does not look at what the agent saw and did cannot tell good from bad.",
    example: "`out[0] = (row as f32 * 0.1).sin()`: the place in the batch taken for a feature.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let effects = bench.effects()?;
    let mut outcome = match effects.iter().any(|effect| effect.is_used()) {
        // What it depends on may be who stands with whom.
        false if bench.description.inputs.group => Outcome::inconclusive("only the groups are left to depend on"),
        false => Outcome::fail(
            Finding::new("the reward depends on none of the inputs that it declares")
                .observed("inputs declared", effects.len() as f64)
                .observed("inputs used", 0.0)
                .limit("fewest inputs used", 1.0)
                .hint("compute the factors from the observation or the action, and declare what they read"),
        ),
        true => Outcome::pass(),
    };
    for effect in effects {
        outcome = outcome.measured(&format!("sensitivity to {}", effect.input.name), effect.share);
    }
    Ok(outcome)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_of_the_place_in_the_batch_uses_nothing() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, _, scores| {
            scores.values.iter_mut().enumerate().for_each(|(row, value)| *value = (row as f32).sin());
            Ok(())
        });
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(outcome(&RULE, &good(), None, &rows(3)).verdict, INCONCLUSIVE);
    }

    #[test]
    fn the_sensitivity_is_the_mean_change_over_the_spread() {
        let report = outcome(&RULE, &Guest::rows(&["f"], |x, y, out| out[0] = x + 0.01 * y), None, &rows(1000));
        let of = |name: &str| report.measured.iter().find(|number| number.name == name).unwrap().value;
        // Two uniform numbers differ by a third of their range on the mean; their standard deviation is the range over sqrt 12.
        let expected = 12.0_f64.sqrt() / 3.0;
        assert!((of("sensitivity to x") - expected).abs() < 0.05, "{}", of("sensitivity to x"));
        assert!((of("sensitivity to y") - 0.01 * expected).abs() < 0.001, "{}", of("sensitivity to y"));
    }
}
