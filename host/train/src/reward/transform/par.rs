//! Preference as reward: how a reward compares with those of references, squashed so that none is beyond all measure.

use serde::{Deserialize, Serialize};

/// `(1/M) sum over m of sigmoid(k (r - reference m))`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Par {
    pub(crate) steepness: f32,
    pub(crate) references: Vec<f32>,
}

impl Par {
    pub(crate) fn apply(&self, reward: f32) -> f32 {
        let sigmoid = |reference: &f32| 1.0 / (1.0 + (-self.steepness * (reward - reference)).exp());
        self.references.iter().map(sigmoid).sum::<f32>() / self.references.len() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_between_0_and_1_is_a_half_at_the_reference_and_ignores_a_shift_of_both() {
        let par = |references: &[f32]| Par { steepness: 2.0, references: references.to_vec() };
        assert_eq!(par(&[3.0]).apply(3.0), 0.5);
        for reward in [-5.0, -1.0, 0.0, 0.5, 5.0] {
            let value = par(&[0.0, 1.0]).apply(reward);
            assert!(value > 0.0 && value < 1.0, "{value}");
            assert!((value - par(&[16.0, 17.0]).apply(reward + 16.0)).abs() < 1e-6);
            assert!(par(&[0.0, 1.0]).apply(reward + 0.1) > value);
        }
        // The sigmoid of 2 and of 0, by hand.
        assert!((par(&[0.0, 1.0]).apply(1.0) - (0.880_797 + 0.5) / 2.0).abs() < 1e-5);
    }
}
