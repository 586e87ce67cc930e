//! Uniform credit: each step is worth the same share of the return.

use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;

use crate::credit::Credit;
use crate::credit::decoder::DecoderFile;
use crate::experience::replay::Replay;

/// The return over the number of rows.
pub(crate) struct Uniform {
    device: Device,
}

impl Uniform {
    pub(crate) fn new(device: &Device) -> Self {
        Uniform { device: device.clone() }
    }
}

impl Credit for Uniform {
    fn fit(&mut self, _memory: &Replay, _rng: &mut ChaCha8Rng) -> Option<f64> {
        None
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let share = |row: &usize| memory.episode_of(*row).map_or(0.0, |past| past.gained / past.rows() as f64) as f32;
        let shares: Vec<f32> = rows.iter().map(share).collect();
        Tensor::from_data(TensorData::new(shares, [rows.len(), 1]), &self.device)
    }

    fn decoder(&self) -> Option<DecoderFile> {
        None
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }

    fn restore(&mut self, _saved: &[u8]) -> Result<(), String> {
        Ok(())
    }
}
