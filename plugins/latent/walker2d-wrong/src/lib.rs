//! The factors of `latent-walker2d`, one of them wrong: the velocity is taken from the column after it. What does LaRe make of a mistake?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-walker2d-wrong",
    summary: "Walk ahead without falling, with small torques",
    observation: Observation {
        position: [f32; 8] = "1",
        velocity: [f32; 9] = "1" in -10.0..=10.0,
    },
    action: Action { control: [f32; 6] = "1" in -1.0..=1.0 },
    factors: Factors {
        forward: "velocity upward, taken for the one ahead" in -10.0..=10.0,
        upright: "minus the squared angle of the torso" in ..=0.0,
        height: "height of the torso",
        effort: "minus the squared torques" in ..=0.0,
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    Factors {
        forward: next.velocity[1],
        upright: -next.position[1] * next.position[1],
        height: next.position[0],
        effort: -norm_squared(&action.control),
    }
}
