//! Flags rewards that are far from the reference once each is shaped by its own values.

use meed_core::Kind;
use meed_trajectory::Table;

use crate::Finding;
use crate::bench::Bench;
use crate::pseudometric::unit_distance;
use crate::reference::{Reference, comparable, other_sums, own_sums};
use crate::rule::{Outcome, Rule, Stop};
use crate::simulated::{Simulated, Steps};
use crate::values::{Features, Value};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that are far from the reference once each is shaped by its own values.
pub(crate) const RULE: Rule = Rule {
    code: "V190",
    name: "starc",
    category: Category::Reference,
    severity: Severity::Warning,
    kinds: &[Kind::Transition],
    needs: &[Need::Reference, Need::Simulator],
    what: "The STARC distance from the reference: half the distance of the two rewards r - V(s) + g V(s'), each divided by its norm, with V the \
           values of the random policy, on 512 of its steps in the simulator, the mean over 8 draws of s' each. V is a linear function \
           of the observation, its squares and its products, fitted to 4096 steps by temporal differences.",
    why: "The best policy of a reward at a small distance loses little by the reference, whatever the task's dynamics.",
    example: "A reward of another task.",
    after: &["V021", "V030", "V060"],
    check,
};

/// Rows that V is fitted to.
const ROWS: usize = 4096;
/// Steps whose canonical reward is taken, and draws of what each leads to.
const STEPS: usize = 512;
const DRAWS: usize = 8;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let reference = comparable(bench)?;
    let mut simulated = Simulated::start(bench, RULE.code)?;
    let (walk, drawn) = walks(&mut simulated)?;
    let agents = simulated.agents();
    let (walk, drawn) = (Rewarded::of(bench, reference, walk)?, Rewarded::of(bench, reference, drawn)?);
    let features = Features::of(&walk.table.observation, walk.table.observation_size);
    let canonical = |of: fn(&Rewarded) -> &Vec<f64>| {
        let (before, after) = walk.features(&features);
        let value = Value::fit(&before, &after, of(&walk), bench.settings.discount);
        let (before, after) = drawn.features(&features);
        let shaped = value.differences(&before, &after, of(&drawn));
        means(&shaped, agents)
    };
    let (own, other) = (canonical(|rewarded| &rewarded.own), canonical(|rewarded| &rewarded.other));
    let Some(apart) = unit_distance(&own, &other) else {
        return Ok(Outcome::inconclusive("a reward is nothing but a potential on these steps"));
    };
    let outcome = match apart > bench.settings.starc {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the reward is far from the reference, whatever potential shapes it")
                .observed("STARC distance", apart)
                .observed("steps", own.len() as f64)
                .limit("largest distance", bench.settings.starc)
                .hint("look for a sign, a missing term or a weight that is wrong; `meed compare` shows where the two disagree"),
        ),
    };
    Ok(outcome.measured("STARC distance", apart).measured("steps", own.len() as f64))
}

/// Walks at random, and lets the actions of some of its steps be taken anew, several times each.
fn walks(simulated: &mut Simulated) -> Result<(Steps, Steps), Stop> {
    let (mut walk, mut drawn) = (Steps::default(), Steps::default());
    let mut from = Vec::new();
    let apart = (ROWS / simulated.agents() / STEPS.div_ceil(simulated.agents())).max(1);
    for step in 0.. {
        if walk.table.rows >= ROWS {
            break;
        }
        let action = simulated.any_action();
        if step % apart == 0 {
            from.push((simulated.state()?, action.clone()));
        }
        simulated.step(&action, &mut walk)?;
    }
    for (state, action) in from {
        for _ in 0..DRAWS {
            simulated.set_state(&state)?;
            simulated.step(&action, &mut drawn)?;
        }
    }
    Ok((walk, drawn))
}

/// Steps with what either reward gives for each.
struct Rewarded {
    table: Table,
    own: Vec<f64>,
    other: Vec<f64>,
}

impl Rewarded {
    fn of(bench: &Bench<'_>, reference: Reference<'_>, steps: Steps) -> Result<Rewarded, Stop> {
        let table = steps.table.clone();
        let sample = steps.sample(bench)?;
        let own = own_sums(bench, &sample)?;
        let other = match reference {
            Reference::Reward(factory) => other_sums(bench, factory, &sample)?,
            Reference::Recorded => table.reward.iter().map(|reward| Some(f64::from(*reward))).collect(),
        };
        let all = |sums: Vec<Option<f64>>| sums.into_iter().collect::<Option<Vec<f64>>>();
        match (all(own), all(other)) {
            (Some(own), Some(other)) => Ok(Rewarded { table, own, other }),
            _ => Err(Stop::Inconclusive("a reward has no score for some of the simulator's steps".into())),
        }
    }

    /// Gives the features before each step, and after it where the episode went on.
    fn features(&self, features: &Features) -> (Vec<Vec<f64>>, Vec<Option<Vec<f64>>>) {
        let rows = |values: &[f32]| -> Vec<Vec<f64>> {
            values.chunks(self.table.observation_size.max(1)).map(|row| features.quadratic(row)).collect()
        };
        let after = rows(&self.table.next_observation).into_iter().zip(&self.table.terminated);
        (rows(&self.table.observation), after.map(|(after, ended)| (!ended).then_some(after)).collect())
    }
}

/// Gives the mean over the draws of each step, an agent's after another's.
fn means(values: &[f64], agents: usize) -> Vec<f64> {
    let of_step = |draws: &[f64], agent: usize| draws.iter().skip(agent).step_by(agents).sum::<f64>() / DRAWS as f64;
    values.chunks(DRAWS * agents).flat_map(|draws| (0..agents).map(move |agent| of_step(draws, agent))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::pseudometric::{TabularReward, starc};
    use crate::ring;

    #[test]
    fn the_distance_is_that_of_the_tabular_definition() {
        // The ring's steps are the same after every turn, so that the walk is in each state as often as in any other.
        let of_step = |weight: usize| move |s: usize, a: usize, _: usize| ring::value(s, a, 0, weight);
        let (f, g) = (of_step(3), of_step(7));
        let exact =
            starc(&TabularReward::of(5, 2, f), &TabularReward::of(5, 2, g), &ring::Ring::AROUND.dynamics(), 0.99)
                .unwrap();
        let report = ring::against(&RULE, &ring::guest(f), &ring::guest(g), ring::Ring::AROUND);
        assert!((report.measured[0].value - exact).abs() < 0.05, "{} is not {exact}", report.measured[0]);
    }

    #[test]
    fn shaping_changes_nothing_and_the_opposite_is_at_distance_one() {
        let reference = ring::guest(|s, a, next| ring::value(s, a, next, 3));
        let on = |guest: &Guest| ring::against(&RULE, guest, &reference, ring::Ring::AROUND);
        let potential = |s: usize| (s * s) as f64 * 0.3;
        let shaped = on(&ring::guest(move |s, a, next| {
            0.5 * ring::value(s, a, next, 3) + 0.99 * potential(next) - potential(s)
        }));
        assert_eq!(shaped.verdict, PASS);
        assert!(shaped.measured[0].value < 0.01, "{}", shaped.measured[0]);
        let opposite = on(&ring::guest(|s, a, next| -ring::value(s, a, next, 3)));
        assert!((opposite.measured[0].value - 1.0).abs() < 1e-6, "{}", opposite.measured[0]);
        assert_eq!(opposite.verdict, FAIL);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without a reference and a simulator");
    }
}
