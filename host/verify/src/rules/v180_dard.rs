//! Flags rewards that are far from the reference by the steps that the task itself makes.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::ordering::{distance, pearson};
use crate::reference::{Reference, both, comparable, other_sums, own_sums};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::Sample;
use crate::simulated::{Simulated, Steps};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that are far from the reference by the steps that the task itself makes.
pub(crate) const RULE: Rule = Rule {
    code: "V180",
    name: "dard",
    category: Category::Reference,
    severity: Severity::Warning,
    kinds: &[Kind::Transition],
    needs: &[Need::Reference, Need::Simulator],
    what: "The DARD distance from the reference: as EPIC, but made canonical with actions and next observations that the simulator gives \
           from the step's own states, on 128 steps of a random policy with 16 draws each.",
    why: "EPIC asks about steps that no state leads to, where a sound reward may say anything; DARD asks about those that are possible.",
    example: "A reward of another task.",
    after: &["V021", "V030", "V060"],
    check,
};

/// Steps whose canonical reward is taken, and draws for each expectation.
const STEPS: usize = 128;
const DRAWS: usize = 16;
/// Steps from one of these to the next, and steps after which the walk begins anew.
const APART: usize = 5;
const WALK: usize = 50;

/// What a reward gives for each of some rows, `None` where it gives nothing.
type Sums = Result<Vec<Option<f64>>, Stop>;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let Reference::Reward(reference) = comparable(bench)? else {
        return Ok(Outcome::inconclusive("a recorded reward cannot be asked about other steps"));
    };
    if bench.description.inputs.reward || reference.description().inputs.reward {
        return Ok(Outcome::inconclusive("the task's own reward of imagined steps is not known"));
    }
    let mut simulated = Simulated::start(bench, RULE.code)?;
    let agents = simulated.agents();
    let terms = imagined(&mut simulated)?.map(|steps| steps.sample(bench));
    let terms = terms.into_iter().collect::<Result<Vec<Sample>, Stop>>()?;
    let fold = |sums: &dyn Fn(&Sample) -> Sums| -> Sums {
        let terms = terms.iter().map(sums).collect::<Result<Vec<_>, Stop>>()?;
        let [real, after, before, between] = &terms[..] else { return Ok(Vec::new()) };
        // The rows of a step's draws follow each other, an agent's after another's.
        let mean = |term: &[Option<f64>], row: usize| -> Option<f64> {
            let first = row / agents * DRAWS * agents + row % agents;
            let draws = term.iter().skip(first).step_by(agents).take(DRAWS);
            draws.copied().sum::<Option<f64>>().map(|sum| sum / DRAWS as f64)
        };
        let discount = bench.settings.discount;
        let canonical = |row: usize| {
            Some(real[row]? + discount * mean(after, row)? - mean(before, row)? - discount * mean(between, row)?)
        };
        Ok((0..real.len()).map(canonical).collect())
    };
    let own = fold(&|sample| own_sums(bench, sample))?;
    let other = fold(&|sample| other_sums(bench, reference, sample))?;
    let pairs = both(own, other, bench.settings.least_rows)?;
    let real = terms.first().map(|real| (own_sums(bench, real), other_sums(bench, reference, real)));
    let Some((Ok(own), Ok(other))) = real else { return Ok(Outcome::inconclusive("no step was made")) };
    // In f32, what cancels leaves a rest of this size: a reward of what no single action can change is all potential here.
    let left = |canonical: &[f64], sums: &[Option<f64>]| {
        let moments = |values: &mut dyn Iterator<Item = f64>| values.collect::<Moments>();
        moments(&mut canonical.iter().copied()).std() > 1e-5 * moments(&mut sums.iter().flatten().copied()).size()
    };
    let told = left(&pairs.own, &own) && left(&pairs.reference, &other);
    let Some(apart) = pearson(&pairs.own, &pairs.reference).map(distance).filter(|_| told) else {
        return Ok(Outcome::inconclusive("a reward is nothing but a potential on these steps"));
    };
    let outcome = match apart > bench.settings.dard {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the reward is far from the reference on the steps that the task makes")
                .observed("DARD distance", apart)
                .observed("steps", pairs.own.len() as f64)
                .limit("largest distance", bench.settings.dard)
                .hint("look for a sign, a missing term or a weight that is wrong; `meed compare` shows where the two disagree"),
        ),
    };
    Ok(outcome.measured("DARD distance", apart).measured("steps", pairs.own.len() as f64))
}

/// Walks at random and makes, for some of its steps, the steps that the expectations ask about: from s to s', from s' to any
/// S'', from s to any S', and with what led from s' to S'' from S' to S''.
fn imagined(simulated: &mut Simulated) -> Result<[Steps; 4], Stop> {
    let [mut real, mut after, mut before, mut between, mut passed] = std::array::from_fn(|_| Steps::default());
    let most = STEPS.div_ceil(simulated.agents()).max(16);
    let mut kept = 0;
    for walked in 0.. {
        if walked % WALK == 0 {
            simulated.reset()?;
        }
        if kept == most || walked == most * APART * 4 {
            break;
        }
        let action = simulated.any_action();
        if walked % APART != 0 {
            simulated.step(&action, &mut passed)?;
            continue;
        }
        let start = simulated.state()?;
        if simulated.step(&action, &mut real)? {
            // Nothing leads on from the end.
            real.drop_last();
            continue;
        }
        kept += 1;
        let end = simulated.state()?;
        for _ in 0..DRAWS {
            simulated.set_state(&start)?;
            let action = simulated.any_action();
            simulated.step(&action, &mut before)?;
            simulated.set_state(&end)?;
            let action = simulated.any_action();
            simulated.step(&action, &mut after)?;
            between.join(&before, &after);
        }
        simulated.set_state(&end)?;
    }
    Ok([real, after, before, between])
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::pseudometric::{Dynamics, TabularReward, dard};
    use crate::ring;

    #[test]
    fn the_distance_is_that_of_the_tabular_definition() {
        // Where every state follows every other, all steps are as likely as the definition takes them to be.
        let dynamics = Dynamics::new(5, 2, vec![0.2; 50]).unwrap();
        let (f, g) = (|s, a, next| ring::value(s, a, next, 3), |s, a, next| ring::value(s, a, next, 7));
        let exact = dard(&TabularReward::of(5, 2, f), &TabularReward::of(5, 2, g), &dynamics, 0.99).unwrap();
        let report = ring::against(&RULE, &ring::guest(f), &ring::guest(g), ring::Ring::ANYWHERE);
        assert!((report.measured[0].value - exact).abs() < 0.08, "{} is not {exact}", report.measured[0]);
    }

    #[test]
    fn shaping_changes_nothing_and_the_opposite_is_far() {
        let reference = ring::guest(|s, a, next| ring::value(s, a, next, 3));
        let on = |guest: &Guest| ring::against(&RULE, guest, &reference, ring::Ring::AROUND);
        let potential = |s: usize| (s * s) as f64 * 0.3;
        let shaped = on(&ring::guest(move |s, a, next| {
            0.5 * ring::value(s, a, next, 3) + 0.99 * potential(next) - potential(s)
        }));
        assert_eq!(shaped.verdict, PASS);
        assert!(shaped.measured[0].value < 1e-3, "{}", shaped.measured[0]);
        assert_eq!(on(&ring::guest(|s, a, next| -ring::value(s, a, next, 3))).verdict, FAIL);
        // What no action of a step changes leaves nothing to compare, but rounding.
        let state =
            |factor: f64| ring::guest(move |s, _, next| factor * ((s as f64).sqrt() - 0.99 * (next as f64).sqrt()));
        let report = ring::against(&RULE, &state(0.37), &state(0.73), ring::Ring::AROUND);
        assert_eq!(report.verdict, INCONCLUSIVE, "{report:?}");
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without a reference and a simulator");
    }
}
