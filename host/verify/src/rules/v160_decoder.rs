//! Flags factors from which the returns can be told less well than from the raw observations.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ridge::held_out;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags factors from which the returns can be told less well than from the raw observations.
pub(crate) const RULE: Rule = Rule {
    code: "V160",
    name: "decoder",
    category: Category::Ordering,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns],
    what: "Learns to predict the environment's return of an episode from the factors, added up over the episode, and their squares, \
           with a linear decoder, and measures on held-out episodes which share of the returns' variance it explains: beside a \
           decoder on raw observations and actions, and beside a constant, which explains none.",
    why: "Factors are worth having where a decoder does better with them than without.",
    example: "Factors of the first half of the state in a task about the second.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    if returns.len() < 2 * bench.settings.least_episodes {
        let least = 2 * bench.settings.least_episodes;
        return Ok(Outcome::inconclusive(format!("{} episodes, at least {least} are needed", returns.len())));
    }
    let Some(factors) = held_out(&episodes.factors, returns) else {
        return Ok(Outcome::inconclusive("all episodes have the same return"));
    };
    let raw = held_out(&episodes.raw, returns).unwrap_or(0.0);
    let worst = raw.max(0.0) - bench.settings.decoder;
    let outcome = match factors < worst || factors <= 0.0 {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the factors tell the returns less well than the raw observations do")
                .observed("variance explained from the factors", factors)
                .observed("variance explained from raw observations and actions", raw)
                .observed("episodes", returns.len() as f64)
                .limit("smallest variance explained", worst.max(0.0))
                .hint("add a factor for what decides the outcome; sensitivities show what the factors do not look at"),
        ),
    };
    Ok(outcome
        .measured("variance explained from the factors", factors)
        .measured("variance explained from raw observations and actions", raw))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn factors_that_say_nothing_of_the_outcome_are_flagged() {
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |_, y, out| out[0] = y)).verdict, FAIL);
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f", "g"], |x, y, out| (out[0], out[1]) = (-x, y))).verdict, PASS);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without returns");
    }
}
