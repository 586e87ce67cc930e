//! The tag reward with eight factors more that have nothing to do with the task: for a decoder to find out.

use meed_guest::prelude::*;

include!("../../tag-6/src/judge.rs");

/// A predator closer than this has caught the prey.
const REACH: f32 = 0.125;

meed_guest::transition! {
    name: "latent-tag-6-distracted",
    summary: "The tag reward, and eight factors beside the point",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        #[only(next)]
        position: [f32; 2] = "1",
        #[only(next)]
        nearest_obstacles: [f32; 6] = "1",
        #[only(next)]
        nearest_predators: [f32; 10] = "1",
        #[only(next)]
        nearest_prey: [f32; 4] = "1",
        #[only(next)]
        prey_velocity: [f32; 4] = "1",
    },
    factors: Factors {
        near: "minus the distance of the nearest prey" in ..=0.0,
        caught: "1 where the agent touches it" weight 5.0 in 0.0..=1.0,
        closing: "how fast it comes nearer, times its distance" weight 0.1,
        flank: "1 where the nearest predator is on its other side, -1 where it is on this one" weight 0.1 in -1.01..=1.01,
        left: "the agent's own place, x" weight 0.0,
        up: "the agent's own place, y" weight 0.0,
        slant: "the product of both velocities" weight 0.0,
        far_obstacle: "distance of the farthest obstacle" weight 0.0 in 0.0..,
        far_predator: "distance of the farthest predator" weight 0.0 in 0.0..,
        wave: "a wave of the agent's own place" weight 0.0 in -1.0..=1.0,
        drift: "its speed to the right" weight 0.0,
        rise: "its speed upwards" weight 0.0,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: -to_prey(next),
        caught: if to_prey(next) < REACH { 1.0 } else { 0.0 },
        closing: closing(next),
        flank: flank(next),
        left: next.position[0],
        up: next.position[1],
        slant: next.velocity[0] * next.velocity[1],
        far_obstacle: distance(&pair(&next.nearest_obstacles[4..]), &[0.0, 0.0]),
        far_predator: distance(&pair(&next.nearest_predators[8..]), &[0.0, 0.0]),
        wave: math::sin(3.0 * next.position[0]),
        drift: next.velocity[0],
        rise: next.velocity[1],
    }
}
