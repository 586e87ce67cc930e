//! The tag reward with one factor wrong: it takes the nearest predator for the nearest prey. What does LaRe make of a mistake?

use meed_guest::prelude::*;

include!("../../tag-6/src/judge.rs");

/// A predator closer than this has caught the prey.
const REACH: f32 = 0.125;

meed_guest::transition! {
    name: "latent-tag-6-wrong",
    summary: "The tag reward, its first factor mistaken",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        _position: [f32; 2] = "1",
        _nearest_obstacles: [f32; 6] = "1",
        #[only(next)]
        nearest_predators: [f32; 10] = "1",
        #[only(next)]
        nearest_prey: [f32; 4] = "1",
        #[only(next)]
        prey_velocity: [f32; 4] = "1",
    },
    factors: Factors {
        near: "minus the distance of the nearest predator, taken for the prey's" in ..=0.0,
        caught: "1 where the agent touches it" weight 5.0 in 0.0..=1.0,
        closing: "how fast it comes nearer, times its distance" weight 0.1,
        flank: "1 where the nearest predator is on its other side, -1 where it is on this one" weight 0.1 in -1.01..=1.01,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: -distance(&pair(&next.nearest_predators), &[0.0, 0.0]),
        caught: if to_prey(next) < REACH { 1.0 } else { 0.0 },
        closing: closing(next),
        flank: flank(next),
    }
}
