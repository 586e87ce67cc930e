//! The factors of `latent-pendulum` and eight more that tell nothing of the task: what does LaRe make of distractors?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-pendulum-distracted",
    summary: "Swing a pendulum up and hold it there",
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    factors: Factors {
        upright: "height of the tip, 1 upright" in -1.0..=1.0,
        calm: "minus the squared velocity, as a share of the largest" in -1.0..=0.0,
        effort: "minus the squared torque, as a share of the largest" in ..=0.0,
        noise_1: "sine: tells nothing of the task",
        noise_2: "sine times velocity: tells nothing of the task",
        noise_3: "cubed sine: tells nothing of the task",
        noise_4: "velocity: tells nothing of the task",
        noise_5: "a wave of the velocity: tells nothing of the task",
        noise_6: "a wave of the torque: tells nothing of the task",
        noise_7: "torque: tells nothing of the task",
        noise_8: "sine times torque: tells nothing of the task",
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    Factors {
        upright: observation.cos,
        calm: -observation.velocity * observation.velocity / 64.0,
        effort: -action.torque * action.torque / 4.0,
        noise_1: observation.sin,
        noise_2: observation.sin * observation.velocity,
        noise_3: observation.sin * observation.sin * observation.sin,
        noise_4: observation.velocity,
        noise_5: math::sin(3.0 * observation.velocity),
        noise_6: math::cos(5.0 * action.torque),
        noise_7: action.torque,
        noise_8: observation.sin * action.torque,
    }
}
