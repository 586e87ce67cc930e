//! Flags rewards whose order of the episodes hardly agrees with the environment's.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{kendall, paired_interval};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards whose order of the episodes hardly agrees with the environment's.
pub(crate) const RULE: Rule = Rule {
    code: "V130",
    name: "alignment",
    category: Category::Ordering,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns],
    what: "The trajectory alignment coefficient: Kendall's tau b of the episodes' rewards and the environment's returns, with a \
           bootstrapped interval of 95 %. Fails where the whole interval lies below the limit.",
    why: "People choose better rewards with this number than without it, and it needs no more than an order.",
    example: "A reward that counts what all episodes do alike.",
    after: &["V021", "V030", "V060"],
    check,
};

/// Episodes that are compared: each draw of the bootstrap looks at half the square of it.
const MOST: usize = 200;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let step = returns.len().div_ceil(MOST);
    let thin = |values: &[f64]| values.iter().copied().step_by(step).collect::<Vec<_>>();
    let (sums, returns) = (thin(&episodes.sums), thin(returns));
    let Some(tau) = kendall(&sums, &returns) else {
        return Ok(Outcome::inconclusive("all episodes have the same reward or the same return"));
    };
    let mut chance = bench.chance(RULE.code);
    let interval = paired_interval(&sums, &returns, bench.settings.bootstraps, &mut chance, kendall);
    let ((low, high), limit) = (interval.unwrap_or((-1.0, 1.0)), bench.settings.alignment);
    let outcome = if high < limit {
        Outcome::fail(
            Finding::new("the reward's order of the episodes hardly agrees with the environment's")
                .observed("trajectory alignment coefficient", tau)
                .observed("upper end of its 95 % interval", high)
                .observed("episodes", returns.len() as f64)
                .limit("smallest coefficient", limit)
                .hint("sort the episodes by the reward and look where the order goes wrong"),
        )
    } else if tau >= limit {
        Outcome::pass()
    } else {
        Outcome::inconclusive("there are too few episodes to tell")
    };
    Ok(outcome.measured("trajectory alignment coefficient", tau).measured("lower end", low).measured("upper end", high))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn an_order_of_its_own_is_flagged() {
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = -x)).verdict, FAIL);
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |x, y, out| out[0] = x + 0.2 * y)).verdict, PASS);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without returns");
    }
}
