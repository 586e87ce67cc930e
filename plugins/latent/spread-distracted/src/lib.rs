//! The spread reward with eight factors more that have nothing to do with the task: for a decoder to find out.

use meed_guest::prelude::*;

include!("../../spread/src/judge.rs");

meed_guest::transition! {
    name: "latent-spread-distracted",
    summary: "The spread reward, and eight factors beside the point",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        #[only(next)]
        position: [f32; 2] = "1",
        #[only(next)]
        nearest_landmarks: [f32; 12] = "1",
        #[only(next)]
        nearest_others: [f32; 10] = "1",
    },
    factors: Factors {
        near: "minus the distance of the nearest landmark" in ..=0.0,
        rivals: "minus the agents that are nearer to it" weight 0.2 in -5.0..=0.0,
        touching: "minus the agents that touch this one" weight 1.0 in -5.0..=0.0,
        calm: "minus the squared speed" weight 0.01 in ..=0.0,
        left: "the agent's own place, x" weight 0.0,
        up: "the agent's own place, y" weight 0.0,
        slant: "the product of both velocities" weight 0.0,
        far_landmark: "distance of the farthest landmark seen" weight 0.0 in 0.0..,
        far_agent: "distance of the farthest agent seen" weight 0.0 in 0.0..,
        wave: "a wave of the agent's own place" weight 0.0 in -1.0..=1.0,
        drift: "its speed to the right" weight 0.0,
        rise: "its speed upwards" weight 0.0,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: -to_landmark(next),
        rivals: -rivals(next),
        touching: -touching(next),
        calm: -dot(&next.velocity, &next.velocity),
        left: next.position[0],
        up: next.position[1],
        slant: next.velocity[0] * next.velocity[1],
        far_landmark: distance(&at(&next.nearest_landmarks, 5), &[0.0, 0.0]),
        far_agent: distance(&at(&next.nearest_others, 4), &[0.0, 0.0]),
        wave: math::sin(3.0 * next.position[0]),
        drift: next.velocity[0],
        rise: next.velocity[1],
    }
}
