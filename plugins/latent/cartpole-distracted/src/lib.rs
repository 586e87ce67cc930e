//! The factors of `latent-cartpole` and eight more that tell nothing of the task: what does LaRe make of distractors?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-cartpole-distracted",
    summary: "Keep a pole on a cart up",
    observation: Observation {
        position: f32 = "m" in -4.8..=4.8,
        velocity: f32 = "m/s",
        angle: f32 = "rad" in -0.41887903..=0.41887903,
        angular_velocity: f32 = "rad/s",
    },
    action: Action { _push: f32 = "index" in 0.0..=1.0 },
    factors: Factors {
        upright: "1 less the squared share of the angle at which it counts as fallen" in ..=1.0,
        centred: "1 less the squared share of the way to the end of the track" in ..=1.0,
        noise_1: "velocity: tells nothing of the task",
        noise_2: "position: tells nothing of the task",
        noise_3: "angle: tells nothing of the task",
        noise_4: "velocity times angle: tells nothing of the task",
        noise_5: "a wave of the angular velocity: tells nothing of the task",
        noise_6: "a wave of the position: tells nothing of the task",
        noise_7: "angular velocity: tells nothing of the task",
        noise_8: "squared velocity: tells nothing of the task",
    },
    reward: reward(observation),
}

/// The angle in radians and the position in metres beyond which an episode ends.
const FALLEN: f32 = 0.209_439_51;
const TRACK: f32 = 2.4;

fn left(share: f32) -> f32 {
    1.0 - share * share
}

fn reward(observation: &Observation) -> Factors {
    Factors {
        upright: left(observation.angle / FALLEN),
        centred: left(observation.position / TRACK),
        noise_1: observation.velocity,
        noise_2: observation.position,
        noise_3: observation.angle,
        noise_4: observation.velocity * observation.angle,
        noise_5: math::sin(3.0 * observation.angular_velocity),
        noise_6: math::cos(5.0 * observation.position),
        noise_7: observation.angular_velocity,
        noise_8: observation.velocity * observation.velocity,
    }
}
