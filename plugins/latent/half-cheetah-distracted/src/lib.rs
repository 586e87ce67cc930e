//! The factors of `latent-half-cheetah` and eight more that tell nothing of the task: what does LaRe make of distractors?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-half-cheetah-distracted",
    summary: "Run ahead as fast as possible with small torques",
    observation: Observation {
        position: [f32; 8] = "1",
        velocity: [f32; 9] = "1",
    },
    action: Action { control: [f32; 6] = "1" in -1.0..=1.0 },
    factors: Factors {
        forward: "velocity along the track",
        effort: "minus the squared torques" in ..=0.0,
        noise_1: "a joint: tells nothing of the task",
        noise_2: "a product of joints: tells nothing of the task",
        noise_3: "a wave of a joint's speed: tells nothing of the task",
        noise_4: "a joint's speed: tells nothing of the task",
        noise_5: "a wave of a joint: tells nothing of the task",
        noise_6: "speed times joint: tells nothing of the task",
        noise_7: "another joint: tells nothing of the task",
        noise_8: "a product of speeds: tells nothing of the task",
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    Factors {
        forward: next.velocity[0],
        effort: -norm_squared(&action.control),
        noise_1: next.position[2],
        noise_2: next.position[5] * next.position[3],
        noise_3: math::sin(3.0 * next.velocity[4]),
        noise_4: next.velocity[6],
        noise_5: math::cos(5.0 * next.position[7]),
        noise_6: next.velocity[8] * next.position[4],
        noise_7: next.position[6],
        noise_8: next.velocity[3] * next.velocity[5],
    }
}
