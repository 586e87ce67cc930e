//! STAS (Chen et al., 2024): a transformer looks along time, then attention over random coalitions of agents tells what each adds.
//!
//! Along time a step sees those before it. Along agents, each sees itself and a coalition in which every other agent is or is not, as
//! likely one as the other; what attention makes of that, averaged over some coalitions, stands for the agent's Shapley value, the mean
//! of what it adds to all coalitions. The loss is by how much the sum over steps and agents misses the return, squared.
//!
//! It differs from the released code in three things: nothing tells agents apart, where the code has a query for each and an embedding
//! that it shuffles at every call; blocks are plain ones; and places in time are told apart by fixed waves.

use burn::tensor::{Device, Tensor};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::credit::Credit;
use crate::credit::attention::{self, ATTENTION, BLOCK, attend, block, causal, mask, on, positions};
use crate::credit::decoder::DecoderFile;
use crate::credit::input::Input;
use crate::credit::laid::{Laid, draw, proxies};
use crate::credit::layers::{Layers, Size};
use crate::credit::learner::Learner;
use crate::experience::replay::Replay;
use crate::network::dense::Activation;
use crate::run::checkpoint::{pack, unpack};
use crate::{CreditConfig, CreditMethod};

/// Coalitions that stand for all.
const COALITIONS: usize = 5;

/// A transformer over time, and attention over coalitions.
pub(crate) struct Stas {
    input: Input,
    learner: Learner,
    /// Steps that the episodes of a fit have together, about.
    steps: usize,
    /// Fits so far: what rows are worth is worked out with coalitions that are drawn anew after each.
    fits: u64,
}

impl Stas {
    pub(crate) fn new(
        input: Input,
        config: &CreditConfig,
        device: &Device,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, String> {
        let width = config.hidden;
        let mut sizes = vec![Size::Linear(input.width(), width)];
        (0..config.blocks).for_each(|_| sizes.extend(attention::sizes(width)));
        sizes.extend(attention::attention(width));
        sizes.push(Size::Linear(width, 1));
        Ok(Stas { input, learner: Learner::new(sizes, config, device, rng)?, steps: config.steps, fits: 0 })
    }
}

/// Draws coalitions, a mask each, `[1, agents, agents]`: an agent is in its own always.
fn coalitions(agents: usize, device: &Device, rng: &mut impl Rng) -> Vec<Tensor<3>> {
    (0..COALITIONS).map(|_| mask(1, agents, |_, own, other| own == other || rng.random_bool(0.5), device)).collect()
}

/// Tells what every row of episodes is worth, `[episodes, agents, steps]`.
fn rows(network: &Layers, laid: &Laid, read: Tensor<3>, coalitions: &[Tensor<3>]) -> Tensor<3> {
    let Laid { episodes, agents, steps, .. } = *laid;
    let layers = &network.layers;
    let (first, last) = (&layers[0], &layers[layers.len() - 1]);
    let (blocks, rest) = layers[1..layers.len() - 1 - ATTENTION].as_chunks::<BLOCK>();
    debug_assert!(rest.is_empty());
    let mut seen = on(first, read, Activation::Identity);
    let (device, width) = (laid.read.device(), seen.dims()[2]);
    let learns = seen.is_autodiff();
    let graph = |plain: Tensor<3>| if learns { Tensor::from_inner(plain) } else { plain };
    let before = graph(causal(steps, &device));
    seen = seen + graph(positions(steps, width, &device));
    for layers in blocks {
        seen = block(layers, seen, Some(&before));
    }
    let beside: Tensor<4> = seen.reshape([episodes, agents, steps, width]).swap_dims(1, 2);
    let beside: Tensor<3> = beside.reshape([episodes * steps, agents, width]);
    let (among, _) = layers[layers.len() - 1 - ATTENTION..].as_chunks::<ATTENTION>();
    let added = coalitions
        .iter()
        .map(|coalition| attend(&among[0], beside.clone(), Some(&graph(coalition.clone()))))
        .fold(beside.zeros_like(), |sum, added| sum + added)
        .div_scalar(coalitions.len() as f32);
    on(last, added, Activation::Identity).reshape([episodes, steps, agents]).swap_dims(1, 2)
}

impl Credit for Stas {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        let device = self.learner.device();
        let laid = Laid::of(memory, &draw(memory, self.steps, rng), self.input, device);
        let coalitions = coalitions(laid.agents, device, rng);
        let worth = rows(self.learner.network(), &laid, Tensor::from_inner(laid.read.clone()), &coalitions);
        let worth = worth.sum_dim(1).reshape([laid.episodes, laid.steps]);
        let sum = (worth * Tensor::from_inner(laid.there())).sum_dim(1);
        let loss = (sum - Tensor::from_inner(laid.gained())).square().mean();
        self.fits += 1;
        Some(self.learner.descend(loss))
    }

    fn proxy(&self, memory: &Replay, of: &[usize]) -> Tensor<2> {
        let network = self.learner.plain();
        let device = self.learner.device();
        proxies(memory, of, self.input, device, |laid| {
            let coalitions = coalitions(laid.agents, device, &mut ChaCha8Rng::seed_from_u64(self.fits));
            rows(&network, laid, laid.read.clone(), &coalitions)
        })
    }

    fn decoder(&self) -> Option<DecoderFile> {
        Some(DecoderFile::of(CreditMethod::Stas, self.input, &[&self.learner]))
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        pack(&(self.learner.save()?, self.fits))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let (learner, fits): (Vec<u8>, u64) = unpack(saved)?;
        self.fits = fits;
        self.learner.restore(&learner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::toy::{Toy, tabular};
    use crate::experience::episodes::Past;
    use crate::network::actor_critic::numbers;

    fn stas(toy: &Toy) -> Stas {
        toy.small(CreditMethod::Stas, Stas::new)
    }

    /// What the rows of a part of an episode are worth, where an agent sees those that `sees` says.
    fn worth(stas: &Stas, toy: &Toy, past: &Past, sees: impl FnMut(usize, usize, usize) -> bool) -> Vec<f32> {
        let device = Device::flex();
        let laid = Laid::of(&toy.memory, &[past], stas.input, &device);
        let coalition = mask(1, laid.agents, sees, &device);
        numbers(rows(&stas.learner.plain(), &laid, laid.read.clone(), &[coalition]))
    }

    fn near(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn agents_change_places_with_what_they_are_worth_and_nobody_sees_what_comes() {
        let toy = tabular(6, 4, 3);
        let turned = toy.turned();
        let stas = stas(&toy);
        let past = &toy.memory.whole()[0];
        // Worth agent by agent, four steps each: where all see all, a turn of the agents turns what they are worth.
        let (all, other) = (worth(&stas, &toy, past, |_, _, _| true), worth(&stas, &turned, past, |_, _, _| true));
        assert!(near(&all[4..], &other[..8]) && near(&all[..4], &other[8..]), "{all:?} {other:?}");
        let begun = worth(&stas, &toy, &past.beginning(2), |_, _, _| true);
        assert!((0..3).all(|agent| near(&all[4 * agent..][..2], &begun[2 * agent..][..2])), "{all:?} {begun:?}");
        // In a coalition of itself alone an agent is worth what it is whoever is beside it.
        let alone = |toy: &Toy, past: &Past| worth(&stas, toy, past, |_, own, other| own == other);
        let elsewhere = Toy::new(1, 4, 3, |_, place| {
            let row = past_row(&toy, place);
            (0.0, if place % 3 == 0 { row } else { vec![9.0, 9.0, 9.0] }, vec![0.0; 3])
        });
        let (own, among) = (alone(&toy, past), alone(&elsewhere, &elsewhere.memory.whole()[0]));
        assert!(near(&own[..4], &among[..4]) && !near(&own[4..], &among[4..]), "{own:?} {among:?}");
    }

    fn past_row(toy: &Toy, row: usize) -> Vec<f32> {
        numbers(toy.memory.raw(&[row], &Device::flex())[0].clone())
    }

    #[test]
    fn an_agent_is_in_its_own_coalition_and_others_are_half_the_time() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let all: Vec<f32> = (0..100).flat_map(|_| coalitions(3, &Device::flex(), &mut rng)).flat_map(numbers).collect();
        assert!(all.chunks(9).all(|mask| mask[0] == 0.0 && mask[4] == 0.0 && mask[8] == 0.0));
        let seen = all.iter().filter(|score| **score == 0.0).count() as f64 - 1_500.0;
        assert!((1_350.0..1_650.0).contains(&seen), "{seen}");
    }

    #[test]
    fn rows_add_up_to_the_teams_return_and_tell_the_agents_apart() {
        let toy = tabular(60, 5, 2);
        let mut stas = stas(&toy);
        toy.fit(&mut stas, 800);
        let (missed, correlation) = (toy.missed(&stas), toy.correlation(&stas));
        assert!(missed < 0.15 && correlation > 0.8, "{missed} {correlation}");
    }
}
