//! Credit without learning: each step is worth the same share of the return, or the last one all of it.

use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use crate::credit::Credit;
use crate::credit::decoder::DecoderFile;
use crate::credit::learner::column;
use crate::experience::replay::Replay;

/// Who gets the return.
pub(crate) enum Uniform {
    /// All steps alike.
    Even(Device),
    /// The last step: what the environment pays, nothing decomposed.
    Last(Device),
}

impl Credit for Uniform {
    fn fit(&mut self, _memory: &Replay, _rng: &mut ChaCha8Rng) -> Option<f64> {
        None
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let share = |row: &usize| {
            let Some(past) = memory.episode_of(*row) else { return 0.0 };
            let last = |agent| memory.row_of(past, past.steps - 1, agent) == *row;
            let share = match self {
                Uniform::Even(_) => past.gained / past.rows() as f64,
                Uniform::Last(_) if (0..past.agents).any(last) => past.gained / past.agents as f64,
                Uniform::Last(_) => 0.0,
            };
            share as f32
        };
        let (Uniform::Even(device) | Uniform::Last(device)) = self;
        column(rows.iter().map(share).collect(), device)
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
