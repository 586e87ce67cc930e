//! The factors of `latent-cartpole` and eight numbers more, as good as drawn by chance: what does LaRe make of distractors?

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
        noise_1: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_2: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_3: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_4: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_5: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_6: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_7: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_8: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
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
    // A row too narrow for columns that tell nothing: a hash of it, the same in every run.
    let row = 12.99 * observation.position
        + 78.23 * observation.velocity
        + 37.72 * observation.angle
        + 93.99 * observation.angular_velocity;
    let noise = |which: f32| math::fract(4_375.85 * math::sin(row + which));
    Factors {
        upright: left(observation.angle / FALLEN),
        centred: left(observation.position / TRACK),
        noise_1: noise(1.0),
        noise_2: noise(2.0),
        noise_3: noise(3.0),
        noise_4: noise(4.0),
        noise_5: noise(5.0),
        noise_6: noise(6.0),
        noise_7: noise(7.0),
        noise_8: noise(8.0),
    }
}
