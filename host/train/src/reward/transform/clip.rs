//! Nothing to gain beyond a threshold: an agent that is good enough has no reason to repeat what made it so.

use serde::{Deserialize, Serialize};

/// `min(r - threshold, 0)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Clip {
    pub(crate) threshold: f32,
}

impl Clip {
    pub(crate) fn apply(&self, reward: f32) -> f32 {
        (reward - self.threshold).min(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeating_a_good_step_gains_nothing() {
        let clip = Clip { threshold: 0.9 };
        // A return of 1.4 before the repetitions, in steps of 0.7, and 0.95 again and again: -0.4 however often.
        for repetitions in [2, 10, 100] {
            let steps = [0.7, 0.7].into_iter().chain(std::iter::repeat_n(0.95, repetitions));
            let total: f32 = steps.map(|reward| clip.apply(reward)).sum();
            assert!((total + 0.4).abs() < 1e-5, "{total}");
        }
    }
}
