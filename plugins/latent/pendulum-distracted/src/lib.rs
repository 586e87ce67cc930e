//! The factors of `latent-pendulum` and eight numbers more, as good as drawn by chance: what does LaRe make of distractors?

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
        noise_1: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_2: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_3: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_4: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_5: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_6: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_7: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
        noise_8: "drawn from the row by chance: tells nothing of the task" in -1.0..=1.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    // A row too narrow for columns that tell nothing: a hash of it, the same in every run.
    let row = 12.99 * observation.cos + 78.23 * observation.sin + 37.72 * observation.velocity + 93.99 * action.torque;
    let noise = |which: f32| math::fract(4_375.85 * math::sin(row + which));
    Factors {
        upright: observation.cos,
        calm: -observation.velocity * observation.velocity / 64.0,
        effort: -action.torque * action.torque / 4.0,
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
