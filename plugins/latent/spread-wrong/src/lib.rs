//! The spread reward with one factor wrong: it takes the nearest agent for the nearest landmark. What does LaRe make of a mistake?

use meed_guest::prelude::*;

include!("../../spread/src/judge.rs");

meed_guest::transition! {
    name: "latent-spread-wrong",
    summary: "The spread reward, its first factor mistaken",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        _position: [f32; 2] = "1",
        #[only(next)]
        nearest_landmarks: [f32; 12] = "1",
        #[only(next)]
        nearest_others: [f32; 10] = "1",
    },
    factors: Factors {
        near: "minus the distance of the nearest agent, taken for the landmark's" in ..=0.0,
        rivals: "minus the agents that are nearer to it" weight 0.2 in -5.0..=0.0,
        touching: "minus the agents that touch this one" weight 1.0 in -5.0..=0.0,
        calm: "minus the squared speed" weight 0.01 in ..=0.0,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: -distance(&at(&next.nearest_others, 0), &[0.0, 0.0]),
        rivals: -rivals(next),
        touching: -touching(next),
        calm: -dot(&next.velocity, &next.velocity),
    }
}
