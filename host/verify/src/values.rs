//! What a state is worth under a policy that has been watched: a linear function of the observation and its squares and products,
//! fitted to the steps by least squares of temporal differences.

use crate::pseudometric::eliminate;
use crate::statistics::Moments;

/// Observations from which products are made, too; with more there are too many.
const PRODUCTS: usize = 10;

/// Turns observations into what a value, or a potential, is a linear function of.
pub(crate) struct Features {
    scales: Vec<(f64, f64)>,
}

impl Features {
    /// Brings the columns of these observations, rows of `width` numbers, to one scale.
    pub(crate) fn of(observations: &[f32], width: usize) -> Features {
        let column = |column: usize| {
            let moments: Moments =
                observations.chunks(width.max(1)).filter_map(|row| row.get(column)).map(|x| f64::from(*x)).collect();
            let spread = if moments.std() > 1e-9 * moments.size() { moments.std() } else { f64::INFINITY };
            (moments.mean(), spread)
        };
        Features { scales: (0..width).map(column).collect() }
    }

    /// Brings an observation to the scale.
    pub(crate) fn scaled(&self, observation: &[f32]) -> Vec<f64> {
        observation.iter().zip(&self.scales).map(|(x, (mean, spread))| (f64::from(*x) - mean) / spread).collect()
    }

    /// Gives a constant, the numbers, their squares and, where they are few, their products.
    pub(crate) fn quadratic(&self, observation: &[f32]) -> Vec<f64> {
        let x = self.scaled(observation);
        let mut features = vec![1.0];
        features.extend_from_slice(&x);
        for i in 0..x.len() {
            let before = if x.len() <= PRODUCTS { 0..i } else { 0..0 };
            features.push(x[i] * x[i]);
            features.extend(before.map(|j| x[i] * x[j]));
        }
        features
    }
}

/// What states are worth, by their features.
pub(crate) struct Value {
    weights: Vec<f64>,
    discount: f64,
}

impl Value {
    /// Fits V with V(s) = r + g V(s') over steps given as features before and after, the latter `None` where the episode ended.
    pub(crate) fn fit(before: &[Vec<f64>], after: &[Option<Vec<f64>>], rewards: &[f64], discount: f64) -> Value {
        let size = before.first().map_or(0, Vec::len);
        let mut matrix = vec![vec![0.0; size + 1]; size];
        for ((before, after), reward) in before.iter().zip(after).zip(rewards) {
            for (i, row) in matrix.iter_mut().enumerate() {
                for j in 0..size {
                    row[j] += before[i] * (before[j] - discount * after.as_ref().map_or(0.0, |after| after[j]));
                }
                row[size] += before[i] * reward;
            }
        }
        // Features that depend on each other would leave the weights undetermined.
        (0..size).for_each(|i| matrix[i][i] += 1e-6 * before.len() as f64);
        Value { weights: eliminate(matrix), discount }
    }

    /// Gives r + g V(s') - V(s) of each step: the reward, shaped by its own values.
    pub(crate) fn differences(&self, before: &[Vec<f64>], after: &[Option<Vec<f64>>], rewards: &[f64]) -> Vec<f64> {
        let of = |features: &[f64]| features.iter().zip(&self.weights).map(|(x, w)| x * w).sum::<f64>();
        let steps = before.iter().zip(after).zip(rewards);
        let shaped = |((before, after), reward): ((&Vec<f64>, &Option<Vec<f64>>), &f64)| {
            reward + self.discount * after.as_ref().map_or(0.0, |after| of(after)) - of(before)
        };
        steps.map(shaped).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_potential_of_the_features_is_taken_out() {
        let observations: Vec<f32> = (0..400).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
        let features = Features::of(&observations, 2);
        let rows: Vec<Vec<f64>> = observations.chunks(2).map(|row| features.quadratic(row)).collect();
        assert_eq!(rows[0].len(), 6);
        let after: Vec<Option<Vec<f64>>> = (1..rows.len()).map(|next| rows.get(next).cloned()).collect();
        let before = &rows[..rows.len() - 1];
        let rewards: Vec<f64> = observations.chunks(2).take(before.len()).map(|row| f64::from(row[0])).collect();
        let potential = |x: &[f64]| 3.0 * x[1] - x[4] + 0.5;
        let shaped: Vec<f64> =
            (0..before.len()).map(|i| 2.0 * rewards[i] + 0.9 * potential(&rows[i + 1]) - potential(&rows[i])).collect();
        let canonical = |rewards: &[f64]| Value::fit(before, &after, rewards, 0.9).differences(before, &after, rewards);
        let (plain, shaped) = (canonical(&rewards), canonical(&shaped));
        for (plain, shaped) in plain.iter().zip(&shaped) {
            assert!((2.0 * plain - shaped).abs() < 1e-3, "{plain} {shaped}");
        }
    }
}
