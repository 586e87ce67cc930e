//! By the mean and the deviation of what was seen so far.

use serde::{Deserialize, Serialize};

/// `(r - mean) / deviation` with the row itself among those seen, after Welford (1962); zero while all are the same.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MeanStd {
    count: f64,
    mean: f64,
    /// Sum of the squared distances from the mean.
    squares: f64,
}

impl MeanStd {
    pub(crate) fn apply(&mut self, reward: f32) -> f32 {
        let reward = f64::from(reward);
        self.count += 1.0;
        let distance = reward - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (reward - self.mean);
        let deviation = (self.squares / self.count).sqrt();
        if deviation > 0.0 { ((reward - self.mean) / deviation) as f32 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transformed(scale: f32, shift: f32) -> Vec<f32> {
        let mut mean_std = MeanStd::default();
        (0..1000).map(|row| mean_std.apply(((row * 7919) % 97) as f32 * scale + shift)).collect()
    }

    #[test]
    fn scale_and_shift_do_not_matter_and_the_last_row_is_as_the_textbook_has_it() {
        let plain = transformed(1.0, 0.0);
        for (a, b) in plain.iter().zip(transformed(1000.0, -3.0)) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
        let rows: Vec<f64> = (0..1000).map(|row| f64::from((row * 7919) % 97)).collect();
        let mean = rows.iter().sum::<f64>() / 1000.0;
        let deviation = (rows.iter().map(|row| (row - mean).powi(2)).sum::<f64>() / 1000.0).sqrt();
        assert!((f64::from(plain[999]) - (rows[999] - mean) / deviation).abs() < 1e-5);
        assert_eq!(plain[0], 0.0);
    }
}
