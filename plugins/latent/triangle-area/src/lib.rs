//! LaRe's triangle area, written from the task's description: three agents span a large triangle around landmarks to be avoided.
//! What counts as a hit is what the environment's documentation says; area and hits are what the true reward is made of.

use meed_guest::prelude::*;

include!("judge.rs");

meed_guest::transition! {
    name: "latent-triangle-area",
    summary: "A large triangle, and no landmark hit",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        _position: [f32; 2] = "1",
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
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors { area: area(next.others), hits: -hits(next), room: room(next), calm: -dot(&next.velocity, &next.velocity) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_that_of_the_triangle_and_a_landmark_underfoot_counts() {
        let mut next = [9.0; 14];
        (next[0], next[1]) = (0.0, 2.0);
        next[10..].copy_from_slice(&[3.0, 0.0, 0.0, 4.0]);
        let mut out = [0.0; 4];
        Plugin::step(&[], &[], &next, &mut out);
        assert_eq!(out, [6.0, 0.0, 1.0, -4.0]);
        (next[4], next[5]) = (0.3, 0.4);
        Plugin::step(&[], &[], &next, &mut out);
        assert_eq!(out, [6.0, -1.0, 0.5, -4.0]);
    }
}
