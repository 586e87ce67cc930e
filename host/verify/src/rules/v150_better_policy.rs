//! Finds rewards that pay a random policy more than a better one.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{effect_size, interval};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that pay a random policy more than a better one.
pub(crate) const RULE: Rule = Rule {
    code: "V150",
    name: "better-policy",
    category: Category::Ordering,
    severity: Severity::Error,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Policies],
    what: "Compares the episodes of a file that says its policy is `random` with those of a file of another policy: the difference of \
           their mean rewards over the pooled standard deviation, with a bootstrapped interval of 95 %. Where the environment's \
           returns are recorded, the other policy is the best of them. Fails where the whole interval lies below 0.",
    why: "Whoever trains on it ends at the random policy, or below.",
    example: "A penalty on every action that outweighs the goal.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let is_random =
        |file: usize| bench.files.get(file).and_then(|file| file.policy.as_deref()).map(|name| name == "random");
    let (any_random, any_other) = bench.files.iter().fold((false, false), |(random, other), file| {
        let policy = file.policy.as_deref();
        (random || policy == Some("random"), other || policy.is_some_and(|name| name != "random"))
    });
    if !(any_random && any_other) {
        return Ok(Outcome::inconclusive("there are no recordings of a random and of a better policy"));
    }
    let episodes = bench.episodes()?;
    let of = |wanted: &dyn Fn(usize) -> bool, values: &[f64]| -> Vec<f64> {
        values.iter().zip(&episodes.files).filter(|(_, file)| wanted(**file)).map(|(value, _)| *value).collect()
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let others = (0..bench.files.len()).filter(|&file| is_random(file) == Some(false));
    let best = others.max_by(|&a, &b| match &episodes.returns {
        Some(returns) => mean(&of(&|file| file == a, returns)).total_cmp(&mean(&of(&|file| file == b, returns))),
        None => b.cmp(&a),
    });
    if let Some(returns) = &episodes.returns
        && mean(&of(&|file| Some(file) == best, returns)) <= mean(&of(&|file| is_random(file) == Some(true), returns))
    {
        return Ok(Outcome::inconclusive("by the environment's returns, no policy is better than the random one"));
    }
    let random = of(&|file| is_random(file) == Some(true), &episodes.sums);
    let better = of(&|file| Some(file) == best, &episodes.sums);
    let Some(effect) = effect_size(&better, &random) else {
        return Ok(Outcome::inconclusive("a policy has too few episodes, or all have the same reward"));
    };
    let mut chance = bench.chance(RULE.code);
    let both: Vec<(bool, f64)> =
        better.iter().map(|sum| (true, *sum)).chain(random.iter().map(|sum| (false, *sum))).collect();
    let drawn = interval(both.len(), bench.settings.bootstraps, &mut chance, |places| {
        let side =
            |wanted| places.iter().map(|&p| both[p]).filter(move |(side, _)| *side == wanted).map(|(_, sum)| sum);
        effect_size(&side(true).collect::<Vec<_>>(), &side(false).collect::<Vec<_>>())
    });
    let (low, high) = drawn.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let outcome = if high < 0.0 {
        Outcome::fail(
            Finding::new("the reward pays a random policy more than a better one")
                .observed("effect size", effect)
                .observed("upper end of its 95 % interval", high)
                .observed("mean reward of the better policy's episodes", mean(&better))
                .observed("mean reward of the random policy's episodes", mean(&random))
                .limit("smallest upper end", 0.0)
                .hint("compare the factors' means on the two files: which one pays the random policy?"),
        )
    } else if low > 0.0 {
        Outcome::pass()
    } else {
        Outcome::inconclusive("the episodes cannot tell the two policies apart")
    };
    Ok(outcome.measured("effect size", effect).measured("lower end", low).measured("upper end", high))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_random_policy_that_earns_more_is_found() {
        let files = [policy("random"), policy("expert")];
        let on = |guest: &Guest, files: &[crate::FileReport]| on_files(&RULE, guest, files).verdict;
        // The second file's episodes have the larger x.
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = x), &files), PASS);
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = -x), &files), FAIL);
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = -x), &files[..1]), INCONCLUSIVE);
        let worse = [policy("expert"), policy("random")];
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = x), &worse), INCONCLUSIVE, "it is no better");
    }
}
