//! Iterative relative credit refinement (Gangwani et al., 2020): each step of an episode is worth where its return stands among all.
//!
//! The return over the number of steps is scaled so that the worst episode in memory has 0 and the best 1. Half of what the agent
//! learns from comes from the ten best episodes. As published these have a store of their own; here they are the ten best that
//! the memory still holds, which is the same as long as it forgets nothing.

use burn::tensor::{Device, Tensor};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::credit::Credit;
use crate::credit::decoder::DecoderFile;
use crate::credit::learner::column;
use crate::experience::episodes::Past;
use crate::experience::replay::Replay;

/// How many episodes are the best.
const BEST: usize = 10;

/// Where an episode stands among all.
pub(crate) struct Ircr {
    device: Device,
}

impl Ircr {
    pub(crate) fn new(device: &Device) -> Self {
        Ircr { device: device.clone() }
    }
}

fn share(past: &Past) -> f64 {
    past.gained / past.rows() as f64
}

impl Credit for Ircr {
    fn fit(&mut self, _memory: &Replay, _rng: &mut ChaCha8Rng) -> Option<f64> {
        None
    }

    fn draw(&self, memory: &Replay, rows: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let mut drawn = memory.draw_whole(rows - rows / 2, rng);
        let mut best: Vec<&Past> = memory.whole().iter().collect();
        let count = BEST.min(best.len());
        best.select_nth_unstable_by(count - 1, |a, b| b.gained.total_cmp(&a.gained));
        best.truncate(count);
        let all: usize = best.iter().map(|past| past.rows()).sum();
        for _ in 0..rows / 2 {
            // Each row of the best is as likely as any other.
            let mut row = rng.random_range(0..all);
            for past in &best {
                if row < past.rows() {
                    drawn.push(memory.row_of(past, row / past.agents, row % past.agents));
                    break;
                }
                row -= past.rows();
            }
        }
        drawn
    }

    fn proxy(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let shares = memory.whole().iter().map(share);
        let (low, high) = shares.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| (low.min(s), high.max(s)));
        let scaled = |row: &usize| match memory.episode_of(*row) {
            Some(past) if high > low => ((share(past) - low) / (high - low)) as f32,
            _ => 0.0,
        };
        column(rows.iter().map(scaled).collect(), &self.device)
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

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::credit::toy::Toy;
    use crate::network::actor_critic::numbers;

    #[test]
    fn the_worst_is_worth_nothing_the_best_one_and_half_of_what_is_drawn_is_from_the_ten_best() {
        // Fifty episodes of four steps; episode `n` gains `4 n`.
        let toy = Toy::new(50, 4, 1, |episode, _| (episode as f32, vec![episode as f32], vec![0.0]));
        let (credit, memory) = (Ircr::new(&Device::flex()), &toy.memory);
        let rows = [0, 49 * 4, 24 * 4 + 1];
        assert_eq!(numbers(credit.proxy(memory, &rows)), [0.0, 1.0, (24.0f64 / 49.0) as f32]);
        let drawn = credit.draw(memory, 1_000, &mut ChaCha8Rng::seed_from_u64(1));
        let best = drawn.iter().filter(|row| **row >= 40 * 4).count();
        // Half of them, and a fifth of the other half.
        assert!((550..650).contains(&best), "{best}");
    }
}
