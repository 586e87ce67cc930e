//! The triangle-area reward with one factor wrong: it takes the landmarks' triangle for the agents'. What does LaRe make of a mistake?

use meed_guest::prelude::*;

include!("../../triangle-area/src/judge.rs");

meed_guest::transition! {
    name: "latent-triangle-area-wrong",
    summary: "The triangle-area reward, its first factor mistaken",
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
        area: "area of the triangle of the three landmarks, taken for the agents'" weight 0.1 in 0.0..,
        hits: "minus the landmarks that the agent hits" in -3.0..=0.0,
        room: "distance of the nearest landmark, at most 1" weight 0.1 in 0.0..=1.0,
        calm: "minus the squared speed" weight 0.001 in ..=0.0,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    let [x, y, ax, ay, bx, by] = next.landmarks;
    let landmarks = area([ax - x, ay - y, bx - x, by - y]);
    Factors { area: landmarks, hits: -hits(next), room: room(next), calm: -dot(&next.velocity, &next.velocity) }
}
