//! Linear policies, and a short search among them for what a reward pays most.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::Actions;
use crate::values::Features;

/// Policies of a generation, and those of them that the next one is drawn around.
pub(crate) const POLICIES: usize = 24;
const BEST: usize = 6;

/// What the policies of a generation are drawn from: a number for each weight, with its spread.
#[derive(Clone, Debug)]
pub(crate) struct Generation {
    centre: Vec<f64>,
    spread: Vec<f64>,
}

impl Generation {
    /// Begins with policies that do anything: weights for `inputs` scaled numbers and a constant.
    pub(crate) fn first(inputs: usize, actions: &Actions) -> Generation {
        let outputs = match actions {
            Actions::Choices(choices) => *choices,
            Actions::Numbers { low, .. } => low.len(),
        };
        let weights = (inputs + 1) * outputs;
        Generation { centre: vec![0.0; weights], spread: vec![1.0; weights] }
    }

    /// Draws policies.
    pub(crate) fn draw(&self, chance: &mut impl Rng) -> Vec<Vec<f64>> {
        let mut number = |(centre, spread): (&f64, &f64)| {
            let normal: f64 = StandardNormal.sample(chance);
            centre + spread * normal
        };
        (0..POLICIES).map(|_| self.centre.iter().zip(&self.spread).map(&mut number).collect()).collect()
    }

    /// Makes the next generation of those that were paid most: the cross-entropy method.
    pub(crate) fn next(policies: &[Vec<f64>], paid: &[f64]) -> Generation {
        // A little is always left to chance, so that the search does not end at the first good place.
        const NOISE: f64 = 0.05;
        let mut order: Vec<usize> = (0..policies.len()).collect();
        order.sort_by(|&a, &b| paid[b].total_cmp(&paid[a]));
        order.truncate(BEST);
        let weights = 0..policies.first().map_or(0, Vec::len);
        let of = |weight: usize| order.iter().map(move |&policy| policies[policy][weight]);
        let moments: Vec<crate::statistics::Moments> = weights.map(|weight| of(weight).collect()).collect();
        Generation {
            centre: moments.iter().map(|weight| weight.mean()).collect(),
            spread: moments.iter().map(|weight| weight.std() + NOISE).collect(),
        }
    }
}

/// Lets a policy act on the observations of all agents.
pub(crate) fn act(
    policy: &[f64],
    features: &Features,
    actions: &Actions,
    observations: &[f32],
    width: usize,
) -> Vec<f32> {
    let mut taken = Vec::new();
    for observation in observations.chunks(width.max(1)) {
        let seen = features.scaled(observation);
        let of = |weights: &[f64]| seen.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() + weights[seen.len()];
        let outputs = policy.chunks(seen.len() + 1).map(of);
        match actions {
            Actions::Choices(_) => {
                let best = outputs.enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
                taken.push(best.map_or(0, |(choice, _)| choice) as f32);
            }
            Actions::Numbers { low, high } => {
                let within = |((output, low), high): ((f64, &f32), &f32)| {
                    low + (high - low) * ((output.tanh() + 1.0) / 2.0) as f32
                };
                taken.extend(outputs.zip(low).zip(high).map(within));
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn the_search_goes_where_the_pay_is() {
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        let actions = Actions::Numbers { low: vec![-1.0], high: vec![1.0] };
        let mut generation = Generation::first(2, &actions);
        let target = [1.0, -2.0, 0.5];
        for _ in 0..12 {
            let policies = generation.draw(&mut chance);
            let far = |policy: &Vec<f64>| -policy.iter().zip(target).map(|(w, t)| (w - t).powi(2)).sum::<f64>();
            let paid: Vec<f64> = policies.iter().map(far).collect();
            generation = Generation::next(&policies, &paid);
        }
        assert!(generation.centre.iter().zip(target).all(|(w, t)| (w - t).abs() < 0.3), "{generation:?}");
    }

    #[test]
    fn a_choice_is_the_largest_output_and_a_number_lies_in_its_range() {
        let features = Features::of(&[-1.0, 1.0, -1.0, 1.0], 1);
        let choice = |policy: &[f64], x: f32| act(policy, &features, &Actions::Choices(2), &[x], 1);
        assert_eq!((choice(&[1.0, 0.0, -1.0, 0.0], 1.0), choice(&[1.0, 0.0, -1.0, 0.0], -1.0)), (vec![0.0], vec![1.0]));
        let numbers = Actions::Numbers { low: vec![-2.0], high: vec![4.0] };
        assert_eq!(act(&[0.0, 0.0], &features, &numbers, &[0.3, 0.7], 1), [1.0, 1.0]);
        assert_eq!(act(&[1e9, 0.0], &features, &numbers, &[1.0, -1.0], 1), [4.0, -2.0]);
    }
}
