//! Stepwise progress attribution (Wang et al., 2025): each step's progress, learnt so that an episode's add up to its return, and
//! something for each action that could be carried out.
//!
//! A row is worth `alpha c + beta g`: `c` is the progress, fitted as RD fits its proxies; `g` is 1 where the plugin's factor
//! `executable` is above 0 and for every action where there is no such factor, because then the environment carries out all.

use burn::tensor::Tensor;
use rand_chacha::ChaCha8Rng;

use crate::CreditConfig;
use crate::credit::Credit;
use crate::credit::decoder::{Adds, Decoder, DecoderFile};
use crate::credit::rd::{Error, Rd};
use crate::experience::replay::Replay;

/// The factor that tells whether an action could be carried out.
pub(crate) const EXECUTABLE: &str = "executable";
const ALPHA: f32 = 1.0;
const BETA: f32 = 0.5;

/// Progress and grounding.
pub(crate) struct Spa {
    progress: Rd,
    /// Column of the factor that tells whether an action could be carried out.
    executable: Option<usize>,
}

impl Spa {
    pub(crate) fn new(decoder: Decoder, config: &CreditConfig, executable: Option<usize>) -> Self {
        Spa { progress: Rd::new(decoder, config, Error::Return), executable }
    }
}

impl Credit for Spa {
    fn fit(&mut self, memory: &Replay, rng: &mut ChaCha8Rng) -> Option<f64> {
        self.progress.fit(memory, rng)
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let progress = self.progress.proxy(memory, rows).mul_scalar(ALPHA);
        match self.executable {
            None => progress.add_scalar(BETA),
            Some(column) => {
                let factors = memory.factors(rows, &progress.device());
                progress + factors.narrow(1, column, 1).greater_elem(0.0).float().mul_scalar(BETA)
            }
        }
    }

    fn decoder(&self) -> Option<DecoderFile> {
        let adds = if self.executable.is_some() { Adds::Factor } else { Adds::Always(BETA) };
        self.progress.decoder().map(|progress| DecoderFile { adds, ..progress })
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        self.progress.save()
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.progress.restore(saved)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::credit::toy::{Toy, decoder};

    #[test]
    fn what_could_be_carried_out_is_worth_half_more() {
        let toy = Toy::new(4, 3, 1, |_, place| (1.0, vec![place as f32], vec![9.0, place as f32]));
        let (decoder, config) = decoder(crate::CreditMethod::Spa, &toy.memory);
        let spa = Spa::new(decoder, &config, Some(1));
        let (all, plain) = (toy.proxies(&spa), toy.proxies(&spa.progress));
        let more: Vec<f32> = all.iter().zip(&plain).map(|(all, plain)| all - plain).collect();
        assert!((more[0], more[1]) == (0.0, 0.5), "{more:?}");
    }
}
