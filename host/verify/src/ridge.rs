//! A linear decoder with a quadratic penalty, and how well it predicts what it has not seen.

use crate::statistics::Moments;

/// Predicts `target` from rows of features, each fifth held out in turn, and gives the share of the target's variance that the
/// predictions explain: 1 for all of it, 0 for no better than the mean, less for worse. `None` where the target has no variance.
///
/// Features are brought to one scale on the rows that are learned from. The penalty is that of one further row a feature.
pub(crate) fn held_out(features: &[Vec<f64>], target: &[f64]) -> Option<f64> {
    const FOLDS: usize = 5;
    let (mut error, mut variance) = (0.0, 0.0);
    for fold in 0..FOLDS {
        let learned: Vec<usize> = (0..target.len()).filter(|row| row % FOLDS != fold).collect();
        let mean = learned.iter().map(|&row| target[row]).sum::<f64>() / learned.len().max(1) as f64;
        let decoder = Decoder::fit(features, target, &learned);
        for row in (fold..target.len()).step_by(FOLDS) {
            error += (target[row] - decoder.predict(&features[row])).powi(2);
            variance += (target[row] - mean).powi(2);
        }
    }
    (variance > 0.0).then(|| 1.0 - error / variance)
}

struct Decoder {
    scales: Vec<(f64, f64)>,
    weights: Vec<f64>,
    mean: f64,
}

impl Decoder {
    fn fit(features: &[Vec<f64>], target: &[f64], rows: &[usize]) -> Decoder {
        let width = features.first().map_or(0, Vec::len);
        let scales: Vec<(f64, f64)> = (0..width)
            .map(|column| {
                let moments: Moments = rows.iter().map(|&row| features[row][column]).collect();
                (moments.mean(), if moments.std() > 1e-12 * moments.size() { moments.std() } else { f64::INFINITY })
            })
            .collect();
        let mean = rows.iter().map(|&row| target[row]).sum::<f64>() / rows.len().max(1) as f64;
        let mut decoder = Decoder { scales, weights: Vec::new(), mean };
        let (mut square, mut right) = (vec![vec![0.0; width]; width], vec![0.0; width]);
        for &row in rows {
            let scaled = decoder.scale(&features[row]);
            for i in 0..width {
                for j in 0..=i {
                    square[i][j] += scaled[i] * scaled[j];
                }
                right[i] += scaled[i] * (target[row] - mean);
            }
        }
        (0..width).for_each(|i| square[i][i] += 1.0);
        decoder.weights = solve(square, right);
        decoder
    }

    fn scale(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.scales).map(|(value, (mean, scale))| (value - mean) / scale).collect()
    }

    fn predict(&self, row: &[f64]) -> f64 {
        self.mean + self.scale(row).iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f64>()
    }
}

/// Solves a system whose matrix is symmetric and positive definite, given by its lower half, by Cholesky's decomposition.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for i in 0..size {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - sum;
            matrix[i][j] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / matrix[j][j] };
        }
        let sum: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    for i in (0..size).rev() {
        let sum: f64 = (i + 1..size).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    right
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn noise(seed: u64, count: usize) -> Vec<f64> {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| chance.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn a_system_is_solved() {
        let solved = solve(vec![vec![4.0, 0.0], vec![1.0, 3.0]], vec![1.0, 2.0]);
        assert!((solved[0] - 1.0 / 11.0).abs() < 1e-12 && (solved[1] - 7.0 / 11.0).abs() < 1e-12, "{solved:?}");
    }

    #[test]
    fn a_linear_target_is_explained_and_noise_is_not() {
        let (a, b, c) = (noise(1, 200), noise(2, 200), noise(3, 200));
        let features: Vec<Vec<f64>> = a.iter().zip(&b).map(|(a, b)| vec![1e6 * a, 1e-6 * b, 7.0]).collect();
        let target: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 * a - b + 40.0).collect();
        assert!(held_out(&features, &target).unwrap() > 0.99);
        assert!(held_out(&features, &c).unwrap() < 0.1);
        assert_eq!(held_out(&features, &[1.0; 200]), None);
    }
}
