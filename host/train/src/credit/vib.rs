//! Return decomposition through a bottleneck: the decoder sees a row only as a few noisy numbers, and pays for what these tell.
//!
//! An encoder gives the mean and the deviation of 8 numbers, a second network reads numbers drawn so; the loss is RRD's biased one
//! and 5e-3 of the divergence of what is drawn from the standard normal, a mean over rows. Rows are valued by the means.

use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::credit::Credit;
use crate::credit::decoder::DecoderFile;
use crate::credit::input::Input;
use crate::credit::layers::Size;
use crate::credit::learner::{Learner, column};
use crate::credit::learnt::{Dense, LearntReward};
use crate::credit::rrd::Draw;
use crate::experience::replay::Replay;
use crate::network::actor_critic::{Parameter, numbers};
use crate::run::checkpoint::{pack, unpack};
use crate::{CreditConfig, CreditMethod};

/// Numbers that get through.
const WIDTH: usize = 8;
/// What the divergence weighs.
const WEIGHT: f32 = 5e-3;

/// An encoder and what reads its numbers.
pub(crate) struct Vib {
    input: Input,
    encoder: Learner,
    reader: Learner,
    draw: Draw,
    /// Both as plain numbers, where the processor computes: an exported reward then gives the bits that the run gave.
    plain: Option<LearntReward>,
}

/// Puts the networks together as rows are valued: by the means.
pub(crate) fn plain(encoder: &[Parameter], reader: &[Parameter]) -> Option<LearntReward> {
    let (encoder, reader) = (Dense::all(encoder)?, Dense::all(reader)?);
    LearntReward::joined(encoder, WIDTH, reader)
        .filter(|joined| joined.layers.last().is_some_and(|last| last.outputs == 1))
}

impl Vib {
    pub(crate) fn new(
        input: Input,
        config: &CreditConfig,
        device: &Device,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, String> {
        let mut learner = |inputs, outputs| {
            Learner::new(Size::chain(inputs, config.hidden, config.layers, outputs), config, device, rng)
        };
        let (encoder, reader) = (learner(input.width(), 2 * WIDTH)?, learner(WIDTH, 1)?);
        let mut vib = Vib { input, encoder, reader, draw: Draw::of(config), plain: None };
        vib.write_down();
        Ok(vib)
    }

    fn write_down(&mut self) {
        if *self.encoder.device() == Device::flex() {
            self.plain = plain(&self.encoder.parameters(), &self.reader.parameters());
        }
    }
}

/// Gives a mean over rows of how far normal numbers with these means and logarithms of variances are from standard ones.
fn divergence(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<1> {
    let each = mean.square() + log_variance.clone().exp() - log_variance;
    each.add_scalar(-1.0).mul_scalar(0.5).sum_dim(1).mean()
}

impl Credit for Vib {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        let drawn = self.draw.steps(memory, rng);
        let device = self.encoder.device();
        let code = self.encoder.guess(Tensor::from_inner(self.input.read(memory, &drawn.rows, device)));
        let (mean, log_variance) = (code.clone().narrow(1, 0, WIDTH), code.narrow(1, WIDTH, WIDTH));
        let noise: Vec<f32> = (0..drawn.rows.len() * WIDTH).map(|_| StandardNormal.sample(rng)).collect();
        let noise = Tensor::<2>::from_data(TensorData::new(noise, [drawn.rows.len(), WIDTH]), device);
        let seen = mean.clone() + log_variance.clone().mul_scalar(0.5).exp() * Tensor::from_inner(noise);
        let loss = drawn.loss(self.reader.guess(seen), false) + divergence(mean, log_variance).mul_scalar(WEIGHT);
        let mut gradients = loss.backward();
        self.encoder.follow(&mut gradients);
        self.reader.follow(&mut gradients);
        self.write_down();
        Some(f64::from(numbers(loss)[0]))
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let read = self.input.read(memory, rows, self.encoder.device());
        match &self.plain {
            Some(plain) => column(plain.values(&numbers(read)), self.encoder.device()),
            None => self.reader.value(self.encoder.value(read).narrow(1, 0, WIDTH)),
        }
    }

    fn decoder(&self) -> Option<DecoderFile> {
        Some(DecoderFile::of(CreditMethod::Vib, self.input, &[&self.encoder, &self.reader]))
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        pack(&(self.encoder.save()?, self.reader.save()?))
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let (encoder, reader): (Vec<u8>, Vec<u8>) = unpack(saved)?;
        self.encoder.restore(&encoder)?;
        self.reader.restore(&reader)?;
        self.write_down();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_numbers_cost_nothing_and_others_what_the_formula_says() {
        let cost = |mean: f32, log_variance: f32| {
            let tensor = |value| Tensor::<2>::from_data(TensorData::new(vec![value; 6], [3, 2]), &Device::flex());
            numbers(divergence(tensor(mean), tensor(log_variance)))[0]
        };
        assert_eq!(cost(0.0, 0.0), 0.0);
        assert!((cost(2.0, 1.0) - (4.0 + 1f32.exp() - 1.0 - 1.0)).abs() < 1e-6);
    }
}
