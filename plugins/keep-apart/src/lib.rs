//! Pays agents for keeping their distance from each other. Shows a multi-agent reward: it sees all agents of its time step, and
//! still gives every row its own score.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "keep-apart",
    summary: "Distance to the nearest other agent, and collisions",
    observation: Observation { position: [f32; 2] = "m", _velocity: [f32; 2] = "m/s" },
    factors: Factors {
        room: "distance to the nearest other agent, at most 1" in 0.0..=1.0,
        collisions: "minus the number of agents closer than 0.3" weight 0.5 in ..=0.0,
    },
    reward: reward(observation, group),
}

/// Abstains where an agent is alone.
fn reward(observation: &Observation, group: &Group<Observation>) -> Option<Factors> {
    if group.is_alone() {
        return None;
    }
    let (mut room, mut collisions) = (1.0, 0.0);
    for other in group.others() {
        let apart = distance(&observation.position, &group.observation(other).position);
        room = math::min(room, apart);
        collisions -= if apart < 0.3 { 1.0 } else { 0.0 };
    }
    Some(Factors { room, collisions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_sees_its_own_group_only() {
        let observation =
            [0.0, 0.0, 9.0, 9.0, 0.0, 0.25, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0, 3.0, 4.0, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0];
        let rows = Rows { rows: 5, observation: &observation, group_offsets: &[0, 2, 4, 5], ..Rows::default() };
        let scores = Plugin::evaluate(&rows);
        assert_eq!(scores.values, [0.25, -1.0, 0.25, -1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(scores.unscored.len(), 1);
        assert_eq!(Plugin::description().observation[1].name, "velocity");
    }
}
