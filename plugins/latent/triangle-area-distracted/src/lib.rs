//! The triangle-area reward with eight factors more that have nothing to do with the task: for a decoder to find out.

use meed_guest::prelude::*;

include!("../../triangle-area/src/judge.rs");

meed_guest::transition! {
    name: "latent-triangle-area-distracted",
    summary: "The triangle-area reward, and eight factors beside the point",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        #[only(next)]
        position: [f32; 2] = "1",
        #[only(next)]
        landmarks: [f32; 6] = "1",
        #[only(next)]
        others: [f32; 4] = "1",
    },
    factors: Factors {
        area: "area of the triangle of the three agents" weight 0.1 in 0.0..,
        hits: "minus the landmarks that the agent hits" in -3.0..=0.0,
        room: "distance of the nearest landmark, at most 1" weight 0.1 in 0.0..=1.0,
        calm: "minus the squared speed" weight 0.001 in ..=0.0,
        left: "the agent's own place, x" weight 0.0,
        up: "the agent's own place, y" weight 0.0,
        slant: "the product of both velocities" weight 0.0,
        east: "how far the first landmark is to the right" weight 0.0,
        north: "how far the first landmark is above" weight 0.0,
        wave: "a wave of the agent's own place" weight 0.0 in -1.0..=1.0,
        drift: "its speed to the right" weight 0.0,
        rise: "its speed upwards" weight 0.0,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        area: area(next.others),
        hits: -hits(next),
        room: room(next),
        calm: -dot(&next.velocity, &next.velocity),
        left: next.position[0],
        up: next.position[1],
        slant: next.velocity[0] * next.velocity[1],
        east: next.landmarks[0],
        north: next.landmarks[1],
        wave: math::sin(3.0 * next.position[0]),
        drift: next.velocity[0],
        rise: next.velocity[1],
    }
}
