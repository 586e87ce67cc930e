//! Pays an agent for its distance to the nearest of thirty others. Shows a loop over the columns of a row.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "nearest",
    summary: "Distance to the nearest of thirty agents",
    observation: Observation { position: [f32; 2] = "m", others: [f32; 60] = "m" },
    factors: Factors {
        room: "distance to the nearest other agent, at most 1" in 0.0..=1.0,
        crowd: "minus the number of agents closer than 0.3" weight 0.5 in -30.0..=0.0,
    },
    reward: reward(observation),
}

fn reward(observation: &Observation) -> Factors {
    let [x, y] = observation.position;
    let (mut nearest, mut crowd) = (1.0, 0.0);
    for other in observation.others.chunks_exact(2) {
        let (dx, dy) = (other[0] - x, other[1] - y);
        let squared = dx * dx + dy * dy;
        nearest = math::min(nearest, squared);
        if squared < 0.09 {
            crowd -= 1.0;
        }
    }
    Factors { room: math::sqrt(nearest), crowd }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_counts_and_so_does_every_close_one() {
        let mut factors = [0.0; 2];
        let mut observation = [9.0; 62];
        observation[..4].copy_from_slice(&[0.0, 0.0, 0.3, 0.4]);
        Plugin::step(&observation, &[], &[], &mut factors);
        assert_eq!(factors, [0.5, 0.0]);
        observation[60..].copy_from_slice(&[-0.25, 0.0]);
        Plugin::step(&observation, &[], &[], &mut factors);
        assert_eq!(factors, [0.25, -1.0]);
    }
}
