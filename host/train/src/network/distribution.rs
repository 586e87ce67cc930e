//! How the actor's outputs become actions, and how probable an action was.
//!
//! An action has two forms. The *choice* is what the learner reasons about: a one-hot row, or a number drawn from a Gaussian
//! in units where the action range is -1 to 1. The *action* is what the environment receives: the index, or the choice scaled
//! to the range and clipped to it. Probabilities are those of choices, before any clipping; rewards see actions.

use burn::tensor::{Tensor, activation::log_softmax};
use meed_envs::ActionSpace;
use rand::{Rng, RngExt};
use rand_distr::{Distribution as _, StandardNormal};

/// Half the logarithm of two pi.
const HALF_LOG_TAU: f32 = 0.918_938_5;

/// The distribution of actions for an action space.
#[derive(Clone, Debug)]
pub(crate) enum Distribution {
    /// One of several choices.
    Categorical {
        /// How many.
        choices: usize,
    },
    /// Independent Gaussians whose deviations do not depend on the observation.
    Gaussian {
        /// Middle of each column's range.
        centre: Vec<f32>,
        /// Half of each column's range.
        half: Vec<f32>,
    },
}

impl Distribution {
    pub(crate) fn of(space: &ActionSpace) -> Self {
        match space {
            ActionSpace::Discrete(choices) => Distribution::Categorical { choices: *choices },
            ActionSpace::Box { low, high } => {
                let bounds = || low.iter().zip(high);
                // A column without bounds on both sides is taken as it is.
                let bounded = |low: f32, high: f32| low.is_finite() && high.is_finite();
                let centre = bounds().map(|(l, h)| if bounded(*l, *h) { (l + h) / 2.0 } else { 0.0 }).collect();
                let half = bounds().map(|(l, h)| if bounded(*l, *h) { (h - l) / 2.0 } else { f32::NAN }).collect();
                Distribution::Gaussian { centre, half }
            }
        }
    }

    /// Counts the actor's outputs, which are also the columns of a choice.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Distribution::Categorical { choices } => *choices,
            Distribution::Gaussian { centre, .. } => centre.len(),
        }
    }

    pub(crate) fn is_gaussian(&self) -> bool {
        matches!(self, Distribution::Gaussian { .. })
    }

    /// Draws a choice into `choice` from one row of outputs, and gives the logarithm of its probability.
    pub(crate) fn sample(&self, outputs: &[f32], log_std: &[f32], choice: &mut [f32], rng: &mut impl Rng) -> f32 {
        match self {
            Distribution::Categorical { .. } => {
                let most = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let log_sum = outputs.iter().map(|logit| (logit - most).exp()).sum::<f32>().ln() + most;
                let mut left: f32 = rng.random();
                let last = outputs.len() - 1;
                let chosen = outputs.iter().take(last).position(|logit| {
                    left -= (logit - log_sum).exp();
                    left < 0.0
                });
                let chosen = chosen.unwrap_or(last);
                choice.fill(0.0);
                choice[chosen] = 1.0;
                outputs[chosen] - log_sum
            }
            Distribution::Gaussian { .. } => {
                let mut log_probability = 0.0;
                for ((choice, mean), log_std) in choice.iter_mut().zip(outputs).zip(log_std) {
                    let noise: f32 = StandardNormal.sample(rng);
                    *choice = mean + log_std.exp() * noise;
                    log_probability -= 0.5 * noise * noise + log_std + HALF_LOG_TAU;
                }
                log_probability
            }
        }
    }

    /// Draws a choice, each of the space's actions as likely as any other.
    pub(crate) fn random(&self, choice: &mut [f32], rng: &mut impl Rng) {
        match self {
            Distribution::Categorical { choices } => {
                choice.fill(0.0);
                choice[rng.random_range(0..*choices)] = 1.0;
            }
            Distribution::Gaussian { .. } => {
                choice.iter_mut().for_each(|choice| *choice = rng.random_range(-1.0..=1.0))
            }
        }
    }

    /// Writes the most probable choice for one row of outputs.
    pub(crate) fn best(&self, outputs: &[f32], choice: &mut [f32]) {
        match self {
            Distribution::Categorical { .. } => {
                let mut best = 0;
                for (index, logit) in outputs.iter().enumerate() {
                    if *logit > outputs[best] {
                        best = index;
                    }
                }
                choice.fill(0.0);
                choice[best] = 1.0;
            }
            Distribution::Gaussian { .. } => choice.copy_from_slice(outputs),
        }
    }

    /// Appends the action that the environment receives for a choice.
    pub(crate) fn action(&self, choice: &[f32], action: &mut Vec<f32>) {
        match self {
            Distribution::Categorical { .. } => {
                action.push(choice.iter().position(|chosen| *chosen == 1.0).unwrap_or(0) as f32);
            }
            Distribution::Gaussian { centre, half } => {
                action.extend(choice.iter().zip(centre).zip(half).map(|((choice, centre), half)| {
                    if half.is_nan() { *choice } else { centre + half * choice.clamp(-1.0, 1.0) }
                }));
            }
        }
    }

    /// Appends the choice that an action tells of.
    pub(crate) fn choice(&self, action: &[f32], choices: &mut Vec<f32>) {
        match self {
            Distribution::Categorical { choices: count } => {
                choices.extend((0..*count).map(|choice| f32::from(action[0] == choice as f32)));
            }
            Distribution::Gaussian { centre, half } => {
                choices.extend(
                    action
                        .iter()
                        .zip(centre)
                        .zip(half)
                        .map(|((action, centre), half)| if half.is_nan() { *action } else { (action - centre) / half }),
                );
            }
        }
    }

    /// Makes choices what their actions tell of them: cut off where these are, and rounded as these are.
    pub(crate) fn told(&self, choices: &mut [f32]) {
        let (mut action, mut told) = (Vec::new(), Vec::new());
        for choice in choices.chunks_mut(self.outputs()) {
            self.action(choice, &mut action);
            self.choice(&action, &mut told);
            choice.copy_from_slice(&told);
            action.clear();
            told.clear();
        }
    }

    /// Gives the logarithm of the probability of each choice, and each row's entropy.
    ///
    /// # Shapes
    /// `outputs` and `choice` `[rows, outputs]`, `log_std` `[1, outputs]`; both results `[rows, 1]`, the entropy `[1, 1]` for
    /// Gaussians, whose entropy is the same in every row.
    pub(crate) fn log_probability(
        outputs: Tensor<2>,
        log_std: Option<Tensor<2>>,
        choice: Tensor<2>,
    ) -> (Tensor<2>, Tensor<2>) {
        match log_std {
            None => {
                let logs = log_softmax(outputs, 1);
                let entropy = (logs.clone().exp() * logs.clone()).sum_dim(1).neg();
                ((logs * choice).sum_dim(1), entropy)
            }
            Some(log_std) => {
                let columns = log_std.dims()[1] as f32;
                let distance = (choice - outputs) * log_std.clone().neg().exp();
                let log_std = log_std.sum_dim(1);
                let squares = distance.square().sum_dim(1).mul_scalar(-0.5);
                let log_probability = squares - log_std.clone().add_scalar(columns * HALF_LOG_TAU);
                (log_probability, log_std.add_scalar(columns * (0.5 + HALF_LOG_TAU)))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::network::actor_critic::numbers;

    fn tensor(values: &[f32], columns: usize) -> Tensor<2> {
        let data = TensorData::new(values.to_vec(), [values.len() / columns, columns]);
        Tensor::from_data(data, &Device::flex())
    }

    #[test]
    fn the_sampler_and_the_learner_agree_on_how_probable_a_choice_is() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let spaces =
            [ActionSpace::Discrete(3), ActionSpace::Box { low: vec![-1.0, 0.0, -5.0], high: vec![1.0, 4.0, 5.0] }];
        for space in spaces {
            let distribution = Distribution::of(&space);
            let (outputs, log_std) = ([0.3, -1.0, 0.8], [-0.5, 0.1, 0.4]);
            for _ in 0..20 {
                let mut choice = [0.0; 3];
                let sampled = distribution.sample(&outputs, &log_std, &mut choice, &mut rng);
                let deviations = distribution.is_gaussian().then(|| tensor(&log_std, 3));
                let (learnt, _) = Distribution::log_probability(tensor(&outputs, 3), deviations, tensor(&choice, 3));
                assert!((numbers(learnt)[0] - sampled).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn choices_come_as_often_as_their_probabilities_say() {
        let distribution = Distribution::of(&ActionSpace::Discrete(3));
        let probabilities = [0.2f32, 0.5, 0.3];
        let outputs = probabilities.map(f32::ln);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut sums = [0.0f32; 3];
        for _ in 0..20_000 {
            let mut choice = [0.0; 3];
            distribution.sample(&outputs, &[], &mut choice, &mut rng);
            sums.iter_mut().zip(choice).for_each(|(sum, one)| *sum += one);
        }
        for (sum, probability) in sums.iter().zip(probabilities) {
            assert!((sum / 20_000.0 - probability).abs() < 0.015, "{sums:?}");
        }
    }

    #[test]
    fn entropies_are_those_of_the_textbook() {
        let (_, even) = Distribution::log_probability(tensor(&[0.0, 0.0], 2), None, tensor(&[1.0, 0.0], 2));
        assert!((numbers(even)[0] - 2f32.ln()).abs() < 1e-6);
        let normal = Some(tensor(&[0.0], 1));
        let (log, entropy) = Distribution::log_probability(tensor(&[0.0], 1), normal, tensor(&[0.0], 1));
        assert!((numbers(entropy)[0] - 1.418_938_5).abs() < 1e-6);
        assert!((numbers(log)[0] + HALF_LOG_TAU).abs() < 1e-6);
    }

    #[test]
    fn the_environment_receives_what_lies_in_its_range() {
        let gaussian = Distribution::of(&ActionSpace::Box { low: vec![0.0, f32::NEG_INFINITY], high: vec![4.0, 1.0] });
        let mut action = Vec::new();
        gaussian.action(&[0.5, 7.0], &mut action);
        gaussian.action(&[-9.0, -7.0], &mut action);
        assert_eq!(action, [3.0, 7.0, 0.0, -7.0]);
        let mut action = Vec::new();
        Distribution::of(&ActionSpace::Discrete(3)).action(&[0.0, 0.0, 1.0], &mut action);
        assert_eq!(action, [2.0]);
    }

    #[test]
    fn actions_tell_of_choices_but_not_of_what_was_cut_off() {
        let space = ActionSpace::Box { low: vec![-2.0, f32::NEG_INFINITY], high: vec![2.0, f32::INFINITY] };
        let mut choices = [1.5, 1.5, -3.0, -3.0, 0.5, 0.5];
        Distribution::of(&space).told(&mut choices);
        assert_eq!(choices, [1.0, 1.5, -1.0, -3.0, 0.5, 0.5]);
        let mut chosen = [0.0, 1.0, 0.0];
        Distribution::of(&ActionSpace::Discrete(3)).told(&mut chosen);
        assert_eq!(chosen, [0.0, 1.0, 0.0]);
    }
}
