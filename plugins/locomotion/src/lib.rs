//! What a walking robot is paid for: speed along its heading, staying upright, and sparing its motors. Shows a reward of many columns:
//! dot products, a length and an exponential a row.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "locomotion",
    summary: "Walk ahead, upright, without waste",
    observation: Observation {
        joints: [f32; 8] = "rad" in -3.2..=3.2,
        rates: [f32; 8] = "rad/s" in -20.0..=20.0,
        height: f32 = "m" in 0.0..=2.0,
    },
    action: Action { torque: [f32; 6] = "N m" in -1.0..=1.0 },
    factors: Factors {
        gait: "how well joints and their rates follow the pattern of a stride" weight 0.5,
        upright: "1 at the height of standing, falling with the distance from it" in 0.0..=1.0,
        effort: "minus the size of the torques" weight 0.1 in ..=0.0,
        smooth: "1 where the joints are at rest, falling with their speed" weight 0.2 in 0.0..=1.0,
    },
    reward: reward(observation, action),
}

/// The pattern that a stride follows, and the height of standing in metres.
const STRIDE: [f32; 8] = [0.31, -0.22, 0.17, 0.05, -0.31, 0.22, -0.17, -0.05];
const STANDING: f32 = 1.25;

fn reward(observation: &Observation, action: &Action) -> Factors {
    let Observation { joints, rates, height } = observation;
    let lift = height - STANDING;
    Factors {
        gait: dot(&STRIDE, joints) + 0.1 * dot(joints, rates),
        upright: math::exp(-4.0 * lift * lift),
        effort: -norm(&action.torque),
        smooth: math::exp(-0.1 * norm_squared(rates)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_still_at_full_height_is_upright_and_costs_nothing() {
        let mut factors = [0.0; 4];
        let mut observation = [0.0; 17];
        observation[16] = STANDING;
        Plugin::step(&observation, &[0.0; 6], &[], &mut factors);
        assert_eq!(factors, [0.0, 1.0, 0.0, 1.0]);
        Plugin::step(&observation, &[0.0, 0.3, 0.0, 0.0, -0.4, 0.0], &[], &mut factors);
        assert!((factors[2] + 0.5).abs() < 1e-6, "{}", factors[2]);
    }
}
