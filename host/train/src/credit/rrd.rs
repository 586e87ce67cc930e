//! Randomized return decomposition (Ren et al., 2022): least squares over a few steps of each episode. On factors, LaRe-RRDu.
//!
//! The mean over `K` steps of an episode of `T` stands for the mean over all. Its square is too large by its own variance, which
//! the unbiased loss takes off: `(1 - K/T) s^2 / K` for steps drawn without replacement, with `s^2` the variance over `K - 1`.
//! An episode shorter than `K` is drawn from with replacement, and then all of `s^2 / K` is too much.

use burn::tensor::Tensor;
use rand::RngExt;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use crate::CreditConfig;
use crate::credit::Credit;
use crate::credit::decoder::{Decoder, DecoderFile};
use crate::credit::learner::column;
use crate::experience::replay::Replay;

/// A decoder, fitted to a few steps of a few episodes at a time.
pub(crate) struct Rrd {
    decoder: Decoder,
    draw: Draw,
    unbiased: bool,
}

/// How many episodes a fit looks at, and how many steps of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    pub(crate) episodes: usize,
    pub(crate) length: usize,
}

/// Steps of some episodes.
pub(crate) struct Drawn {
    /// Where their rows lie: episodes x length x agents.
    pub(crate) rows: Vec<usize>,
    agents: usize,
    length: usize,
    /// Each episode's return over its steps.
    share: Vec<f32>,
    /// What each episode's variance over the number of steps is multiplied by.
    coefficient: Vec<f32>,
}

impl Draw {
    pub(crate) fn of(config: &CreditConfig) -> Self {
        Draw { episodes: config.episodes, length: config.length }
    }

    /// Draws episodes evenly, and steps of each.
    pub(crate) fn steps(self, memory: &Replay, rng: &mut ChaCha8Rng) -> Drawn {
        let whole = memory.whole();
        let agents = whole.first().map_or(1, |past| past.agents);
        let mut drawn =
            Drawn { rows: Vec::new(), agents, length: self.length, share: Vec::new(), coefficient: Vec::new() };
        for _ in 0..self.episodes {
            let past = &whole[rng.random_range(0..whole.len())];
            let steps: Vec<usize> = if self.length <= past.steps {
                index::sample(rng, past.steps, self.length).into_vec()
            } else {
                (0..self.length).map(|_| rng.random_range(0..past.steps)).collect()
            };
            for step in steps {
                drawn.rows.extend((0..agents).map(|agent| memory.row_of(past, step, agent)));
            }
            drawn.share.push((past.gained / past.steps as f64) as f32);
            drawn.coefficient.push(coefficient(self.length, past.steps));
        }
        drawn
    }
}

/// Gives the share of `s^2 / K` that is too much.
fn coefficient(length: usize, steps: usize) -> f32 {
    if length <= steps { 1.0 - length as f32 / steps as f32 } else { 1.0 }
}

impl Drawn {
    /// Gives the loss of proxies of the rows, `[rows, 1]`.
    pub(crate) fn loss(&self, proxies: Tensor<2>, unbiased: bool) -> Tensor<1> {
        let device = proxies.device();
        let plain = |values: &[f32]| Tensor::<2>::from_inner(column(values.to_vec(), &device.clone().inner()));
        let proxies: Tensor<2> = proxies
            .reshape([self.share.len() * self.length, self.agents])
            .sum_dim(1)
            .reshape([self.share.len(), self.length]);
        let mean = proxies.clone().mean_dim(1);
        let mut error = (mean.clone() - plain(&self.share)).square();
        if unbiased {
            let spread = (proxies - mean).square().sum_dim(1);
            let scale = 1.0 / ((self.length - 1) * self.length) as f32;
            error = error - spread * plain(&self.coefficient).mul_scalar(scale);
        }
        error.mean()
    }
}

impl Rrd {
    pub(crate) fn new(decoder: Decoder, config: &CreditConfig, unbiased: bool) -> Self {
        Rrd { decoder, draw: Draw::of(config), unbiased }
    }
}

impl Credit for Rrd {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        let drawn = self.draw.steps(memory, rng);
        let loss = drawn.loss(self.decoder.guess(memory, &drawn.rows), self.unbiased);
        Some(self.decoder.descend(loss))
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        self.decoder.values(memory, rows)
    }

    fn decoder(&self) -> Option<DecoderFile> {
        Some(self.decoder.file())
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        self.decoder.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.decoder.restore(saved)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;

    use super::*;
    use crate::credit::toy::Toy;
    use crate::network::actor_critic::numbers;

    /// The loss of one draw from an episode of three steps, or more, whose return is 4.
    fn loss(proxies: &[f32], steps: usize, unbiased: bool) -> f64 {
        let drawn = Drawn {
            rows: Vec::new(),
            agents: 1,
            length: proxies.len(),
            share: vec![4.0 / steps as f32],
            coefficient: vec![coefficient(proxies.len(), steps)],
        };
        let column =
            Tensor::<2>::from_data(TensorData::new(proxies.to_vec(), [proxies.len(), 1]), &Device::flex().autodiff());
        f64::from(numbers(drawn.loss(column, unbiased))[0])
    }

    /// The mean over all draws that are as likely as each other.
    fn expected(proxies: &[f32], length: usize, unbiased: bool) -> f64 {
        let steps = proxies.len();
        let all = (0..steps.pow(length as u32))
            .map(|code| (0..length).map(|place| code / steps.pow(place as u32) % steps).collect::<Vec<usize>>());
        let distinct = |draw: &Vec<usize>| length > steps || (1..length).all(|i| !draw[..i].contains(&draw[i]));
        let losses: Vec<f64> = all
            .filter(distinct)
            .map(|draw| loss(&draw.iter().map(|step| proxies[*step]).collect::<Vec<f32>>(), steps, unbiased))
            .collect();
        losses.iter().sum::<f64>() / losses.len() as f64
    }

    #[test]
    fn the_unbiased_loss_is_the_full_one_on_average_however_many_steps_are_drawn() {
        let proxies = [0.5, -1.25, 3.0, 2.0];
        let full = (proxies.iter().map(|p| f64::from(*p)).sum::<f64>() / 4.0 - 1.0).powi(2);
        for length in 2..=6 {
            // Up to 4 without replacement; 5 and 6 are more than there are.
            assert!((expected(&proxies, length, true) - full).abs() < 1e-6, "{length}");
        }
        assert!(expected(&proxies, 2, false) > full + 0.1);
        assert!((expected(&proxies, 4, false) - full).abs() < 1e-6);
    }

    /// The same of what is really drawn, whose sampling the formula has to fit.
    #[test]
    fn the_steps_drawn_have_the_full_loss_on_average() {
        let proxies = [0.5, -1.25, 3.0, 2.0];
        // One episode, whose rows are numbered by their observation.
        let toy = Toy::new(1, 4, 1, |_, place| (1.0, vec![place as f32], vec![]));
        let full = (proxies.iter().sum::<f32>() / 4.0 - 1.0).powi(2);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for length in [2, 3, 4, 6] {
            let drawn = Draw { episodes: 40_000, length }.steps(&toy.memory, &mut rng);
            let distinct = |rows: &[usize]| (1..rows.len()).all(|row| !rows[..row].contains(&rows[row]));
            assert_eq!(drawn.rows.chunks(length).all(distinct), length <= 4, "{length}");
            let values: Vec<f32> = drawn.rows.iter().map(|row| proxies[*row]).collect();
            let values =
                Tensor::<2>::from_data(TensorData::new(values, [drawn.rows.len(), 1]), &Device::flex().autodiff());
            let (fair, biased) = (numbers(drawn.loss(values.clone(), true))[0], numbers(drawn.loss(values, false))[0]);
            assert!((fair - full).abs() < 0.03, "{length}: {fair} is not {full}");
            assert!(length == 4 || biased > full + 0.1, "{length}: {biased}");
        }
    }

    #[test]
    fn all_agents_of_a_step_stand_for_it_together() {
        let drawn =
            Drawn { rows: vec![0; 4], agents: 2, length: 2, share: vec![3.0], coefficient: vec![coefficient(2, 2)] };
        let proxies =
            Tensor::<2>::from_data(TensorData::new(vec![1.0f32, 2.0, 4.0, 1.0], [4, 1]), &Device::flex().autodiff());
        // Steps of 3 and 5: their mean is 4, which misses 3 by 1.
        assert_eq!(numbers(drawn.loss(proxies, false)), [1.0]);
    }
}
