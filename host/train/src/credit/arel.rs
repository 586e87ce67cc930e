//! AREL (Xiao et al., 2022): a transformer looks along time and then along agents, and tells what each step of the team is worth.
//!
//! A step sees those before it, an agent sees all others of its step, and nothing tells agents apart: in whatever order they come, the
//! team's step is worth the same. The loss is by how much the steps' sum misses the return, squared, and 20 times the variance of an
//! episode's steps, which spreads the return over all of them. The agents of a step share alike what it is worth.
//!
//! It differs from the released code in two things: heads share the width of a block in place of having all of it each, and places
//! in time are told apart by fixed waves.

use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use crate::credit::Credit;
use crate::credit::attention::{self, BLOCK, block, causal, on, positions};
use crate::credit::decoder::DecoderFile;
use crate::credit::input::Input;
use crate::credit::laid::{Laid, draw, proxies};
use crate::credit::layers::{Layers, Size};
use crate::credit::learner::Learner;
use crate::experience::replay::Replay;
use crate::network::dense::Activation;
use crate::{CreditConfig, CreditMethod};

/// What the variance of an episode's steps weighs.
const EVENNESS: f32 = 20.0;

/// A transformer over time and agents.
pub(crate) struct Arel {
    input: Input,
    learner: Learner,
    /// Steps that the episodes of a fit have together, about.
    steps: usize,
    evenness: f32,
}

impl Arel {
    pub(crate) fn new(
        input: Input,
        config: &CreditConfig,
        device: &Device,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, String> {
        let width = config.hidden;
        let mut sizes = vec![Size::Linear(input.width(), width)];
        (0..2 * config.blocks).for_each(|_| sizes.extend(attention::sizes(width)));
        sizes.push(Size::Linear(width, 1));
        Ok(Arel { input, learner: Learner::new(sizes, config, device, rng)?, steps: config.steps, evenness: EVENNESS })
    }
}

/// Tells what the steps of episodes are worth, `[episodes, steps]`.
fn steps(network: &Layers, laid: &Laid, read: Tensor<3>) -> Tensor<2> {
    let Laid { episodes, agents, steps, .. } = *laid;
    let layers = &network.layers;
    let (first, last) = (&layers[0], &layers[layers.len() - 1]);
    let (blocks, _) = layers[1..].as_chunks::<BLOCK>();
    let mut seen = on(first, read, Activation::Identity);
    let (device, width) = (laid.read.device(), seen.dims()[2]);
    let graph = |plain: Tensor<3>| if seen.is_autodiff() { Tensor::from_inner(plain) } else { plain };
    let (places, before) = (graph(positions(steps, width, &device)), graph(causal(steps, &device)));
    seen = seen + places;
    for pair in blocks.chunks_exact(2) {
        seen = block(&pair[0], seen, Some(&before));
        // Steps become sequences of agents, and back.
        let beside: Tensor<4> = seen.reshape([episodes, agents, steps, width]).swap_dims(1, 2);
        let beside = block(&pair[1], beside.reshape([episodes * steps, agents, width]), None);
        let along: Tensor<4> = beside.reshape([episodes, steps, agents, width]).swap_dims(1, 2);
        seen = along.reshape([episodes * agents, steps, width]);
    }
    let each = on(last, seen, Activation::Identity).reshape([episodes, agents, steps]);
    each.sum_dim(1).reshape([episodes, steps])
}

impl Credit for Arel {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        let laid = Laid::of(memory, &draw(memory, self.steps, rng), self.input, self.learner.device());
        let there = Tensor::<2>::from_inner(laid.there());
        let worth = steps(self.learner.network(), &laid, Tensor::from_inner(laid.read.clone())) * there.clone();
        let count = there.clone().sum_dim(1);
        let sum = worth.clone().sum_dim(1);
        let spread = ((worth - sum.clone() / count.clone()) * there).square().sum_dim(1);
        let variance = spread / count.add_scalar(-1.0).clamp_min(1.0);
        let gained = Tensor::from_inner(laid.gained());
        let loss = (sum - gained).square().mean() + variance.mean().mul_scalar(self.evenness);
        Some(self.learner.descend(loss))
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let network = self.learner.plain();
        proxies(memory, rows, self.input, self.learner.device(), |laid| {
            let Laid { episodes, agents, steps: count, .. } = *laid;
            let team = steps(&network, laid, laid.read.clone()).div_scalar(agents as f32);
            team.unsqueeze_dim::<3>(1).expand([episodes, agents, count])
        })
    }

    fn decoder(&self) -> Option<DecoderFile> {
        Some(DecoderFile::of(CreditMethod::Arel, self.input, &[&self.learner]))
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        self.learner.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.learner.restore(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::toy::{Toy, tabular};

    fn arel(toy: &Toy) -> Arel {
        toy.small(CreditMethod::Arel, Arel::new)
    }

    #[test]
    fn agents_share_alike_and_their_order_means_nothing() {
        let toy = tabular(6, 4, 3);
        let turned = toy.turned();
        let arel = arel(&toy);
        let (all, other) = (toy.proxies(&arel), turned.proxies(&arel));
        for (step, other) in all.chunks(3).zip(other.chunks(3)) {
            assert!(step[0] == step[1] && step[1] == step[2]);
            assert!((step[0] - other[0]).abs() < 1e-5, "{step:?} {other:?}");
        }
        // What a step is worth does not depend on what comes after: alone, an episode's beginning is worth the same.
        let device = Device::flex();
        let past = &toy.memory.whole()[0];
        let begun = past.beginning(2);
        let value = |past| {
            let laid = Laid::of(&toy.memory, &[past], arel.input, &device);
            crate::network::actor_critic::numbers(steps(&arel.learner.plain(), &laid, laid.read.clone()))
        };
        let (whole, begun) = (value(past), value(&begun));
        assert!(whole[..2].iter().zip(&begun).all(|(a, b)| (a - b).abs() < 1e-5), "{whole:?} {begun:?}");
    }

    #[test]
    fn steps_add_up_to_the_teams_return_and_the_variance_evens_them_out() {
        let toy = tabular(60, 5, 2);
        let spread = |evenness: f32| {
            let mut arel = Arel { evenness, ..arel(&toy) };
            toy.fit(&mut arel, 600);
            let proxies = toy.proxies(&arel);
            let spread: f32 = proxies
                .chunks(10)
                .map(|episode| {
                    let mean = episode.iter().sum::<f32>() / 10.0;
                    episode.iter().map(|proxy| (proxy - mean).powi(2)).sum::<f32>()
                })
                .sum();
            (toy.missed(&arel), spread)
        };
        let ((missed, free), (_, even)) = (spread(0.0), spread(EVENNESS));
        assert!(missed < 0.1, "{missed}");
        assert!(even < 0.5 * free, "{even} {free}");
    }
}
