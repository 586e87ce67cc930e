//! The Pendulum reward with three mistakes that authors make. It compiles, runs, and looks right on one row; the verifier says
//! what is wrong. Shows what a failing report looks like.

use std::sync::atomic::{AtomicU32, Ordering};

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "pendulum-broken",
    summary: "Pendulum-v1's cost, got wrong",
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    factors: Factors {
        angle: "minus the squared angle from upright, in rad²" in -9.8697..=0.0,
        velocity: "minus the squared angular velocity" weight 0.1 in -64.0..=0.0,
        smoothness: "minus the squared change of the torque" weight 0.001 in -16.0..=0.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    /// Bits of the torque of the call before.
    static BEFORE: AtomicU32 = AtomicU32::new(0);

    let angle = math::atan2(observation.sin, observation.cos);
    // Meant to keep the velocity within 8, it gives 8 for every velocity.
    let velocity = math::max(math::clamp(observation.velocity, -8.0, 8.0), 8.0);
    // The row before in the batch need not be the step before.
    let before = f32::from_bits(BEFORE.swap(action.torque.to_bits(), Ordering::Relaxed));
    let change = action.torque - before;
    // A cost without its minus: it pays for hanging down, and leaves the declared range.
    Factors { angle: angle * angle, velocity: -velocity * velocity, smoothness: -change * change }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_looks_right_alone() {
        let mut factors = [0.0; 3];
        Plugin::step(&[1.0, 0.0, 8.0], &[0.0], &[], &mut factors);
        assert_eq!(factors, [0.0, -64.0, 0.0]);
    }
}
