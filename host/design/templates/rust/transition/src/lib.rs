//! A transition reward for Gymnasium's Pendulum-v1: it scores each step on its own.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "{{name}}",
    summary: "Hang upright, without haste and without force",
    // All columns of a row, in order: a name, a type, a unit, a range.
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        // A field that the function doesn't read begins with an underscore.
        _sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    // What the function returns: each number with its meaning, its weight in the reward and its range.
    factors: Factors {
        upright: "height of the tip over the joint" in -1.0..=1.0,
        calm: "minus the squared angular velocity" weight 0.01 in -64.0..=0.0,
        effort: "minus the squared torque" weight 0.05 in -4.0..=0.0,
    },
    // The function, and what it takes: also `next`, `task`, `terminated`, `truncated`, `step`, ...
    reward: reward(observation, action),
}

/// Scores one step. The same numbers come out here and in the plugin, bit for bit.
fn reward(observation: &Observation, action: &Action) -> Factors {
    let torque = math::clamp(action.torque, -2.0, 2.0);
    Factors {
        upright: observation.cos,
        calm: -observation.velocity * observation.velocity,
        effort: -torque * torque,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(observation: [f32; 3], torque: f32) -> [f32; 3] {
        let mut factors = [0.0; 3];
        Plugin::step(&observation, &[torque], &[], &mut factors);
        factors
    }

    #[test]
    fn hanging_upright_at_rest_is_best() {
        assert_eq!(score([1.0, 0.0, 0.0], 0.0), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn force_counts_as_far_as_the_motor_goes() {
        assert_eq!(score([-1.0, 0.0, 3.0], 5.0), [-1.0, -9.0, -4.0]);
    }
}
