//! LaRe's tag with 6 predators, written from the task's description: reach the prey, together.
//! How near is caught is read off the radii that the environment's documentation gives; the true reward has the first two factors, too,
//! caught at a slightly larger distance.

use meed_guest::prelude::*;

include!("judge.rs");

/// A predator closer than this has caught the prey.
const REACH: f32 = 0.125;

meed_guest::transition! {
    name: "latent-tag-6",
    summary: "Near the prey, closing in, from two sides",
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
        near: "minus the distance of the nearest prey" in ..=0.0,
        caught: "1 where the agent touches it" weight 5.0 in 0.0..=1.0,
        closing: "how fast it comes nearer, times its distance" weight 0.1,
        flank: "1 where the nearest predator is on its other side, -1 where it is on this one" weight 0.1 in -1.01..=1.01,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: -to_prey(next),
        caught: if to_prey(next) < REACH { 1.0 } else { 0.0 },
        closing: closing(next),
        flank: flank(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prey_between_two_predators_is_as_good_as_caught() {
        let mut next = [0.0; 28];
        (next[0], next[20], next[10]) = (2.0, 0.5, 1.5);
        next[24] = 1.0;
        let mut out = [0.0; 4];
        Plugin::step(&[], &[], &next, &mut out);
        assert_eq!(out, [-0.5, 0.0, 0.5, 1.0]);
        // Caught, with nothing divided by zero.
        next[20] = 0.0;
        Plugin::step(&[], &[], &next, &mut out);
        assert_eq!(out, [0.0, 1.0, 0.0, 0.0]);
    }
}
