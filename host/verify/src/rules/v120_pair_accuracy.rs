//! Flags rewards that put too few pairs of episodes in the right order.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{pair_accuracy, paired_interval};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that put too few pairs of episodes in the right order.
pub(crate) const RULE: Rule = Rule {
    code: "V120",
    name: "pair-accuracy",
    category: Category::Ordering,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns],
    what: "The share of pairs of episodes with different returns of which the reward, too, gives more to the better one; with a \
           bootstrapped interval of 95 %. Fails where the whole interval lies below the limit, and is inconclusive where only the \
           share itself does.",
    why: "It is what a learner from preferences would be told.",
    example: "`1.0` for each step in a task whose episodes are all of one length.",
    after: &["V021", "V030", "V060"],
    check,
};

/// Episodes that are paired: each draw of the bootstrap looks at the square of it.
const MOST: usize = 150;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let step = returns.len().div_ceil(MOST);
    let thin = |values: &[f64]| values.iter().copied().step_by(step).collect::<Vec<_>>();
    let (sums, returns) = (thin(&episodes.sums), thin(returns));
    let Some(share) = pair_accuracy(&sums, &returns) else {
        return Ok(Outcome::inconclusive("all episodes have the same return"));
    };
    let mut chance = bench.chance(RULE.code);
    let interval = paired_interval(&sums, &returns, bench.settings.bootstraps, &mut chance, pair_accuracy);
    let ((low, high), limit) = (interval.unwrap_or((0.0, 1.0)), bench.settings.pair_accuracy);
    let outcome = if high < limit {
        Outcome::fail(
            Finding::new("the reward puts too few pairs of episodes in the right order")
                .observed("share of pairs in order", share)
                .observed("upper end of its 95 % interval", high)
                .observed("episodes", returns.len() as f64)
                .limit("smallest share", limit)
                .hint("look at a pair that is in the wrong order: what does the better episode do that the reward does not see?"),
        )
    } else if share >= limit {
        Outcome::pass()
    } else {
        Outcome::inconclusive("there are too few episodes to tell")
    };
    Ok(outcome.measured("share of pairs in order", share).measured("lower end", low).measured("upper end", high))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_coin_is_flagged() {
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = -x)).verdict, FAIL);
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |x, y, out| out[0] = x + 0.2 * y)).verdict, PASS);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without returns");
    }
}
