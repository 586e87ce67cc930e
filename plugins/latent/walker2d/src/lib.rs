//! Latent reward for LaRe: Walk ahead without falling, with small torques (Walker2d-v4).
//! Written from the task's description alone: the fewest columns that matter, nothing tuned, no division by what may be zero.
//! Speed ahead and torques are terms of the true reward; the others say what keeps it up.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-walker2d",
    summary: "Walk ahead without falling, with small torques",
    observation: Observation {
        position: [f32; 8] = "1",
        velocity: [f32; 9] = "1" in -10.0..=10.0,
    },
    action: Action { control: [f32; 6] = "1" in -1.0..=1.0 },
    factors: Factors {
        forward: "velocity ahead" in -10.0..=10.0,
        upright: "minus the squared angle of the torso" in ..=0.0,
        height: "height of the torso",
        effort: "minus the squared torques" in ..=0.0,
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    Factors {
        forward: next.velocity[0],
        upright: -next.position[1] * next.position[1],
        height: next.position[0],
        effort: -norm_squared(&action.control),
    }
}
