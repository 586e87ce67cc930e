//! The tag reward with one factor the wrong way round: it calls distance from the prey good.

use meed_guest::prelude::*;

include!("../../tag-6/src/judge.rs");

/// A predator closer than this has caught the prey.
const REACH: f32 = 0.125;

meed_guest::transition! {
    name: "latent-tag-6-wrong",
    summary: "The tag reward, with its first factor turned round",
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
        near: "the distance of the nearest prey" in 0.0..,
        caught: "1 where the agent touches it" weight 5.0 in 0.0..=1.0,
        closing: "how fast it comes nearer, times its distance" weight 0.1,
        flank: "1 where the nearest predator is on its other side, -1 where it is on this one" weight 0.1 in -1.01..=1.01,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: to_prey(next),
        caught: if to_prey(next) < REACH { 1.0 } else { 0.0 },
        closing: closing(next),
        flank: flank(next),
    }
}
