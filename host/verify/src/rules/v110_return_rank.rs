//! Finds rewards that put the episodes in the opposite order of the environment's returns.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{paired_interval, spearman};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that put the episodes in the opposite order of the environment's returns.
pub(crate) const RULE: Rule = Rule {
    code: "V110",
    name: "return-rank",
    category: Category::Ordering,
    severity: Severity::Error,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns],
    what: "Spearman's correlation of the episodes' rewards with the environment's returns, with a bootstrapped interval of 95 %. Fails \
           where the whole interval lies below 0, passes where it lies above; else the episodes can't tell.",
    why: "What pays more the worse it goes teaches the opposite of the task.",
    example: "`distance` where `-distance` was meant.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let mut chance = bench.chance(RULE.code);
    let Some(rho) = spearman(&episodes.sums, returns) else {
        return Ok(Outcome::inconclusive("all episodes have the same reward"));
    };
    let interval = paired_interval(&episodes.sums, returns, bench.settings.bootstraps, &mut chance, spearman);
    let (low, high) = interval.unwrap_or((-1.0, 1.0));
    let outcome = if high < 0.0 {
        Outcome::fail(
            Finding::new("the reward puts the episodes in the opposite order of the environment's returns")
                .observed("Spearman correlation", rho)
                .observed("upper end of its 95 % interval", high)
                .observed("episodes", returns.len() as f64)
                .limit("smallest upper end", 0.0)
                .hint("look for a sign that is wrong, first in the factor with the largest share of the variance"),
        )
    } else if low > 0.0 {
        Outcome::pass()
    } else {
        Outcome::inconclusive("the episodes cannot tell whether the reward orders them as the environment does")
    };
    Ok(outcome
        .measured("Spearman correlation", rho)
        .measured("lower end", low)
        .measured("upper end", high)
        .measured("episodes", returns.len() as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_wrong_sign_is_found() {
        let sign = |sign: f32| Guest::rows(&["f"], move |x, y, out| out[0] = sign * (x + 0.2 * y));
        assert_eq!(on_episodes(&RULE, &sign(-1.0)).verdict, FAIL);
        assert_eq!(on_episodes(&RULE, &sign(1.0)).verdict, PASS);
        assert_eq!(on_episodes(&RULE, &Guest::rows(&["f"], |_, y, out| out[0] = y)).verdict, INCONCLUSIVE);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without returns");
    }
}
