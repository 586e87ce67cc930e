//! Flags rewards by which it pays to end the episode early.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards by which it pays to end the episode early.
pub(crate) const RULE: Rule = Rule {
    code: "V250",
    name: "early-end",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns],
    what: "Where nearly all steps are paid less than nothing, and the recorded episodes differ in length because they end by themselves, \
           compares the rewards of the shorter and of the longer half with the environment's returns of the two.",
    why: "An agent that loses at every step learns to end it: by falling, crashing, giving up.",
    example: "`-distance` in a task that ends where the agent falls.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let mut order: Vec<usize> = (0..returns.len()).collect();
    order.sort_by_key(|&episode| episodes.lengths[episode]);
    let (shorter, longer) = order.split_at(order.len() / 2);
    let mean =
        |values: &[f64], of: &[usize]| of.iter().map(|&episode| values[episode]).sum::<f64>() / of.len().max(1) as f64;
    let lengths: Vec<f64> = episodes.lengths.iter().map(|length| *length as f64).collect();
    if mean(&lengths, longer) < 1.1 * mean(&lengths, shorter) {
        return Ok(Outcome::inconclusive("the episodes are all of about one length"));
    }
    let negative = episodes.sums.iter().filter(|sum| **sum < 0.0).count() as f64 / returns.len() as f64;
    let (early, late) = (mean(&episodes.sums, shorter), mean(&episodes.sums, longer));
    let (early_truth, late_truth) = (mean(returns, shorter), mean(returns, longer));
    let outcome = match negative > 0.9 && early > late && early_truth < late_truth {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("it pays to end the episode early")
                .observed("share of episodes with a negative reward", negative)
                .observed("mean reward of the shorter half", early)
                .observed("mean reward of the longer half", late)
                .observed("mean return of the shorter half", early_truth)
                .observed("mean return of the longer half", late_truth)
                .limit("largest mean reward of the shorter half", late)
                .hint("add what a step alive is worth, or a penalty for ending that outweighs the steps it saves"),
        ),
    };
    Ok(outcome.measured("share of episodes with a negative reward", negative))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_cost_for_every_step_of_a_task_of_staying_alive_is_flagged() {
        let cost = Guest::rows(&["f"], |x, _, out| out[0] = -1.0 + 0.1 * x);
        assert_eq!(on_lengths(&RULE, &cost).verdict, FAIL);
        assert_eq!(on_lengths(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = 1.0 + 0.1 * x)).verdict, PASS);
        assert_eq!(on_episodes(&RULE, &cost).verdict, INCONCLUSIVE, "episodes of one length");
    }
}
