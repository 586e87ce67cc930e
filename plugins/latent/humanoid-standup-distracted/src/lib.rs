//! The factors of `latent-humanoid-standup` and eight more that tell nothing of the task: what does LaRe make of distractors?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-humanoid-standup-distracted",
    summary: "Get a lying body to stand up, with small torques and without hard impacts",
    observation: Observation {
        position: [f32; 22] = "1",
        velocity: [f32; 23] = "1",
        _inertia: [f32; 140] = "1",
        _body_velocity: [f32; 84] = "1",
        _actuator_force: [f32; 23] = "1",
        contact_force: [f32; 84] = "1",
    },
    action: Action { control: [f32; 17] = "1" in -0.4..=0.4 },
    factors: Factors {
        height: "height of the torso",
        rise: "velocity of the torso upward",
        effort: "minus the squared torques" in ..=0.0,
        impact: "minus the squared contact forces, in thousands and at most ten" in -10.0..=0.0,
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
        height: next.position[0],
        rise: next.velocity[2],
        effort: -norm_squared(&action.control),
        impact: -math::min(norm_squared(&next.contact_force) / 1000.0, 10.0),
        noise_1: next.position[9],
        noise_2: next.position[12] * next.position[15],
        noise_3: math::sin(3.0 * next.velocity[14]),
        noise_4: next.velocity[9],
        noise_5: math::cos(5.0 * next.position[18]),
        noise_6: next.velocity[18] * next.position[11],
        noise_7: next.position[20],
        noise_8: next.velocity[16] * next.velocity[20],
    }
}
