//! A learnt reward as plain numbers, and what it gives for factors, to the bit.
//!
//! Everything here is in one order: a unit begins with its bias and adds its inputs' shares one after another, each product rounded
//! before it is added. A plugin that carries these numbers computes in the same order, which is why it gives the same bits. On the
//! processor the run itself values its rows here; on other devices it values them as these do, within a few last digits.

use std::path::Path;

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

use crate::TrainError;
use crate::credit::decoder::DecoderFile;
use crate::credit::input::Input;
use crate::network::actor_critic::{Parameter, numbers};

/// Rows that go through a layer together, so that its weights are fetched once for them all.
const TOGETHER: usize = 4;

/// A decoder of factors that a run has learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct LearntReward {
    /// Its layers, in order. All but the last are followed by a rectifier; the last has one output.
    pub layers: Vec<Dense>,
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
    /// Reads what the run in a directory has learnt so far.
    ///
    /// # Errors
    /// [`TrainError::NotARun`] where the run decomposes no returns by factors, or has written no decoder yet.
    pub fn open(run: &Path) -> Result<Self, TrainError> {
        let not = |reason: String| TrainError::NotARun { path: run.display().to_string(), reason };
        let text = std::fs::read_to_string(run.join("decoder.json"))
            .map_err(|error| not(format!("decoder.json: {error}; `meed train --credit lare-rrd` writes one")))?;
        let file: DecoderFile = serde_json::from_str(&text).map_err(|error| not(format!("decoder.json: {error}")))?;
        let broken = || not("decoder.json: it is broken".into());
        match (file.input, &file.networks[..]) {
            (Input::Factors(factors), [network]) => {
                let learnt = LearntReward::of(network).ok_or_else(broken)?;
                if learnt.factors() == factors { Ok(learnt) } else { Err(broken()) }
            }
            _ => Err(not(format!("{} learns no reward of a plugin's factors", file.method))),
        }
    }

    /// Takes the numbers of a network's parameters: a weight and a bias a layer.
    pub(crate) fn of(parameters: &[Parameter]) -> Option<Self> {
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
        let ends = layers.last().is_some_and(|last| last.outputs == 1);
        (fits && ends).then_some(LearntReward { layers })
    }

    /// Counts the factors that it reads.
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
    /// Gives the outputs of rows, rows x outputs.
    fn forward(&self, rows: &[f32], rectify: bool) -> Vec<f32> {
        let mut out = self.bias.repeat(rows.len() / self.inputs);
        for (rows, out) in rows.chunks(TOGETHER * self.inputs).zip(out.chunks_mut(TOGETHER * self.outputs)) {
            for (input, weight) in self.weight.chunks_exact(self.outputs).enumerate() {
                for (row, out) in rows.chunks_exact(self.inputs).zip(out.chunks_exact_mut(self.outputs)) {
                    let value = row[input];
                    out.iter_mut().zip(weight).for_each(|(sum, weight)| *sum += value * weight);
                }
            }
        }
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
    use crate::network::mlp::{Mlp, MlpSizes};

    #[test]
    fn a_row_is_worth_the_same_bits_in_any_company_and_nearly_what_the_device_says() {
        let sizes = MlpSizes { lanes: 1, inputs: 3, hidden: 64, outputs: 1 };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let parameters = sizes.draw(&mut rng);
        let learnt = LearntReward::of(&parameters).unwrap();
        let rows: Vec<f32> = (0..3 * 101).map(|_| rng.random_range(-3.0..3.0)).collect();
        let values = learnt.values(&rows);
        for (row, value) in rows.chunks(3).zip(&values) {
            assert_eq!(learnt.values(row)[0].to_bits(), value.to_bits());
        }
        let network = Mlp::load(sizes, &parameters, &Device::flex()).unwrap();
        let tensor = Tensor::<3>::from_data(TensorData::new(rows.clone(), [1, 101, 3]), &Device::flex());
        let near = |other: Vec<f32>| values.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(numbers(network.forward(tensor))) && near(learnt.values_by_burn(&rows)));
    }

    #[test]
    fn the_order_of_the_sums_is_the_one_that_is_written_down() {
        // (1e8 + 1) - 1e8 is 0 where the bias comes first, and 1 where it comes last.
        let dense = Dense { inputs: 2, outputs: 1, weight: vec![1.0, -1e8], bias: vec![1e8] };
        assert_eq!(LearntReward { layers: vec![dense] }.values(&[1.0, 1.0]), [0.0]);
    }
}
