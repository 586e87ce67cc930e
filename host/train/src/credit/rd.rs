//! Return decomposition by least squares over whole episodes: RD (Efroni et al., 2021) on rows, LaRe-RD on factors.

use burn::tensor::{Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::CreditConfig;
use crate::credit::Credit;
use crate::credit::decoder::{Decoder, DecoderFile};
use crate::experience::replay::Replay;

/// What is squared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// By how much the sum of the proxies misses the return: RD.
    Return,
    /// The same over the number of steps: LaRe-RD.
    Step,
}

/// A decoder, fitted to whole episodes.
pub(crate) struct Rd {
    decoder: Decoder,
    /// Steps that the episodes of a fit have together, about.
    steps: usize,
    error: Error,
}

impl Rd {
    pub(crate) fn new(decoder: Decoder, config: &CreditConfig, error: Error) -> Self {
        Rd { decoder, steps: config.steps, error }
    }
}

impl Credit for Rd {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        // As many episodes as have about so many steps together, drawn evenly.
        let whole = memory.whole();
        let mean = whole.iter().map(|past| past.steps).sum::<usize>() as f64 / whole.len() as f64;
        let count = ((self.steps as f64 / mean).round() as usize).max(1);
        let drawn: Vec<_> = (0..count).map(|_| &whole[rng.random_range(0..whole.len())]).collect();
        let rows: Vec<usize> = drawn
            .iter()
            .flat_map(|past| (0..past.rows()).map(|row| memory.row_of(past, row / past.agents, row % past.agents)))
            .collect();

        // One product adds up each episode's rows.
        let (mut adder, mut target, mut start) = (vec![0.0; count * rows.len()], Vec::with_capacity(count), 0);
        for (index, past) in drawn.iter().enumerate() {
            let scale = if self.error == Error::Step { 1.0 / past.steps as f64 } else { 1.0 };
            adder[index * rows.len() + start..][..past.rows()].fill(scale as f32);
            target.push((past.gained * scale) as f32);
            start += past.rows();
        }
        let device = self.decoder.device();
        let plain = |values: Vec<f32>, columns: usize| {
            Tensor::<2>::from_inner(Tensor::from_data(TensorData::new(values, [count, columns]), device))
        };
        let (adder, target) = (plain(adder, rows.len()), plain(target, 1));
        let loss = (adder.matmul(self.decoder.guess(memory, &rows)) - target).square().mean();
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
