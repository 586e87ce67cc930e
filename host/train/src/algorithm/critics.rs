//! Several critics, one for each factor of the reward, and how what they say becomes one advantage.
//!
//! `A = sum over factors of weight (A_k - mean_k) / deviation_k`: advantages are normalised factor by factor, so that a factor
//! counts as its weight says, however large its numbers are. A factor that surprises nobody counts nothing.

/// Makes one advantage a row of each factor's.
pub(crate) fn aggregate(advantages: &[Vec<f32>], weights: &[f32]) -> Vec<f32> {
    let mut sum = vec![0.0_f64; advantages.first().map_or(0, Vec::len)];
    for (advantages, weight) in advantages.iter().zip(weights) {
        let count = advantages.len() as f64;
        let mean = advantages.iter().map(|a| f64::from(*a)).sum::<f64>() / count;
        let variance = advantages.iter().map(|a| (f64::from(*a) - mean).powi(2)).sum::<f64>() / count;
        // Below what single precision tells apart, a deviation is rounding.
        let deviation = variance.sqrt();
        if deviation > f64::from(f32::EPSILON) * mean.abs() {
            for (sum, a) in sum.iter_mut().zip(advantages) {
                *sum += f64::from(*weight) * (f64::from(*a) - mean) / deviation;
            }
        }
    }
    sum.into_iter().map(|sum| sum as f32).collect()
}

/// Takes rows x `width` numbers apart, column by column.
pub(crate) fn columns(numbers: &[f32], width: usize) -> Vec<Vec<f32>> {
    (0..width).map(|column| numbers.iter().skip(column).step_by(width).copied().collect()).collect()
}

/// Puts columns together again, row by row.
pub(crate) fn rows(columns: &[Vec<f32>]) -> impl Iterator<Item = f32> {
    let count = columns.first().map_or(0, Vec::len);
    (0..count).flat_map(move |row| columns.iter().map(move |column| column[row]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::gae;

    /// What a critic of rewards on another scale says: its values are on that scale, too.
    fn advantages(factor: usize, scale: f32) -> Vec<f32> {
        let numbers =
            |phase: f32| (0..200).map(|row| ((row * (factor + 2)) as f32 * 0.37 + phase).sin() * scale).collect();
        let (reward, value, next_value): (Vec<f32>, Vec<f32>, Vec<f32>) = (numbers(0.0), numbers(1.0), numbers(2.0));
        let terminated: Vec<bool> = (0..200).map(|row| row % 40 > 37).collect();
        let rows = gae::Rows {
            lanes: 2,
            reward: &reward,
            value: &value,
            next_value: &next_value,
            terminated: &terminated,
            truncated: &[false; 200],
        };
        gae::advantages(&rows, 0.9, 0.95)
    }

    #[test]
    fn a_factor_a_thousand_times_as_large_changes_nothing() {
        let weights = [1.0, 0.5, -0.25];
        let with = |scale: f32| aggregate(&[advantages(0, 1.0), advantages(1, scale), advantages(2, 1.0)], &weights);
        let apart = |scale: f32| with(scale).iter().zip(with(1.0)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart(1000.0) < 1e-6 && apart(1e-3) < 1e-6, "{} {}", apart(1000.0), apart(1e-3));
        // Weights are what counts.
        let heavy = aggregate(&[advantages(0, 1.0), advantages(1, 1.0), advantages(2, 1.0)], &[1.0, 500.0, -0.25]);
        assert!(heavy.iter().zip(with(1.0)).any(|(a, b)| (a - b).abs() > 1.0));
    }

    #[test]
    fn the_sum_is_the_one_done_by_hand_and_a_factor_that_never_changes_counts_nothing() {
        // Deviations 1 and 2.
        let sum = aggregate(&[vec![0.0, 2.0], vec![5.0, 1.0], vec![3.0, 3.0]], &[1.0, 10.0, 7.0]);
        assert_eq!(sum, [-1.0 + 10.0, 1.0 - 10.0]);
    }

    #[test]
    fn columns_and_rows_undo_each_other() {
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(columns(&numbers, 3), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]);
        assert!(rows(&columns(&numbers, 3)).eq(numbers));
    }
}
