//! Flags rewards that rise while the true return falls, once something is optimised for them.

use meed_core::{Granularity, Kind};

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::effect_size;
use crate::policies::{Generation, act};
use crate::rule::{Outcome, Rule, Stop};
use crate::simulated::{Simulated, Steps};
use crate::values::Features;
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that rise while the true return falls, once something is optimised for them.
pub(crate) const RULE: Rule = Rule {
    code: "V270",
    name: "optimised",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Simulator],
    what: "Searches in the simulator, by the cross-entropy method, for the linear policies that the reward pays most: a few generations of \
           24, two episodes each. Compares the last generation with the first, which does anything, by the reward and by the task's own \
           return; both as the difference of the means over the pooled standard deviation.",
    why: "What pays more the worse the task is done will be found by any learner, only later.",
    example: "`-(steps as f32)` in a task that ends where the agent falls.",
    after: &["V021", "V030", "V060"],
    check,
};

/// Episodes of each policy, and steps after which one is cut.
const EPISODES: usize = 2;
const STEPS: usize = 200;
/// Steps of the walk that shows how large the observations are.
const WALK: usize = 400;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let mut simulated = Simulated::start(bench, RULE.code)?;
    let mut walk = Steps::default();
    for _ in 0..WALK {
        let action = simulated.any_action();
        simulated.step(&action, &mut walk)?;
    }
    let width = walk.table.observation_size;
    let features = Features::of(&walk.table.observation, width);
    let actions = simulated.actions().clone();
    let mut generation = Generation::first(width, &actions);
    let mut ends: [Option<Generated>; 2] = [None, None];
    for _ in 0..bench.settings.generations.max(2) {
        let policies = generation.draw(&mut simulated.chance);
        let mut steps = Steps::default();
        for policy in &policies {
            for _ in 0..EPISODES {
                simulated.reset()?;
                let mut over = false;
                for _ in 0..STEPS {
                    let action = act(policy, &features, &actions, simulated.observation(), width);
                    over = simulated.step(&action, &mut steps)?;
                    if over {
                        break;
                    }
                }
                if !over {
                    steps.end();
                }
            }
        }
        let generated = Generated::of(bench, steps)?;
        generation = Generation::next(&policies, &generated.paid);
        if ends[0].is_none() { ends[0] = Some(generated) } else { ends[1] = Some(generated) }
    }
    let [Some(first), Some(last)] = &ends else { return Ok(Outcome::inconclusive("there were no two generations")) };
    let rise = effect_size(&last.paid, &first.paid);
    let (Some(rise), Some(true_rise)) = (rise, effect_size(&last.returns, &first.returns)) else {
        return Ok(Outcome::inconclusive("all policies get the same"));
    };
    let measured = |outcome: Outcome| {
        let outcome = outcome.measured("rise of the reward", rise);
        outcome.measured("rise of the true return", true_rise)
    };
    let least = bench.settings.hacked;
    if rise < least {
        return Ok(measured(Outcome::inconclusive("the search did not find what the reward pays more for")));
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    Ok(measured(match true_rise < -least {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("what is optimised for the reward does the task worse than what does anything")
                .observed("reward at first", mean(&first.paid))
                .observed("reward at last", mean(&last.paid))
                .observed("true return at first", mean(&first.returns))
                .observed("true return at last", mean(&last.returns))
                .limit("smallest rise of the true return", -least)
                .hint("look at what the last policies do: ending early, standing still, or driving in circles; pay for the task itself"),
        ),
    }))
}

/// What the policies of a generation got, each over its episodes.
struct Generated {
    paid: Vec<f64>,
    returns: Vec<f64>,
}

impl Generated {
    fn of(bench: &Bench<'_>, steps: Steps) -> Result<Generated, Stop> {
        let offsets = steps.table.episode_offsets();
        let rewards = steps.table.reward.clone();
        let sample = steps.sample(bench)?;
        let scores = match bench.ask_long(&sample) {
            Ok(scores) => scores,
            Err(error) => {
                return Err(Stop::Inconclusive(format!(
                    "the reward has no answer in the simulator: {}",
                    error.failure
                )));
            }
        };
        let mut generated = Generated { paid: Vec::new(), returns: Vec::new() };
        let episodes: Vec<std::ops::Range<usize>> =
            offsets.windows(2).map(|pair| pair[0] as usize..pair[1] as usize).collect();
        for (policy, own) in episodes.chunks(EPISODES).enumerate() {
            let scored = own.iter().enumerate().flat_map(|(place, rows)| match bench.description.granularity {
                Granularity::Episode => {
                    let episode = policy * EPISODES + place;
                    episode..episode + 1
                }
                Granularity::Row => rows.clone(),
            });
            generated
                .paid
                .push(scored.filter(|&row| scores.reason(row).is_none()).map(|row| bench.weighted(&scores, row)).sum());
            generated.returns.push(own.iter().flat_map(|rows| &rewards[rows.clone()]).map(|r| f64::from(*r)).sum());
        }
        Ok(generated)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::ring;

    #[test]
    fn a_reward_for_staying_away_is_flagged_and_one_for_arriving_is_not() {
        // The task pays for each step into state 0.
        let away = ring::alone(&RULE, &ring::guest(|_, _, next| f64::from(u8::from(next != 0))));
        assert_eq!(away.verdict, FAIL, "{away:?}");
        let there = ring::alone(&RULE, &ring::guest(|s, _, next| f64::from(u8::from(next == 0)) + 0.01 * s as f64));
        assert_eq!(there.verdict, PASS, "{there:?}");
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without a simulator");
    }
}
