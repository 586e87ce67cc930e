//! Diaster (Zhang et al., 2023): what a step adds to the return of the part of the episode before it.
//!
//! A recurrent network `F` reads part of an episode and gives that part's return. It learns from episodes cut in two at a random
//! step: the returns of both parts are to add up to the episode's. What step `t` is worth is then
//! `F(0..t+1) - F(0..t)`, with the episode's own return in place of `F` of all of it, and a decoder of single rows learns that.
//!
//! It differs from the released code in two things: `F` gives a number in place of a distribution to draw from, and it takes
//! one step to every `recurrent_every` of the critics, at a cut drawn for each episode, in place of as many in a row as an
//! episode has steps: on processors the recurrent network would take most of the time.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::CreditConfig;
use crate::credit::Credit;
use crate::credit::decoder::{Decoder, DecoderFile};
use crate::credit::learner::column;
use crate::experience::episodes::Past;
use crate::experience::replay::Replay;
use crate::network::actor_critic::{Layer, Parameter, check, numbers, param, read, tanh};
use crate::network::optimizer::{adam, memory, remember};
use crate::run::checkpoint::{pack, unpack};

/// Rows of a step of the decoder.
const BATCH: usize = 256;

/// The model of parts, and the decoder of steps.
pub(crate) struct Diaster {
    decoder: Decoder,
    recurrent: Recurrent,
    optimizer: ModuleOptimizer,
    config: CreditConfig,
    steps: u64,
    lesson: Lesson,
}

/// What the decoder learns until the recurrent network has taken its next step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Lesson {
    /// Rows as the decoder reads them.
    read: Vec<f32>,
    /// What each is to be worth.
    target: Vec<f32>,
}

/// Gated recurrent units (Cho et al., 2014) as PyTorch has them, with one number read off each state.
#[derive(Module, Debug)]
struct Recurrent {
    /// From what is read to the three gates: reset, update, new.
    input: Layer,
    /// From the state before to the same.
    state: Layer,
    head: Layer,
}

fn shapes(inputs: usize, hidden: usize) -> [(&'static str, [usize; 3]); 6] {
    [
        ("input.weight", [1, inputs, 3 * hidden]),
        ("input.bias", [1, 1, 3 * hidden]),
        ("state.weight", [1, hidden, 3 * hidden]),
        ("state.bias", [1, 1, 3 * hidden]),
        ("head.weight", [1, hidden, 1]),
        ("head.bias", [1, 1, 1]),
    ]
}

impl Recurrent {
    /// Draws first weights as PyTorch does: evenly between plus and minus one over the root of the width.
    fn draw(inputs: usize, hidden: usize, rng: &mut impl Rng) -> Vec<Parameter> {
        let bound = (hidden as f32).sqrt().recip();
        let draw = |(name, shape): (&str, [usize; 3])| Parameter {
            name: name.into(),
            shape,
            values: (0..shape.iter().product()).map(|_| rng.random_range(-bound..bound)).collect(),
        };
        shapes(inputs, hidden).into_iter().map(draw).collect()
    }

    fn load(inputs: usize, hidden: usize, parameters: &[Parameter], device: &Device) -> Result<Self, String> {
        check(&shapes(inputs, hidden), parameters)?;
        let layer =
            |index| Layer { weight: param(parameters, index, device), bias: param(parameters, index + 1, device) };
        Ok(Recurrent { input: layer(0), state: layer(2), head: layer(4) })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let layers = [("input", &self.input), ("state", &self.state), ("head", &self.head)];
        let both = |(name, layer): (&str, &Layer)| {
            [read(format!("{name}.weight"), &layer.weight), read(format!("{name}.bias"), &layer.bias)]
        };
        layers.into_iter().flat_map(both).collect()
    }

    /// Gives the return of each beginning of each part.
    ///
    /// # Shapes
    /// `[steps, parts, inputs]` to `[steps, parts]`.
    fn forward(&self, parts: Tensor<3>) -> Tensor<2> {
        let [steps, count, inputs] = parts.dims();
        let read = self.input.forward(parts.reshape([1, steps * count, inputs]));
        let hidden = read.dims()[2] / 3;
        let read = read.reshape([steps, count, 3 * hidden]);
        let device = read.device();
        let mut state = Tensor::<3>::zeros([1, count, hidden], &device);
        let mut states = Vec::with_capacity(steps);
        for step in 0..steps {
            let before = self.state.forward(state.clone());
            let read = read.clone().narrow(0, step, 1);
            let gates = sigmoid(read.clone().narrow(2, 0, 2 * hidden) + before.clone().narrow(2, 0, 2 * hidden));
            let (reset, update) = (gates.clone().narrow(2, 0, hidden), gates.narrow(2, hidden, hidden));
            let new = tanh(read.narrow(2, 2 * hidden, hidden) + reset * before.narrow(2, 2 * hidden, hidden));
            state = new.clone() + update * (state - new);
            states.push(state.clone());
        }
        let states = Tensor::cat(states, 0).reshape([1, steps * count, hidden]);
        self.head.forward(states).reshape([steps, count])
    }
}

impl Diaster {
    pub(crate) fn new(decoder: Decoder, config: &CreditConfig, rng: &mut impl Rng) -> Result<Self, String> {
        let inputs = decoder.input().width();
        let first = Recurrent::draw(inputs, config.hidden, rng);
        let recurrent = Recurrent::load(inputs, config.hidden, &first, &decoder.device().clone().autodiff())?;
        let (optimizer, config) = (adam(1e-8), config.clone());
        Ok(Diaster { decoder, recurrent, optimizer, config, steps: 0, lesson: Lesson::default() })
    }

    /// Lays parts of episodes side by side, each followed by zeros: `[steps, parts, inputs]`. Agents count as steps of their own.
    fn lay(&self, memory: &Replay, parts: &[&[usize]]) -> Tensor<3> {
        let (device, width) = (self.decoder.device(), self.decoder.input().width());
        let steps = parts.iter().map(|rows| rows.len()).max().unwrap_or(0);
        let rows: Vec<usize> = parts.concat();
        let read = numbers(self.decoder.input().read(memory, &rows, device));
        let mut laid = vec![0.0; steps * parts.len() * width];
        let mut start = 0;
        for (part, rows) in parts.iter().enumerate() {
            for step in 0..rows.len() {
                let from = (start + step) * width;
                laid[(step * parts.len() + part) * width..][..width].copy_from_slice(&read[from..from + width]);
            }
            start += rows.len();
        }
        Tensor::from_data(TensorData::new(laid, [steps, parts.len(), width]), device)
    }

    /// Takes a step of the recurrent network, and says anew what the decoder is to learn.
    fn study(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) {
        let whole = memory.whole();
        let drawn: Vec<&Past> = (0..self.config.episodes).map(|_| &whole[rng.random_range(0..whole.len())]).collect();
        let rows: Vec<Vec<usize>> = drawn
            .iter()
            .map(|past| (0..past.rows()).map(|row| memory.row_of(past, row / past.agents, row % past.agents)).collect())
            .collect();
        // Cut each; an episode of one row has nothing to cut and is its own only part.
        let cut: Vec<usize> = rows.iter().map(|rows| rng.random_range(0..rows.len())).collect();
        let parts: Vec<&[usize]> =
            rows.iter().zip(&cut).flat_map(|(rows, cut)| [&rows[..*cut], &rows[*cut..]]).collect();
        let laid = Tensor::from_inner(self.lay(memory, &parts));
        let [steps, count, _] = laid.dims();
        let returns = self.recurrent.forward(laid).reshape([steps * count, 1]);
        // The return of a part stands at its last step; an empty part has none, and counts as nothing.
        let last: Vec<i32> =
            parts.iter().enumerate().map(|(part, rows)| (rows.len().saturating_sub(1) * count + part) as i32).collect();
        let there: Vec<f32> = parts.iter().map(|rows| f32::from(!rows.is_empty())).collect();
        let device = returns.device();
        let plain = self.decoder.device();
        let last = Tensor::<1, Int>::from_data(TensorData::new(last, [count]), &device);
        let sums =
            (returns.select(0, last) * Tensor::from_inner(column(there, plain))).reshape([count / 2, 2]).sum_dim(1);
        let gained = drawn.iter().map(|past| past.gained as f32 / self.config.return_scale).collect();
        let loss = (sums - Tensor::from_inner(column(gained, plain))).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.recurrent);
        self.recurrent = self.optimizer.step(self.config.learning_rate, self.recurrent.clone(), gradients);

        // What each step adds.
        let parts: Vec<&[usize]> = rows.iter().map(Vec::as_slice).collect();
        let laid = self.lay(memory, &parts);
        let [_, count, _] = laid.dims();
        let returns = numbers(self.recurrent.valid().forward(laid));
        self.lesson.target.clear();
        for (part, past) in drawn.iter().enumerate() {
            let mut before = 0.0;
            for step in 0..past.rows() {
                let all = if step + 1 == past.rows() {
                    past.gained as f32 / self.config.return_scale
                } else {
                    returns[step * count + part]
                };
                self.lesson.target.push((all - before) * self.config.return_scale);
                before = all;
            }
        }
        self.lesson.read = numbers(self.decoder.input().read(memory, &rows.concat(), plain));
    }
}

impl Credit for Diaster {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        if self.steps.is_multiple_of(self.config.recurrent_every as u64) {
            self.study(memory, rng);
        }
        self.steps += 1;
        let width = self.decoder.input().width();
        let drawn: Vec<usize> = (0..BATCH).map(|_| rng.random_range(0..self.lesson.target.len())).collect();
        let read: Vec<f32> = drawn.iter().flat_map(|row| &self.lesson.read[row * width..][..width]).copied().collect();
        let target = drawn.iter().map(|row| self.lesson.target[*row]).collect();
        let device = self.decoder.device();
        let read = Tensor::<2>::from_data(TensorData::new(read, [BATCH, width]), device);
        let target = Tensor::from_inner(column(target, device));
        let loss = (self.decoder.guess_of(Tensor::from_inner(read)) - target).square().mean();
        Some(self.decoder.descend(loss))
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        self.decoder.values(memory, rows)
    }

    fn decoder(&self) -> Option<DecoderFile> {
        Some(self.decoder.file())
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        let recurrent = (self.recurrent.parameters(), memory(&self.optimizer)?);
        pack(&(self.decoder.save()?, recurrent, self.steps, &self.lesson))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        type Saved = (Vec<u8>, (Vec<Parameter>, Vec<u8>), u64, Lesson);
        let (decoder, (recurrent, optimizer), steps, lesson): Saved = unpack(saved)?;
        self.decoder.restore(&decoder)?;
        let (inputs, device) = (self.decoder.input().width(), self.decoder.device().clone().autodiff());
        self.recurrent = Recurrent::load(inputs, self.config.hidden, &recurrent, &device)?;
        self.optimizer = remember(adam(1e-8), optimizer)?;
        (self.steps, self.lesson) = (steps, lesson);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_step_of_the_recurrent_network_is_what_its_formula_says() {
        let parameters = Recurrent::draw(2, 3, &mut ChaCha8Rng::seed_from_u64(1));
        let network = Recurrent::load(2, 3, &parameters, &Device::flex()).unwrap();
        let seen = [[0.3f32, -0.7], [1.1, 0.4]];
        let laid = Tensor::<3>::from_data(TensorData::new(seen.concat(), [2, 1, 2]), &Device::flex());
        let given = numbers(network.forward(laid));
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let of = |index: usize, row: usize, column: usize| {
            let Parameter { shape, values, .. } = &parameters[index];
            values[row * shape[2] + column]
        };
        let mut state = [0.0f32; 3];
        for (step, seen) in seen.iter().enumerate() {
            let read = |gate: usize| (0..2).map(|i| seen[i] * of(0, i, gate)).sum::<f32>() + of(1, 0, gate);
            let old = state;
            let before = |gate: usize| (0..3).map(|i| old[i] * of(2, i, gate)).sum::<f32>() + of(3, 0, gate);
            for unit in 0..3 {
                let reset = sigmoid(read(unit) + before(unit));
                let update = sigmoid(read(3 + unit) + before(3 + unit));
                let new = (read(6 + unit) + reset * before(6 + unit)).tanh();
                state[unit] = (1.0 - update) * new + update * old[unit];
            }
            let value = (0..3).map(|i| state[i] * of(4, i, 0)).sum::<f32>() + of(5, 0, 0);
            assert!((given[step] - value).abs() < 1e-6, "{step}: {} {value}", given[step]);
        }
    }
}
