//! Triangle Area: three agents span a triangle as large as they can, around three landmarks they should not hit.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::layout::Row;
use super::{Body, EPISODE, Flavor, World, action, difference, length, planar};
use crate::EnvSpec;
use crate::vectorised::Dynamics;

const AGENTS: usize = 3;
const PUSH: f64 = 5.0;
/// Half the sides of the squares in which agents and landmarks begin.
const AGENTS_REACH: f64 = 0.2;
const LANDMARKS_REACH: f64 = 1.5;

/// `lare/triangle-area`. Every agent gets the same: three times a tenth of the area, minus 1 for every agent on a landmark.
pub(crate) struct Area {
    world: World,
}

impl Area {
    pub(crate) fn new() -> Self {
        let movers = vec![Body::agent(0.15, PUSH, f64::INFINITY); AGENTS];
        let landmarks = vec![Body::landmark(0.4, true); AGENTS];
        Area { world: World { flavor: Flavor::Lare, movers, landmarks, contact: None } }
    }

    fn hits(&self, state: &[f64], agent: usize) -> usize {
        let here = self.world.position(state, agent);
        let reach = |landmark: usize| self.world.movers[agent].radius + self.world.landmarks[landmark].radius;
        let distance = |landmark| length(difference(here, self.world.landmark(state, landmark)));
        (0..AGENTS).filter(|landmark| distance(*landmark) < reach(*landmark)).count()
    }

    /// Computes the area from the sides, after Heron, as the original does.
    fn area(&self, state: &[f64]) -> f64 {
        let side = |a, b| length(difference(self.world.position(state, a), self.world.position(state, b)));
        let (a, b, c) = (side(0, 1), side(0, 2), side(1, 2));
        let half = (a + b + c) / 2.0;
        // Agents in a line can make the product slightly negative.
        (half * (half - a) * (half - b) * (half - c)).max(0.0).sqrt()
    }
}

impl Dynamics for Area {
    type State = Vec<f64>;

    fn spec(&self) -> EnvSpec {
        let (action, action_space) = action();
        EnvSpec {
            id: "lare/triangle-area".into(),
            agents: AGENTS,
            observation: planar(&[("velocity", 1), ("position", 1), ("landmarks", AGENTS), ("others", AGENTS - 1)]),
            action,
            action_space,
            max_episode_steps: Some(EPISODE),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        let mut places = |reach: f64| -> Vec<[f64; 2]> {
            (0..AGENTS).map(|_| [rng.random_range(-reach..reach), rng.random_range(-reach..reach)]).collect()
        };
        let agents = places(AGENTS_REACH);
        World::at_rest(agents, places(LANDMARKS_REACH))
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        let world = &self.world;
        let width = observation.len() / AGENTS;
        for (agent, row) in observation.chunks_exact_mut(width).enumerate() {
            let here = world.position(state, agent);
            let mut row = Row::begin(row, world.velocity(state, agent), here);
            (0..AGENTS).for_each(|landmark| row.place(world.landmark(state, landmark)));
            let mut others: Vec<[f64; 2]> =
                (0..AGENTS).filter(|other| *other != agent).map(|other| world.position(state, other)).collect();
            others.sort_by(|[ax, ay], [bx, by]| ax.total_cmp(bx).then(ay.total_cmp(by)));
            others.into_iter().for_each(|other| row.place(other));
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let directions: Vec<_> = action.iter().map(|action| self.world.direction(*action)).collect();
        self.world.step(state, &directions);
        let area = self.area(state);
        reward.fill((0..AGENTS).map(|agent| area * 0.1 - self.hits(state, agent) as f64).sum());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_for_all_and_so_does_every_hit() {
        let area = Area::new();
        let far = [[50.0, 0.0], [60.0, 0.0], [70.0, 0.0]];
        let mut reward = [0.0; 3];
        // Sides of 3, 4 and 5: an area of 6.
        area.step(&mut World::at_rest([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]], far), &[0.0; 3], &mut reward);
        assert!(reward.iter().all(|reward| (reward - 1.8).abs() < 1e-9), "{reward:?}");
        // In a line: nothing, and nothing that is not a number.
        area.step(&mut World::at_rest([[0.0, 0.0], [0.7, 0.7], [2.1, 2.1]], far), &[0.0; 3], &mut reward);
        assert!(reward.iter().all(|reward| reward.abs() < 1e-6), "{reward:?}");
        // An agent pushing into a landmark that it has reached: the area of the next state, minus 1.
        let mut state = World::at_rest([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]], [[-0.54, 0.0], [60.0, 0.0], [70.0, 0.0]]);
        state[2] = -2.0;
        area.step(&mut state, &[2.0, 0.0, 0.0], &mut reward);
        let expected = 3.0 * 0.1 * 0.5 * 4.0 * (3.0 - state[0]) - 1.0;
        assert!(state[0] < 0.0 && (reward[2] - expected).abs() < 1e-9, "{reward:?} for {expected}, {state:?}");
    }

    #[test]
    fn a_row_holds_the_others_from_left_to_right() {
        let area = Area::new();
        let state = World::at_rest([[0.0, 1.0], [3.0, 0.0], [-2.0, 4.0]], [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]);
        let mut rows = [0.0; 42];
        area.observe(&state, &mut rows);
        assert_eq!(rows[..14], [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 2.0, 1.0, 3.0, 2.0, -2.0, 3.0, 3.0, -1.0]);
    }
}
