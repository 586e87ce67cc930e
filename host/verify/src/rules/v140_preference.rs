//! Flags rewards by which failures look as good as successes.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards by which failures look as good as successes.
pub(crate) const RULE: Rule = Rule {
    code: "V140",
    name: "preference",
    category: Category::Ordering,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns, Need::Successes],
    what: "CARD's trajectory preference evaluation: the share of successful episodes whose mean reward a step is above that of the \
           best failure. An episode is a success from the return on that the profile file names.",
    why: "A failure that pays like a success is what the agent will find.",
    example: "`closeness` without anything for arriving.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let Some(success) = bench.settings.success else {
        return Ok(Outcome::inconclusive("nobody has said from which return on an episode is a success"));
    };
    let means = episodes.sums.iter().zip(&episodes.lengths).map(|(sum, length)| sum / *length as f64);
    let (successes, failures): (Vec<_>, Vec<_>) = means.zip(returns).partition(|(_, reached)| **reached >= success);
    if successes.is_empty() || failures.is_empty() {
        let (won, lost) = (successes.len(), failures.len());
        return Ok(Outcome::inconclusive(format!("{won} episodes succeeded and {lost} failed: both are needed")));
    }
    let best = failures.iter().map(|(mean, _)| *mean).fold(f64::NEG_INFINITY, f64::max);
    let share = successes.iter().filter(|(mean, _)| *mean > best).count() as f64 / successes.len() as f64;
    let limit = bench.settings.preference;
    let outcome = match share >= limit {
        true => Outcome::pass(),
        false => Outcome::fail(
            Finding::new("failures look as good as successes")
                .observed("share of successes above the best failure", share)
                .observed("successes", successes.len() as f64)
                .observed("failures", failures.len() as f64)
                .limit("smallest share", limit)
                .hint("pay for what only a success does, at the step at which it does it"),
        ),
    };
    Ok(outcome.measured("share of successes above the best failure", share))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::fixture::*;

    #[test]
    fn one_sided_data_are_inconclusive_and_a_blind_reward_is_flagged() {
        let with = |success, guest: &Guest| {
            let settings = Settings { success, ..Settings::default() };
            on_episodes_with(&RULE, guest, &settings).verdict
        };
        let sees = Guest::rows(&["f"], |x, _, out| out[0] = x);
        assert_eq!(with(Some(0.0), &sees), PASS);
        assert_eq!(with(Some(0.0), &Guest::rows(&["f"], |_, y, out| out[0] = y)), FAIL);
        assert_eq!((with(Some(1e9), &sees), with(Some(-1e9), &sees)), (INCONCLUSIVE, INCONCLUSIVE));
        assert_eq!(with(None, &sees), INCONCLUSIVE);
    }
}
