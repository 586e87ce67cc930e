//! What an off-policy learner remembers: the last so many rows, with the reward and its factors beside each.
//!
//! Rewards are asked once, when a row is stored; factors are kept so that a decoder can weigh them anew without asking again.
//! The rows lie in a ring of flat columns that grows up to its capacity and then forgets the oldest. Where a decomposition of
//! returns wants it, the memory also knows which of its rows make up whole episodes, and what these came to.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::experience::episodes::{Episodes, Past};
use crate::experience::rollout::Rollout;
use crate::network::normalizer::Normalizer;

/// A ring of rows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Replay {
    capacity: usize,
    /// Rows taken in so far, those forgotten included: row number `n` lies at `n % capacity`.
    taken: u64,
    observation: Column,
    /// What the actor chose, as the learner sees it.
    choice: Column,
    next_observation: Column,
    reward: Column,
    /// 1 where the task itself ended the episode.
    terminated: Column,
    factors: Column,
    episodes: Option<Episodes>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Column {
    width: usize,
    values: Vec<f32>,
}

impl Column {
    fn new(width: usize) -> Self {
        Column { width, values: Vec::new() }
    }

    fn put(&mut self, row: usize, values: &[f32]) {
        let start = row * self.width;
        if start == self.values.len() {
            self.values.extend_from_slice(values);
        } else {
            self.values[start..start + self.width].copy_from_slice(values);
        }
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    fn gather(&self, rows: &[usize], device: &Device) -> Tensor<2> {
        self.gather_normalized(rows, None, device)
    }

    fn gather_normalized(&self, rows: &[usize], normalizer: Option<&Normalizer>, device: &Device) -> Tensor<2> {
        let mut values = Vec::with_capacity(rows.len() * self.width);
        rows.iter().for_each(|row| values.extend_from_slice(self.row(*row)));
        if let Some(normalizer) = normalizer {
            normalizer.normalize(&mut values);
        }
        Tensor::from_data(TensorData::new(values, [rows.len(), self.width]), device)
    }
}

/// Rows drawn from the memory, each column `[rows, width]`, on a device, without gradients.
pub(crate) struct Minibatch {
    pub(crate) observation: Tensor<2>,
    pub(crate) choice: Tensor<2>,
    pub(crate) next_observation: Tensor<2>,
    pub(crate) reward: Tensor<2>,
    /// 1 where there is something to come, 0 where the task ended.
    pub(crate) goes_on: Tensor<2>,
}

impl Replay {
    /// Makes an empty memory. `factors` is the number of factors of the reward, 0 for the environment's own.
    pub(crate) fn new(capacity: usize, observation: usize, choice: usize, factors: usize) -> Self {
        Replay {
            capacity,
            taken: 0,
            observation: Column::new(observation),
            choice: Column::new(choice),
            next_observation: Column::new(observation),
            reward: Column::new(1),
            terminated: Column::new(1),
            factors: Column::new(factors),
            episodes: None,
        }
    }

    /// Has the memory know its whole episodes, too.
    pub(crate) fn with_episodes(self) -> Self {
        Replay { episodes: Some(Episodes::default()), ..self }
    }

    /// Counts the rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.reward.values.len()
    }

    /// Takes in the rows of a rollout, with their rewards and factors.
    pub(crate) fn push(&mut self, rollout: &Rollout, choices: &[f32], rewards: &[f32], factors: &[f32]) {
        fn cut(values: &[f32], row: usize, width: usize) -> &[f32] {
            &values[row * width..(row + 1) * width]
        }
        let agents = rollout.agent.iter().max().map_or(1, |last| *last as usize + 1);
        for row in 0..rollout.rows() {
            let at = self.slot(self.taken);
            if let Some(episodes) = &mut self.episodes {
                episodes.push(rollout, agents, row, self.taken, at);
            }
            self.observation.put(at, cut(&rollout.observation, row, self.observation.width));
            self.choice.put(at, cut(choices, row, self.choice.width));
            self.next_observation.put(at, cut(&rollout.next_observation, row, self.next_observation.width));
            self.reward.put(at, &rewards[row..=row]);
            self.terminated.put(at, &[f32::from(rollout.terminated[row])]);
            self.factors.put(at, cut(factors, row, self.factors.width));
            self.taken += 1;
        }
    }

    /// Says where the row of a number lies.
    fn slot(&self, number: u64) -> usize {
        (number % self.capacity as u64) as usize
    }

    /// Draws rows, each as likely as any other, possibly twice.
    pub(crate) fn draw(&self, rows: usize, rng: &mut impl Rng) -> Vec<usize> {
        (0..rows).map(|_| rng.random_range(0..self.rows())).collect()
    }

    /// Draws rows of whole episodes, each as likely as any other, possibly twice. There must be a whole episode.
    pub(crate) fn draw_whole(&self, rows: usize, rng: &mut impl Rng) -> Vec<usize> {
        let mut drawn = Vec::with_capacity(rows);
        while drawn.len() < rows {
            let row = rng.random_range(0..self.rows());
            if self.episode_of(row).is_some() {
                drawn.push(row);
            }
        }
        drawn
    }

    /// Borrows the whole episodes, in no order that means anything.
    pub(crate) fn whole(&self) -> &[Past] {
        self.episodes.as_ref().map_or(&[], Episodes::whole)
    }

    /// Borrows the whole episode that a row belongs to; none where it goes on or is partly forgotten.
    pub(crate) fn episode_of(&self, row: usize) -> Option<&Past> {
        self.episodes.as_ref()?.of(row)
    }

    /// Says where the row of an agent at a step of an episode lies.
    pub(crate) fn row_of(&self, past: &Past, step: usize, agent: usize) -> usize {
        self.slot(past.number(step, agent))
    }

    /// Says of which episode, step and agent a row is; none where the episode's beginning is forgotten. The episode may go on.
    pub(crate) fn place_of(&self, row: usize) -> Option<(&Past, usize, usize)> {
        let past = self.episodes.as_ref()?.begun(row)?;
        let newest = self.taken - 1;
        let number =
            newest - (newest % self.capacity as u64 + self.capacity as u64 - row as u64) % self.capacity as u64;
        let (step, agent) = past.place(number);
        Some((past, step, agent))
    }

    /// Says where the rows lie that were taken in last, oldest first.
    pub(crate) fn newest(&self, rows: usize) -> Vec<usize> {
        (self.taken - rows as u64..self.taken).map(|number| self.slot(number)).collect()
    }

    /// Puts rows on a device. Observations are remembered as they were and normalised by the statistics of now.
    pub(crate) fn minibatch(&self, rows: &[usize], normalizer: Option<&Normalizer>, device: &Device) -> Minibatch {
        Minibatch {
            observation: self.observation.gather_normalized(rows, normalizer, device),
            choice: self.choice.gather(rows, device),
            next_observation: self.next_observation.gather_normalized(rows, normalizer, device),
            reward: self.reward.gather(rows, device),
            goes_on: self.terminated.gather(rows, device).neg().add_scalar(1.0),
        }
    }

    /// Puts the factors of rows on a device, `[rows, factors]`.
    pub(crate) fn factors(&self, rows: &[usize], device: &Device) -> Tensor<2> {
        self.factors.gather(rows, device)
    }

    /// Puts what was seen, chosen and seen next on a device, each `[rows, width]`.
    pub(crate) fn raw(&self, rows: &[usize], device: &Device) -> [Tensor<2>; 3] {
        [&self.observation, &self.choice, &self.next_observation].map(|column| column.gather(rows, device))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::network::actor_critic::numbers;
    use crate::run::checkpoint::{pack, unpack};

    /// Rows that carry their number in every column.
    fn rollout(rows: std::ops::Range<usize>) -> (Rollout, Vec<f32>, Vec<f32>) {
        let numbers: Vec<f32> = rows.map(|row| row as f32).collect();
        let twice = || numbers.iter().flat_map(|number| [*number, -number]).collect::<Vec<f32>>();
        let rollout = Rollout {
            envs: 1,
            observation: twice(),
            next_observation: numbers.iter().flat_map(|number| [number + 1.0, -number - 1.0]).collect(),
            choice: numbers.clone(),
            reward: vec![0.0; numbers.len()],
            terminated: numbers.iter().map(|number| number % 2.0 == 1.0).collect(),
            ..Rollout::default()
        };
        let factors = numbers.iter().flat_map(|number| [number * 10.0, number * 20.0]).collect();
        (rollout, numbers, factors)
    }

    fn filled() -> Replay {
        let mut replay = Replay::new(5, 2, 1, 2);
        for rows in [0..3, 3..6, 6..8] {
            let (rollout, rewards, factors) = rollout(rows);
            replay.push(&rollout, &rollout.choice, &rewards, &factors);
        }
        replay
    }

    #[test]
    fn the_oldest_rows_are_forgotten_and_columns_stay_together() {
        let replay = filled();
        assert_eq!(replay.rows(), 5);
        let mut kept = replay.reward.values.clone();
        kept.sort_by(f32::total_cmp);
        assert_eq!(kept, [3.0, 4.0, 5.0, 6.0, 7.0]);
        for row in 0..5 {
            let number = replay.reward.row(row)[0];
            assert_eq!(replay.observation.row(row), [number, -number]);
            assert_eq!(replay.next_observation.row(row), [number + 1.0, -number - 1.0]);
            assert_eq!(replay.factors.row(row), [number * 10.0, number * 20.0]);
            assert_eq!(replay.terminated.row(row), [number % 2.0]);
        }
    }

    #[test]
    fn a_row_knows_its_place_after_the_ring_has_gone_round() {
        // Four episodes of two agents and two steps in a ring that holds ten of their sixteen rows.
        let numbers = 0..16u32;
        let rollout = Rollout {
            envs: 1,
            observation: numbers.clone().map(|row| row as f32).collect(),
            next_observation: vec![0.0; 16],
            choice: vec![0.0; 16],
            reward: vec![1.0; 16],
            terminated: vec![false; 16],
            truncated: numbers.clone().map(|row| row % 4 >= 2).collect(),
            agent: numbers.clone().map(|row| row % 2).collect(),
            step: numbers.clone().map(|row| row / 2 % 2).collect(),
            episode: numbers.map(|row| row / 4).collect(),
            ..Rollout::default()
        };
        let mut replay = Replay::new(10, 1, 1, 0).with_episodes();
        replay.push(&rollout, &rollout.choice, &rollout.reward, &[]);
        for number in 6..16u32 {
            let slot = number as usize % 10;
            let place = replay.place_of(slot).map(|(past, step, agent)| (past.steps, step, agent));
            // The second episode began with row 4, which is forgotten.
            let whole = (number >= 8).then_some((2, (number / 2 % 2) as usize, (number % 2) as usize));
            assert_eq!(place, whole, "{number}");
            if let Some((past, step, agent)) = replay.place_of(slot) {
                assert_eq!(replay.row_of(past, step, agent), slot);
            }
        }
    }

    #[test]
    fn draws_are_even_seeded_and_the_same_after_a_restart() {
        let replay = filled();
        let draw = |replay: &Replay, seed| {
            let rows = replay.draw(5_000, &mut ChaCha8Rng::seed_from_u64(seed));
            let batch = replay.minibatch(&rows, None, &Device::flex());
            (numbers(batch.reward), numbers(batch.goes_on), numbers(batch.observation))
        };
        let (rewards, goes_on, observation) = draw(&replay, 1);
        for number in [3.0, 4.0, 5.0, 6.0, 7.0] {
            let count = rewards.iter().filter(|reward| **reward == number).count();
            assert!((850..1150).contains(&count), "{number}: {count}");
        }
        for row in 0..5_000 {
            assert_eq!(goes_on[row], 1.0 - rewards[row] % 2.0);
            assert_eq!(observation[row * 2], rewards[row]);
        }
        // Normalised by statistics of later, whatever they were when the rows were stored.
        let mut normalizer = Normalizer::new(2);
        normalizer.update(&[3.0, -7.0, 7.0, -3.0]);
        let batch = replay.minibatch(&[0], Some(&normalizer), &Device::flex());
        let seen = [numbers(batch.observation), numbers(batch.next_observation)];
        let expected = [replay.observation.row(0), replay.next_observation.row(0)]
            .map(|row| [(row[0] - 5.0) / 2.0, (row[1] + 5.0) / 2.0]);
        for (seen, expected) in seen.iter().flatten().zip(expected.iter().flatten()) {
            assert!((seen - expected).abs() < 1e-3, "{seen} {expected}");
        }
        let restored: Replay = unpack(&pack(&replay).unwrap()).unwrap();
        assert_eq!(draw(&restored, 1), draw(&replay, 1));
        assert_ne!(draw(&restored, 2), draw(&replay, 1));
    }
}
