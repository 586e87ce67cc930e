//! Flags rewards whose returns have little to do with the environment's.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{distance, pearson};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards whose returns have little to do with the environment's.
pub(crate) const RULE: Rule = Rule {
    code: "V111",
    name: "return-distance",
    category: Category::Ordering,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns],
    what: "Pearson's correlation of the episodes' rewards with the environment's returns, as the distance sqrt((1 - rho) / 2): 0 where \
           they are the same up to a positive factor and a constant, 1 where they are opposite.",
    why: "Policies that are good by this reward need not be good by the other.",
    example: "`upright` alone where the task is to walk.",
    after: &["V021", "V030", "V060", "V110"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let Some(rho) = pearson(&episodes.sums, returns) else {
        return Ok(Outcome::inconclusive("all episodes have the same reward"));
    };
    let apart = distance(rho);
    let outcome = match apart > bench.settings.return_distance {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the episodes' rewards have little to do with the environment's returns")
                .observed("distance of the returns", apart)
                .observed("Pearson correlation", rho)
                .observed("episodes", returns.len() as f64)
                .limit("largest distance", bench.settings.return_distance)
                .hint("compare the best and the worst episode by either, and look for what the reward does not see"),
        ),
    };
    Ok(outcome.measured("distance of the returns", apart).measured("Pearson correlation", rho))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_of_something_else_is_flagged_and_a_shaped_one_is_not() {
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |_, y, out| out[0] = y)).verdict, FAIL);
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |x, y, out| out[0] = x + 0.2 * y)).verdict, PASS);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without returns");
    }
}
