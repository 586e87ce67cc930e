//! The cost of Gymnasium's Pendulum-v1, term by term: with the default weights the factors add up to the environment's own
//! reward. Shows a plain transition reward: a description, and a function of two typed rows.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "pendulum",
    summary: "Pendulum-v1's own cost, term by term",
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    factors: Factors {
        angle: "minus the squared angle from upright, in rad²" in -9.8697..=0.0,
        velocity: "minus the squared angular velocity" weight 0.1 in -64.0..=0.0,
        torque: "minus the squared torque that the motor can give" weight 0.001 in -4.0..=0.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    let angle = math::atan2(observation.sin, observation.cos);
    let torque = math::clamp(action.torque, -2.0, 2.0);
    Factors { angle: -angle * angle, velocity: -observation.velocity * observation.velocity, torque: -torque * torque }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weighted_sum_is_gymnasiums_reward() {
        let mut factors = [0.0; 3];
        let angle = 2.0_f32;
        Plugin::step(&[math::cos(angle), math::sin(angle), 3.0], &[-5.0], &[], &mut factors);
        let sum: f32 = factors.iter().zip([1.0, 0.1, 0.001]).map(|(factor, weight)| factor * weight).sum();
        assert!((sum + (4.0 + 0.1 * 9.0 + 0.001 * 4.0)).abs() < 1e-5, "{sum}");
    }
}
