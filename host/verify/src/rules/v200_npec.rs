//! Flags rewards that no factor and no simple potential bring near the reference.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::pseudometric::projected;
use crate::reference::{next_observations, paired};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that no factor and no simple potential bring near the reference.
pub(crate) const RULE: Rule = Rule {
    code: "V200",
    name: "npec",
    category: Category::Reference,
    severity: Severity::Warning,
    kinds: &[Kind::Transition],
    needs: &[Need::Reference],
    what: "An upper bound of the NPEC distance from the reference: how near a positive multiple of the reward, with a constant and a \
           potential made of the observations and their squares, comes to the reference on the recorded steps, over how near a \
           constant and such a potential alone come.",
    why: "Unlike EPIC it needs no steps but the recorded ones, so that the environment's own reward can be the reference.",
    example: "A reward of another task.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (pairs, recorded) = paired(bench)?;
    let known = recorded.sample.table().and_then(|table| Some((table, next_observations(table, recorded)?)));
    let Some((table, next)) = known else {
        return Ok(Outcome::inconclusive("the next observations are not recorded"));
    };
    let width = table.observation.len() / table.rows.max(1);
    let told: Vec<(usize, usize, &[f32])> =
        pairs.rows.iter().enumerate().filter_map(|(place, &row)| Some((place, row, next[row]?))).collect();
    let basis = potentials(bench.settings.discount, width, &table.observation, &told);
    let take = |values: &[f64]| told.iter().map(|(place, ..)| values[*place]).collect::<Vec<_>>();
    let Some(apart) = projected(basis, take(&pairs.own), take(&pairs.reference)) else {
        return Ok(Outcome::inconclusive("the reference is nothing but a potential on these steps"));
    };
    let outcome = match apart > bench.settings.npec {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("no factor and no simple potential bring the reward near the reference")
                .observed("NPEC distance, at most", apart)
                .observed("steps", told.len() as f64)
                .limit("largest distance", bench.settings.npec)
                .hint("look for a term of the reference that the reward does not have"),
        ),
    };
    Ok(outcome.measured("NPEC distance, at most", apart))
}

/// Gives a constant, and g phi(s') - phi(s) for every observed number and its square.
fn potentials(discount: f64, width: usize, observation: &[f32], told: &[(usize, usize, &[f32])]) -> Vec<Vec<f64>> {
    let mut basis = vec![vec![1.0; told.len()]];
    for column in 0..width {
        for power in 1..=2 {
            let phi = |value: f32| f64::from(value).powi(power);
            let shaped =
                told.iter().map(|(_, row, next)| discount * phi(next[column]) - phi(observation[row * width + column]));
            basis.push(shaped.collect());
        }
    }
    basis
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_potential_of_squares_is_taken_out_and_another_reward_stays_far() {
        let shaped = Guest::steps(|x, _, next| 0.3 * x + 0.99 * next * next - x * x);
        let report = against_recorded(&RULE, &shaped);
        assert_eq!(report.verdict, PASS);
        assert!(report.measured[0].value < 1e-3, "{}", report.measured[0]);
        assert_eq!(against_recorded(&RULE, &Guest::steps(|x, y, _| (y * 9.0).sin() - x)).verdict, FAIL);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without a reference");
    }
}
