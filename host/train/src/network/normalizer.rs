//! Running means and deviations, so that the networks see numbers of about one.

use serde::{Deserialize, Serialize};

/// Normalised numbers are cut here: a first surprise must not blow up a network.
const BOUND: f64 = 10.0;

/// The running mean and variance of each column, after Chan, Golub and LeVeque (1979).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Normalizer {
    mean: Vec<f64>,
    variance: Vec<f64>,
    count: f64,
}

impl Normalizer {
    pub(crate) fn new(columns: usize) -> Self {
        // A little weight on mean 0 and variance 1 keeps the first few rows from being divided by nothing.
        Normalizer { mean: vec![0.0; columns], variance: vec![1.0; columns], count: 1e-4 }
    }

    pub(crate) fn columns(&self) -> usize {
        self.mean.len()
    }

    /// Takes rows into the statistics.
    pub(crate) fn update(&mut self, rows: &[f32]) {
        let columns = self.columns();
        let count = (rows.len() / columns) as f64;
        let total = self.count + count;
        for column in 0..columns {
            let values = || rows.iter().skip(column).step_by(columns).map(|value| f64::from(*value));
            let mean = values().sum::<f64>() / count;
            let squares = values().map(|value| (value - mean).powi(2)).sum::<f64>();
            let shift = mean - self.mean[column];
            let between = shift * shift * self.count * count / total;
            self.variance[column] = (self.variance[column] * self.count + squares + between) / total;
            self.mean[column] += shift * count / total;
        }
        self.count = total;
    }

    /// Takes mean and deviation out of rows, in place.
    pub(crate) fn normalize(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.columns()) {
            for ((value, mean), variance) in row.iter_mut().zip(&self.mean).zip(&self.variance) {
                let normal = (f64::from(*value) - mean) / (variance + 1e-8).sqrt();
                *value = normal.clamp(-BOUND, BOUND) as f32;
            }
        }
    }

    /// Tells whether it could have come out of `update`: a policy file may say anything.
    pub(crate) fn is_sound(&self, columns: usize) -> bool {
        let finite = |values: &[f64]| values.len() == columns && values.iter().all(|value| value.is_finite());
        finite(&self.mean) && finite(&self.variance) && self.variance.iter().all(|variance| *variance >= 0.0)
    }
}

/// Divides rewards by the running deviation of the discounted return. The mean stays: shifting it would change the task.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RewardScale {
    returns: Vec<f32>,
    statistics: Normalizer,
    gamma: f32,
}

impl RewardScale {
    /// `lanes` is the number of rows of a step.
    pub(crate) fn new(lanes: usize, gamma: f32) -> Self {
        RewardScale { returns: vec![0.0; lanes], statistics: Normalizer::new(1), gamma }
    }

    /// Scales the rewards of a rollout, time-major, in place.
    pub(crate) fn scale(&mut self, rewards: &mut [f32], ended: impl Fn(usize) -> bool) {
        let lanes = self.returns.len();
        for (step, rewards) in rewards.chunks_exact_mut(lanes).enumerate() {
            for (sum, reward) in self.returns.iter_mut().zip(rewards.iter()) {
                *sum = *sum * self.gamma + *reward;
            }
            self.statistics.update(&self.returns);
            let deviation = (self.statistics.variance[0] + 1e-8).sqrt();
            for (lane, reward) in rewards.iter_mut().enumerate() {
                *reward = (f64::from(*reward) / deviation).clamp(-BOUND, BOUND) as f32;
                if ended(step * lanes + lane) {
                    self.returns[lane] = 0.0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_add_up_to_the_mean_and_deviation_of_all_rows() {
        let mut normalizer = Normalizer::new(2);
        normalizer.update(&[1.0, 10.0, 2.0, 20.0]);
        normalizer.update(&[3.0, 30.0, 6.0, 40.0]);
        let mut row = [3.0, 25.0];
        normalizer.normalize(&mut row);
        assert!(row.iter().all(|value| value.abs() < 1e-3), "{row:?}");
        let mut row = [3.0 + 3.5f32.sqrt(), 25.0 - 125.0f32.sqrt()];
        normalizer.normalize(&mut row);
        assert!((row[0] - 1.0).abs() < 1e-3 && (row[1] + 1.0).abs() < 1e-3, "{row:?}");
    }

    #[test]
    fn rewards_of_any_scale_come_out_alike() {
        let scaled = |factor: f32| {
            let mut scale = RewardScale::new(2, 0.9);
            let mut rewards: Vec<f32> = (0..400).map(|row| ((row * 7919) % 13) as f32 * factor).collect();
            scale.scale(&mut rewards, |row| row % 100 > 97);
            rewards
        };
        for (small, large) in scaled(0.01).iter().zip(scaled(1000.0)).skip(100) {
            assert!((small - large).abs() < 1e-2, "{small} {large}");
        }
    }
}
