//! A learnt reward as plain numbers, and what it gives for factors, to the bit.
//!
//! Everything here is in one order: a unit begins with its bias and adds its inputs' shares one after another, each product rounded
//! before it is added. A plugin that carries these numbers computes in the same order, which is why it gives the same bits. On the
//! processor the run itself values its rows here; on other devices it values them as these do, within a few last digits.

use std::path::Path;

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use meed_envs::ActionSpace;

use crate::credit::decoder::{Adds, DecoderFile};
use crate::credit::input::Input;
use crate::credit::vib;
use crate::network::actor_critic::{Parameter, numbers};
use crate::network::distribution::Distribution;
use crate::network::product::{Matrix, add_products_in_order};
use crate::{CreditMethod, Episode, TrainError};

/// A decoder that a run has learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct LearntReward {
    /// Its layers, in order. All but the last are followed by a rectifier; the last has one output.
    pub layers: Vec<Dense>,
}

/// What a decoder reads of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The factors of the run's plugin.
    Factors,
    /// The observation, what the actor chose where `choice` says so, and by how much the next observation is less.
    Rows {
        /// Whether it reads what the actor chose.
        choice: bool,
    },
}

impl Reads {
    /// Gives what a decoder of rows reads of an episode, row by row, as a run whose decoder it is reads it.
    pub fn rows(self, space: &ActionSpace, episode: &Episode) -> Vec<f32> {
        let actions = Distribution::of(space);
        let cut = |values: &[f32], row: usize| {
            let width = values.len() / episode.rows;
            values[row * width..][..width].to_vec()
        };
        let mut rows = Vec::new();
        for row in 0..episode.rows {
            let (now, next) = (cut(&episode.observation, row), cut(&episode.next_observation, row));
            rows.extend(&now);
            if self == (Reads::Rows { choice: true }) {
                actions.choice(&cut(&episode.action, row), &mut rows);
            }
            rows.extend(now.iter().zip(&next).map(|(now, next)| now - next));
        }
        rows
    }
}

/// A layer: every output is a weighted sum of all inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// How many numbers go in.
    pub inputs: usize,
    /// How many come out.
    pub outputs: usize,
    /// inputs x outputs.
    pub weight: Vec<f32>,
    /// outputs.
    pub bias: Vec<f32>,
}

impl LearntReward {
    /// Reads what the run in a directory has learnt so far, and what it reads itself.
    ///
    /// # Errors
    /// [`TrainError::NotARun`] where the run decomposes no returns, has written no decoder yet, or its decoder alone does not say what a
    /// row is worth.
    pub fn open(run: &Path) -> Result<(Self, Reads), TrainError> {
        let not = |reason: String| TrainError::NotARun { path: run.display().to_string(), reason };
        let text = std::fs::read_to_string(run.join("decoder.json"))
            .map_err(|error| not(format!("decoder.json: {error}; `meed train --credit lare-rrd` writes one")))?;
        let file: DecoderFile = serde_json::from_str(&text).map_err(|error| not(format!("decoder.json: {error}")))?;
        let broken = || not("decoder.json: it is broken".into());
        let why_not = |why| not(format!("{}'s decoder {why}", file.method));
        let learnt = match (file.method, &file.networks[..]) {
            (CreditMethod::Arel | CreditMethod::Stas, _) => {
                return Err(why_not("looks at all agents and at the episode so far, not at one row"));
            }
            (CreditMethod::Vib, [encoder, reader]) => vib::plain(encoder, reader),
            (_, [network]) => LearntReward::of(network),
            _ => None,
        };
        let learnt = match file.adds {
            Adds::Nothing => learnt,
            Adds::Always(constant) => learnt.map(|learnt| learnt.plus(constant)),
            Adds::Factor => return Err(why_not("is not all that a row is worth: its plugin's factor is added")),
        };
        let learnt = learnt.filter(|learnt| learnt.factors() == file.input.width()).ok_or_else(broken)?;
        let reads = match file.input {
            Input::Factors(_) => Reads::Factors,
            Input::Raw(..) => Reads::Rows { choice: true },
            Input::State(_) => Reads::Rows { choice: false },
        };
        Ok((learnt, reads))
    }

    /// Takes the numbers of a network's parameters: a weight and a bias a layer.
    pub(crate) fn of(parameters: &[Parameter]) -> Option<Self> {
        let layers = Dense::all(parameters)?;
        layers.last().is_some_and(|last| last.outputs == 1).then_some(LearntReward { layers })
    }

    /// Counts the numbers that it reads of a row.
    pub fn factors(&self) -> usize {
        self.layers.first().map_or(0, |first| first.inputs)
    }

    /// Gives the reward of each row of factors, rows x factors.
    pub fn values(&self, factors: &[f32]) -> Vec<f32> {
        let mut values = factors.to_vec();
        for (index, layer) in self.layers.iter().enumerate() {
            values = layer.forward(&values, index + 1 < self.layers.len());
        }
        values
    }
}

impl LearntReward {
    /// Gives the same as Burn computes it on the processor: products summed in an order of its own.
    pub fn values_by_burn(&self, factors: &[f32]) -> Vec<f32> {
        let device = Device::flex();
        let mut values = Tensor::<2>::from_data(
            TensorData::new(factors.to_vec(), [factors.len() / self.factors(), self.factors()]),
            &device,
        );
        for (index, Dense { inputs, outputs, weight, bias }) in self.layers.iter().enumerate() {
            let plain = |values: &[f32], rows| {
                Tensor::<2>::from_data(TensorData::new(values.to_vec(), [rows, *outputs]), &device)
            };
            values = values.matmul(plain(weight, *inputs)) + plain(bias, 1);
            if index + 1 < self.layers.len() {
                values = relu(values);
            }
        }
        numbers(values)
    }
}

impl Dense {
    /// Takes the numbers of a network's parameters: a weight and a bias a layer.
    pub(crate) fn all(parameters: &[Parameter]) -> Option<Vec<Dense>> {
        let layer = |pair: &[Parameter]| {
            let [Parameter { shape: [1, inputs, outputs], values: weight, .. }, Parameter { values: bias, .. }] = pair
            else {
                return None;
            };
            let sound = weight.len() == inputs * outputs && bias.len() == *outputs && *inputs > 0 && *outputs > 0;
            let (weight, bias) = (weight.clone(), bias.clone());
            sound.then_some(Dense { inputs: *inputs, outputs: *outputs, weight, bias })
        };
        let layers = parameters.chunks(2).map(layer).collect::<Option<Vec<Dense>>>()?;
        let fits = layers.windows(2).all(|two| two[0].outputs == two[1].inputs);
        fits.then_some(layers)
    }

    /// Gives the outputs of rows, rows x outputs.
    pub(crate) fn forward(&self, rows: &[f32], rectify: bool) -> Vec<f32> {
        let count = rows.len() / self.inputs;
        let mut out = self.bias.repeat(count);
        let weight = Matrix::new(&self.weight, self.inputs, self.outputs);
        add_products_in_order(Matrix::new(rows, count, self.inputs), weight, &mut out);
        if rectify {
            out.iter_mut().for_each(|value| *value = if *value > 0.0 { *value } else { 0.0 });
        }
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::credit::layers::{Layers, Size};

    #[test]
    fn a_row_is_worth_the_same_bits_in_any_company_and_nearly_what_the_device_says() {
        let sizes = Size::chain(3, 70, 2, 1);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let parameters = Size::draw(&sizes, &mut rng);
        let learnt = LearntReward::of(&parameters).unwrap();
        let rows: Vec<f32> = (0..3 * 101).map(|_| rng.random_range(-3.0..3.0)).collect();
        let values = learnt.values(&rows);
        for (row, value) in rows.chunks(3).zip(&values) {
            assert_eq!(learnt.values(row)[0].to_bits(), value.to_bits());
            // One sum after the other, in the order that is written down.
            let plainly = learnt.layers.iter().enumerate().fold(row.to_vec(), |row, (index, layer)| {
                let mut out = layer.bias.clone();
                for (value, weight) in row.iter().zip(layer.weight.chunks(layer.outputs)) {
                    out.iter_mut().zip(weight).for_each(|(sum, weight)| *sum += value * weight);
                }
                if index < 2 { out.into_iter().map(|value| value.max(0.0)).collect() } else { out }
            });
            assert_eq!(plainly[0].to_bits(), value.to_bits());
        }
        let network = Layers::load(&sizes, &parameters, &Device::flex()).unwrap();
        let tensor = Tensor::<2>::from_data(TensorData::new(rows.clone(), [101, 3]), &Device::flex());
        let near = |other: Vec<f32>| values.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(numbers(network.chain(tensor))) && near(learnt.values_by_burn(&rows)));
    }

    #[test]
    fn the_order_of_the_sums_is_the_one_that_is_written_down() {
        // (1e8 + 1) - 1e8 is 0 where the bias comes first, and 1 where it comes last.
        let dense = Dense { inputs: 2, outputs: 1, weight: vec![1.0, -1e8], bias: vec![1e8] };
        assert_eq!(LearntReward { layers: vec![dense] }.values(&[1.0, 1.0]), [0.0]);
    }
}
