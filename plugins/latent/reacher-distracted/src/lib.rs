//! The factors of `latent-reacher` and eight more that tell nothing of the task: what does LaRe make of distractors?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-reacher-distracted",
    summary: "Bring a two-jointed arm's fingertip to a target with small torques",
    observation: Observation {
        cos: [f32; 2] = "1" in -1.0..=1.0,
        sin: [f32; 2] = "1" in -1.0..=1.0,
        target: [f32; 2] = "1",
        velocity: [f32; 2] = "1",
        distance: [f32; 3] = "1",
    },
    action: Action { control: [f32; 2] = "1" in -1.0..=1.0 },
    factors: Factors {
        closeness: "minus the distance from fingertip to target" in ..=0.0,
        effort: "minus the squared torques" in ..=0.0,
        noise_1: "cosine of the shoulder: tells nothing of the task",
        noise_2: "sine of the elbow: tells nothing of the task",
        noise_3: "a product of angles: tells nothing of the task",
        noise_4: "speed of the shoulder: tells nothing of the task",
        noise_5: "a wave of the elbow's speed: tells nothing of the task",
        noise_6: "a product of the target's place: tells nothing of the task",
        noise_7: "angle times speed: tells nothing of the task",
        noise_8: "a wave of the target's place: tells nothing of the task",
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    Factors {
        closeness: -norm(&observation.distance),
        effort: -norm_squared(&action.control),
        noise_1: observation.cos[0],
        noise_2: observation.sin[1],
        noise_3: observation.cos[1] * observation.sin[0],
        noise_4: observation.velocity[0],
        noise_5: math::sin(3.0 * observation.velocity[1]),
        noise_6: observation.target[0] * observation.target[1],
        noise_7: observation.cos[0] * observation.velocity[1],
        noise_8: math::cos(5.0 * observation.target[1]),
    }
}
