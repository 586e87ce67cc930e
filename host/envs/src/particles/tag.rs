//! Tag: predators chase faster prey around obstacles.

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::layout::Row;
use super::{Body, EPISODE, Flavor, World, action, difference, length, planar};
use crate::EnvSpec;
use crate::vectorised::Dynamics;

const PREDATOR_PUSH: f64 = 3.0;
const PREDATOR_SPEED: f64 = 1.0;
const PREY_PUSH: f64 = 4.0;
const PREY_SPEED: f64 = 1.3;
/// How far ahead scripted prey looks: about what it covers in two steps.
const LOOKAHEAD: f64 = 0.2;
/// Half the side of the square that prey pays for leaving.
const EDGE: f64 = 0.9;

/// `mpe2/simple_tag-N`, `mpe2/simple_chase-N` and `lare/tag-N`, with N predators.
///
/// In mpe2's the prey are agents, too, after the predators: every predator gets 10 for every collision of any predator with any
/// prey, prey gets -10 for each of its own and pays for leaving the square. A prey's row is two numbers shorter than a
/// predator's, its own velocity among the prey's; zeros fill it up at the end. `simple_chase` is the same seen from the predators:
/// they alone are agents, and the prey runs by the rule below.
///
/// In LaRe's the predators are the agents: each gets 10 for each of its own collisions, minus a tenth of its distance from the
/// nearest prey. LaRe's prey follows a trained network that is not published with its licence; here it runs by a rule: of the
/// five actions the one that leads farthest from the nearest predator, minus a price for leaving the square.
pub(crate) struct Tag {
    world: World,
    predators: usize,
    /// Whether the prey are agents, too.
    prey_acts: bool,
    /// Half the side of the square in which predators and prey begin.
    reach: f64,
    /// Obstacles, predators and prey that a predator sees in LaRe's.
    seen: [usize; 3],
}

impl Tag {
    pub(crate) fn new(flavor: Flavor, predators: usize) -> Self {
        let (prey, obstacles) = match predators {
            ..4 => (1, 2),
            4..10 => (2, 3),
            10..20 => (5, 5),
            _ => (10, 10),
        };
        let (reach, [predator_radius, prey_radius, obstacle_radius], seen) = match (flavor, predators) {
            (Flavor::Mpe2, _) | (Flavor::Lare, ..4) => (1.0, [0.075, 0.05, 0.2], [2, 2, 1]),
            (Flavor::Lare, 4..10) => (1.5, [0.075, 0.05, 0.2], [3, 5, 2]),
            (Flavor::Lare, 10..20) => (1.0, [0.02, 0.01, 0.1], [3, 6, 3]),
            (Flavor::Lare, _) => (1.0, [0.01, 0.005, 0.05], [5, 6, 5]),
        };
        let mut movers = vec![Body::agent(predator_radius, PREDATOR_PUSH, PREDATOR_SPEED); predators];
        movers.extend(vec![Body::agent(prey_radius, PREY_PUSH, PREY_SPEED); prey]);
        let landmarks = vec![Body::landmark(obstacle_radius, true); obstacles];
        // LaRe's physics takes twice the first predator's radius for every pair.
        let contact = (flavor == Flavor::Lare).then_some(2.0 * predator_radius);
        Tag {
            world: World { flavor, movers, landmarks, contact },
            predators,
            prey_acts: flavor == Flavor::Mpe2,
            reach,
            seen,
        }
    }

    /// Makes mpe2's with prey that runs by a rule.
    pub(crate) fn chase(predators: usize) -> Self {
        Tag { prey_acts: false, ..Tag::new(Flavor::Mpe2, predators) }
    }

    fn prey(&self) -> std::ops::Range<usize> {
        self.predators..self.world.movers.len()
    }

    fn agents(&self) -> usize {
        if self.prey_acts { self.world.movers.len() } else { self.predators }
    }

    fn fields(&self) -> Vec<Field> {
        let others = self.world.movers.len() - 1;
        match self.world.flavor {
            Flavor::Mpe2 => planar(&[
                ("velocity", 1),
                ("position", 1),
                ("obstacles", self.world.landmarks.len()),
                ("others", others),
                ("prey_velocity", self.prey().len()),
            ]),
            Flavor::Lare => planar(&[
                ("velocity", 1),
                ("position", 1),
                ("nearest_obstacles", self.seen[0]),
                ("nearest_predators", self.seen[1]),
                ("nearest_prey", self.seen[2]),
                ("prey_velocity", self.seen[2]),
            ]),
        }
    }

    /// Chooses where a prey that is no agent runs.
    fn flight(&self, state: &[f64], prey: usize) -> [f64; 2] {
        let [x, y] = self.world.position(state, prey);
        let worth = |[dx, dy]: [f64; 2]| {
            let ahead = [x + dx * LOOKAHEAD, y + dy * LOOKAHEAD];
            let predators = (0..self.predators).map(|predator| self.world.position(state, predator));
            let nearest = predators.map(|there| length(difference(ahead, there))).fold(f64::INFINITY, f64::min);
            // Ten times as dear as a predator's nearness, and dearer the farther out, so that it always turns back.
            let outside: f64 = ahead.iter().map(|coordinate| (coordinate.abs() - EDGE).max(0.0)).sum();
            nearest - 10.0 * outside
        };
        let directions = [0.0, 1.0, 2.0, 3.0, 4.0].map(|action| self.world.direction(action));
        let best = |best: [f64; 2], next| if worth(next) > worth(best) { next } else { best };
        directions.into_iter().reduce(best).unwrap_or_default()
    }

    fn observe_mpe2(&self, state: &[f64], agent: usize, mut row: Row<'_>) {
        let world = &self.world;
        (0..world.landmarks.len()).for_each(|obstacle| row.place(world.landmark(state, obstacle)));
        let others = || (0..world.movers.len()).filter(|other| *other != agent);
        others().for_each(|other| row.place(world.position(state, other)));
        others().filter(|other| *other >= self.predators).for_each(|prey| row.write(world.velocity(state, prey)));
    }

    fn observe_lare(&self, state: &[f64], agent: usize, mut row: Row<'_>) {
        let world = &self.world;
        let [obstacles, predators, prey] = self.seen;
        row.nearest((0..world.landmarks.len()).map(|obstacle| world.landmark(state, obstacle)), obstacles);
        let others = (0..self.predators).filter(|other| *other != agent);
        row.nearest(others.map(|other| world.position(state, other)), predators);
        for found in row.nearest(self.prey().map(|prey| world.position(state, prey)), prey) {
            row.write(world.velocity(state, self.predators + found));
        }
    }
}

/// Prices a coordinate outside of the square.
fn outside(coordinate: f64) -> f64 {
    match coordinate.abs() {
        inside if inside < EDGE => 0.0,
        edge if edge < 1.0 => (edge - EDGE) * 10.0,
        beyond => (2.0 * beyond - 2.0).exp().min(10.0),
    }
}

impl Dynamics for Tag {
    type State = Vec<f64>;

    fn spec(&self) -> EnvSpec {
        let family = match (self.world.flavor, self.prey_acts) {
            (Flavor::Mpe2, true) => "mpe2/simple_tag",
            (Flavor::Mpe2, false) => "mpe2/simple_chase",
            (Flavor::Lare, _) => "lare/tag",
        };
        let (action, action_space) = action();
        EnvSpec {
            id: format!("{family}-{}", self.predators),
            agents: self.agents(),
            observation: self.fields(),
            action,
            action_space,
            max_episode_steps: Some(EPISODE),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        let mut places = |count: usize, reach: f64| -> Vec<[f64; 2]> {
            (0..count).map(|_| [rng.random_range(-reach..reach), rng.random_range(-reach..reach)]).collect()
        };
        let movers = places(self.world.movers.len(), self.reach);
        World::at_rest(movers, places(self.world.landmarks.len(), self.reach - 0.1))
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        let width = observation.len() / self.agents();
        for (agent, row) in observation.chunks_exact_mut(width).enumerate() {
            let row = Row::begin(row, self.world.velocity(state, agent), self.world.position(state, agent));
            match self.world.flavor {
                Flavor::Mpe2 => self.observe_mpe2(state, agent, row),
                Flavor::Lare => self.observe_lare(state, agent, row),
            }
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let mut directions: Vec<_> = action.iter().map(|action| self.world.direction(*action)).collect();
        let scripted = directions.len()..self.world.movers.len();
        directions.extend(scripted.map(|prey| self.flight(state, prey)));
        self.world.step(state, &directions);
        let caught =
            |predator: usize| self.prey().filter(|prey| self.world.touch(state, *prey, predator)).count() as f64;
        let (predators, prey) = reward.split_at_mut(self.predators);
        match self.world.flavor {
            Flavor::Mpe2 => {
                predators.fill(10.0 * (0..self.predators).map(caught).sum::<f64>());
                for (reward, prey) in prey.iter_mut().zip(self.prey()) {
                    let bites = (0..self.predators).filter(|predator| self.world.touch(state, prey, *predator)).count();
                    let [x, y] = self.world.position(state, prey);
                    *reward = -10.0 * bites as f64 - outside(x) - outside(y);
                }
            }
            Flavor::Lare => {
                for (predator, reward) in predators.iter_mut().enumerate() {
                    let here = self.world.position(state, predator);
                    let prey = self.prey().map(|prey| self.world.position(state, prey));
                    let nearest = prey.map(|there| length(difference(here, there))).fold(f64::INFINITY, f64::min);
                    *reward = -0.1 * nearest + 10.0 * caught(predator);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_the_square_costs_more_the_farther() {
        for (coordinate, price) in
            [(0.0, 0.0), (-0.89, 0.0), (0.95, 0.5), (-1.0, 1.0), (1.5, 1.0_f64.exp()), (-9.0, 10.0)]
        {
            assert!((outside(coordinate) - price).abs() < 1e-9, "{coordinate}");
        }
    }

    #[test]
    fn lares_predators_are_paid_for_their_own_catch() {
        let tag = Tag::new(Flavor::Lare, 6);
        assert_eq!((tag.spec().agents, tag.prey().len(), tag.world.landmarks.len()), (6, 2, 3));
        // The first prey is hemmed in by a predator on its left; the others are far away, and so is everything else.
        let mut movers = vec![[20.0, 0.0]; 8];
        for (index, mover) in movers.iter_mut().enumerate() {
            mover[1] = index as f64 * 3.0;
        }
        (movers[0], movers[6]) = ([0.0, 0.0], [0.3, 0.0]);
        let mut state = World::at_rest(movers, [[-30.0, 0.0], [-30.0, 3.0], [-30.0, 6.0]]);
        let mut reward = [0.0; 6];
        tag.step(&mut state, &[0.0; 6], &mut reward);
        // The prey ran: 4 * 0.1 faster, and 0.04 farther.
        assert!((state[6 * 4] - 0.34).abs() < 1e-9 && (state[6 * 4 + 2] - 0.4).abs() < 1e-9, "{:?}", &state[24..28]);
        assert!((reward[0] + 0.034).abs() < 1e-9, "{reward:?}");
        // With the predator upon it, the catch counts for that one alone.
        state[6 * 4..6 * 4 + 4].copy_from_slice(&[0.1, 0.0, -1.3, 0.0]);
        state[..4].copy_from_slice(&[0.0, 0.0, 1.0, 0.0]);
        tag.step(&mut state, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], &mut reward);
        assert!(reward[0] > 9.9 && reward[1..].iter().all(|reward| *reward < 0.0), "{reward:?}");
    }

    #[test]
    fn chased_prey_runs_by_the_rule_through_the_same_world() {
        let (tag, chase) = (Tag::new(Flavor::Mpe2, 3), Tag::chase(3));
        assert_eq!((tag.spec().agents, chase.spec().agents), (4, 3));
        assert_eq!(tag.spec().observation, chase.spec().observation);
        let movers = [[0.0, 0.0], [-0.5, 0.5], [-0.5, -0.5], [0.1, 0.0]];
        let (mut acted, mut ruled) = (World::at_rest(movers, [[9.0; 2]; 2]), World::at_rest(movers, [[9.0; 2]; 2]));
        let (mut four, mut three) = ([0.0; 4], [0.0; 3]);
        // The rule has it run from the predator on its left: mpe2's action 2.
        tag.step(&mut acted, &[0.0, 0.0, 0.0, 2.0], &mut four);
        chase.step(&mut ruled, &[0.0; 3], &mut three);
        assert_eq!((&acted, four[..3].to_vec()), (&ruled, three.to_vec()));
        let (mut seen, mut observed) = ([0.0; 64], [0.0; 48]);
        tag.observe(&acted, &mut seen);
        chase.observe(&ruled, &mut observed);
        assert_eq!(seen[..48], observed);
    }

    #[test]
    fn lares_prey_runs_back_into_the_square() {
        let tag = Tag::new(Flavor::Lare, 3);
        let state = World::at_rest([[-0.9, -0.9], [-0.8, -0.9], [-0.9, -0.8], [0.0, 3.0]], [[0.0; 2]; 2]);
        assert_eq!(tag.flight(&state, 3), [0.0, -1.0]);
    }

    #[test]
    fn rows_are_as_wide_as_the_originals() {
        for (predators, lare, mpe2) in [(3, 16, 16), (6, 28, 28), (15, 34, 62), (30, 46, 122)] {
            assert_eq!(Tag::new(Flavor::Lare, predators).spec().observation_size(), lare, "{predators}");
            assert_eq!(Tag::new(Flavor::Mpe2, predators).spec().observation_size(), mpe2, "{predators}");
        }
    }
}
