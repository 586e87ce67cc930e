//! Finds rewards that are far from the reference whatever potential shapes them.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{distance, pearson};
use crate::reference::canonical;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that are far from the reference whatever potential shapes them.
pub(crate) const RULE: Rule = Rule {
    code: "V170",
    name: "epic",
    category: Category::Reference,
    severity: Severity::Error,
    kinds: &[Kind::Transition],
    needs: &[Need::Reference],
    what: "The EPIC distance from the reference: sqrt((1 - rho) / 2) of both rewards, made canonical with actions and next observations \
           of other rows, on 256 recorded steps with 64 draws each. 0 means the same up to a factor, a constant and a potential; 1 \
           the opposite.",
    why: "Rewards at a small distance have the same good policies, and those at a large one need not.",
    example: "`-reference`, or a reward of another task.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let pairs = canonical(bench, RULE.code)?;
    let Some(apart) = pearson(&pairs.own, &pairs.reference).map(distance) else {
        return Ok(Outcome::inconclusive("a reward is nothing but a potential on these steps"));
    };
    let outcome = match apart > bench.settings.epic {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the reward is far from the reference, whatever potential shapes it")
                .observed("EPIC distance", apart)
                .observed("steps", pairs.own.len() as f64)
                .limit("largest distance", bench.settings.epic)
                .hint("look for a sign, a missing term or a weight that is wrong; `meed compare` shows where the two disagree"),
        ),
    };
    Ok(outcome.measured("EPIC distance", apart).measured("steps", pairs.own.len() as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn shaping_changes_nothing_and_the_opposite_is_at_distance_one() {
        let reference = Guest::steps(|x, y, _| x + 0.1 * y);
        let epic = |guest: &Guest| against(&RULE, guest, &reference);
        let shaped = epic(&Guest::steps(|x, y, next| 0.5 * (x + 0.1 * y) + 0.99 * next * next - x * x + 0.2));
        assert_eq!(shaped.verdict, PASS);
        assert!(shaped.measured[0].value < 1e-3, "{}", shaped.measured[0]);
        let opposite = epic(&Guest::steps(|x, y, _| -x - 0.1 * y));
        assert_eq!(opposite.verdict, FAIL);
        assert!((opposite.measured[0].value - 1.0).abs() < 1e-6, "{}", opposite.measured[0]);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without a reference");
    }
}
