//! MountainCarContinuous-v0: the mountain car with an engine that can be throttled, paid for by what it burns.

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::mountain_car::{GRAVITY, MAX_POSITION, MAX_SPEED, MIN_POSITION, observation};
use crate::vectorised::Dynamics;
use crate::{ActionSpace, EnvSpec};

const GOAL: f32 = 0.45;
const POWER: f64 = 0.0015;

/// State: position, velocity, both of single precision: Gymnasium keeps what a step led to in an f32 array and computes with it.
/// A seeded first state of its own is f64 for one step; here it is f32 from the beginning.
pub(crate) struct MountainCarContinuous;

impl Dynamics for MountainCarContinuous {
    type State = [f64; 2];

    fn spec(&self) -> EnvSpec {
        EnvSpec {
            id: "MountainCarContinuous-v0".into(),
            agents: 1,
            observation: observation(),
            action: vec![Field::new("throttle", 1, "1", -1.0, 1.0)],
            action_space: ActionSpace::Box { low: vec![-1.0], high: vec![1.0] },
            max_episode_steps: Some(999),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        [f64::from(rng.random_range(-0.6..-0.4_f32)), 0.0]
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        for (seen, value) in observation.iter_mut().zip(state) {
            *seen = *value as f32;
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let throttle = action[0];
        let (position, velocity) = (state[0] as f32, state[1] as f32);
        let slope = GRAVITY * f64::from(3.0 * position).cos();
        // NumPy computes in f32 with an f32 throttle, and in f64 with the number that stands in for one out of range.
        let push = if throttle.abs() > 1.0 {
            (f64::from(throttle.clamp(-1.0, 1.0)) * POWER - slope) as f32
        } else {
            throttle * POWER as f32 - slope as f32
        };
        let (speed, left, right) = (MAX_SPEED as f32, MIN_POSITION as f32, MAX_POSITION as f32);
        let velocity = (velocity + push).clamp(-speed, speed);
        let position = (position + velocity).clamp(left, right);
        // The wall on the left stops the car.
        let velocity = if position == left && velocity < 0.0 { 0.0 } else { velocity };
        *state = [f64::from(position), f64::from(velocity)];
        let arrived = position >= GOAL && velocity >= 0.0;
        // What lies beyond the throttle's range is paid for, too.
        reward.fill(if arrived { 100.0 } else { 0.0 } - f64::from(throttle).powi(2) * 0.1);
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_beyond_its_range_pushes_no_harder_but_costs_more() {
        let step = |throttle| {
            let (mut state, mut reward) = ([-0.5, 0.0], [0.0]);
            MountainCarContinuous.step(&mut state, &[throttle], &mut reward);
            (state, reward[0])
        };
        let (full, beyond) = (step(1.0), step(3.0));
        assert!((full.0[1] - beyond.0[1]).abs() < 1e-9);
        assert!((full.1 + 0.1).abs() < 1e-9 && (beyond.1 + 0.9).abs() < 1e-9);
    }
}
