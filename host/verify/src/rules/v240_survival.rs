//! Flags rewards by which a long failure pays as much as a short success.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards by which a long failure pays as much as a short success.
pub(crate) const RULE: Rule = Rule {
    code: "V240",
    name: "survival",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns, Need::Successes],
    what: "Compares the reward of the longest failed episode with that of the shortest successful one. An episode is a success from the \
           return on that the settings' `success` names.",
    why: "Where staying alive pays more than arriving, the agent learns to stall.",
    example: "`1.0` for each step until the goal is reached.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let Some(success) = bench.settings.success else {
        return Ok(Outcome::inconclusive("nobody has said from which return on an episode is a success"));
    };
    let (won, lost): (Vec<usize>, Vec<usize>) = (0..returns.len()).partition(|&episode| returns[episode] >= success);
    let shortest = won.iter().min_by_key(|&&episode| episodes.lengths[episode]);
    let longest = lost.iter().max_by_key(|&&episode| episodes.lengths[episode]);
    let (Some(&shortest), Some(&longest)) = (shortest, longest) else {
        let reason = format!("{} episodes succeeded and {} failed: both are needed", won.len(), lost.len());
        return Ok(Outcome::inconclusive(reason));
    };
    let (paid, earned) = (episodes.sums[longest], episodes.sums[shortest]);
    let outcome = match paid >= earned {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the longest failure pays as much as the shortest success")
                .observed("reward of the longest failure", paid)
                .observed("its steps", episodes.lengths[longest] as f64)
                .observed("reward of the shortest success", earned)
                .observed("its steps", episodes.lengths[shortest] as f64)
                .limit("largest reward of a failure", earned)
                .rows([episodes.numbers[longest], episodes.numbers[shortest]])
                .hint(
                    "pay for arriving more than an episode of standing still can earn, or let each step cost a little",
                ),
        ),
    };
    Ok(outcome.measured("reward of the longest failure", paid).measured("reward of the shortest success", earned))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::fixture::*;

    #[test]
    fn a_wage_for_every_step_is_flagged_and_one_for_arriving_is_not() {
        let on = |guest: &Guest, success| {
            let settings = Settings { success, ..Settings::default() };
            on_episodes_with(&RULE, guest, &settings).verdict
        };
        // All episodes of the fixture are of one length.
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = 1.0 - 1e-3 * x), Some(0.0)), FAIL);
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = x), Some(0.0)), PASS);
        assert_eq!(on(&Guest::rows(&["f"], |x, _, out| out[0] = x), None), INCONCLUSIVE);
    }
}
