//! To between 0 and 1, by what was seen so far.

use serde::{Deserialize, Serialize};

/// `(r - smallest) / (largest - smallest)` with the row itself among those seen; one half while all are the same.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MinMax {
    seen: Option<(f32, f32)>,
}

impl MinMax {
    pub(crate) fn apply(&mut self, reward: f32) -> f32 {
        let (smallest, largest) = self.seen.map_or((reward, reward), |(s, l)| (s.min(reward), l.max(reward)));
        self.seen = Some((smallest, largest));
        let (reward, smallest, largest) = (f64::from(reward), f64::from(smallest), f64::from(largest));
        if largest > smallest { ((reward - smallest) / (largest - smallest)) as f32 } else { 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_so_far_is_1_and_the_smallest_0_whatever_the_scale() {
        for (scale, shift) in [(1.0, 0.0), (-1e-3, 7.0), (1e30, -1e30)] {
            let mut min_max = MinMax::default();
            let values = [2.0, 4.0, 3.0, 0.0, 1.0].map(|reward| min_max.apply(reward * scale + shift));
            let expected = if scale > 0.0 { [0.5, 1.0, 0.5, 0.0, 0.25] } else { [0.5, 0.0, 0.5, 1.0, 0.75] };
            for (value, expected) in values.into_iter().zip(expected) {
                assert!((value - expected).abs() < 1e-3, "{values:?}");
            }
        }
    }
}
