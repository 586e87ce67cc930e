//! Spread: as many agents as landmarks; each landmark wants an agent near it, and agents should not bump into each other.

use meed_core::Field;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::layout::Row;
use super::{Body, EPISODE, Flavor, World, action, difference, length, planar, poisson_disc};
use crate::EnvSpec;
use crate::vectorised::Dynamics;

const RADIUS: f64 = 0.15;
const PUSH: f64 = 5.0;
/// How far apart LaRe's landmarks lie at least.
const APART: f64 = 4.5 * RADIUS;
/// How many landmarks and other agents are seen in LaRe's.
const SEEN_LANDMARKS: usize = 6;
const SEEN_OTHERS: usize = 5;

/// `mpe2/simple_spread-N` and `lare/spread-N`.
///
/// In mpe2's every agent gets half of what all share, minus the distances of the landmarks from the agents nearest to them, and
/// half of its own, -1 for every collision. In LaRe's each gets 1 minus its distance from the nearest landmark, minus 1 for
/// every collision, its collision with itself included, as there.
pub(crate) struct Spread {
    world: World,
    /// Half the side of the square in which everything begins.
    reach: f64,
}

impl Spread {
    pub(crate) fn new(flavor: Flavor, agents: usize) -> Self {
        let reach = match (flavor, agents) {
            (Flavor::Mpe2, _) | (Flavor::Lare, ..4) => 1.0,
            (Flavor::Lare, 4..10) => 1.5,
            (Flavor::Lare, 10..20) => 2.2,
            (Flavor::Lare, _) => 3.0,
        };
        let movers = vec![Body::agent(RADIUS, PUSH, f64::INFINITY); agents];
        let landmarks = vec![Body::landmark(0.05, false); agents];
        Spread { world: World { flavor, movers, landmarks, contact: None }, reach }
    }

    fn agents(&self) -> usize {
        self.world.movers.len()
    }

    fn collisions(&self, state: &[f64], agent: usize) -> usize {
        (0..self.agents()).filter(|other| *other != agent && self.world.touch(state, agent, *other)).count()
    }

    fn distance(&self, state: &[f64], agent: usize, landmark: usize) -> f64 {
        length(difference(self.world.position(state, agent), self.world.landmark(state, landmark)))
    }

    fn fields(&self) -> Vec<Field> {
        let agents = self.agents();
        match self.world.flavor {
            Flavor::Mpe2 => planar(&[
                ("velocity", 1),
                ("position", 1),
                ("landmarks", agents),
                ("others", agents - 1),
                ("communication", agents - 1),
            ]),
            Flavor::Lare => planar(&[
                ("velocity", 1),
                ("position", 1),
                ("nearest_landmarks", agents.min(SEEN_LANDMARKS)),
                ("nearest_others", (agents - 1).min(SEEN_OTHERS)),
            ]),
        }
    }
}

impl Dynamics for Spread {
    type State = Vec<f64>;

    fn spec(&self) -> EnvSpec {
        let family = if self.world.flavor == Flavor::Mpe2 { "mpe2/simple_spread" } else { "lare/spread" };
        let (action, action_space) = action();
        EnvSpec {
            id: format!("{family}-{}", self.agents()),
            agents: self.agents(),
            observation: self.fields(),
            action,
            action_space,
            max_episode_steps: Some(EPISODE),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        let reach = self.reach;
        let place = |rng: &mut ChaCha8Rng| [rng.random_range(-reach..reach), rng.random_range(-reach..reach)];
        let agents: Vec<_> = (0..self.agents()).map(|_| place(rng)).collect();
        let landmarks: Vec<_> = match self.world.flavor {
            Flavor::Mpe2 => (0..self.agents()).map(|_| place(rng)).collect(),
            Flavor::Lare => loop {
                let mut places = poisson_disc::sample(2.0 * reach, APART, rng);
                if places.len() >= self.agents() {
                    places.shuffle(rng);
                    places.truncate(self.agents());
                    break places.into_iter().map(|place| place.map(|coordinate| coordinate - reach)).collect();
                }
            },
        };
        World::at_rest(agents, landmarks)
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        let (world, agents) = (&self.world, self.agents());
        let width = observation.len() / agents;
        let landmarks = || (0..agents).map(|landmark| world.landmark(state, landmark));
        for (agent, row) in observation.chunks_exact_mut(width).enumerate() {
            let others = (0..agents).filter(|other| *other != agent).map(|other| world.position(state, other));
            let mut row = Row::begin(row, world.velocity(state, agent), world.position(state, agent));
            match world.flavor {
                // What follows are the others' messages, which are zeros: nobody speaks here.
                Flavor::Mpe2 => landmarks().chain(others).for_each(|place| row.place(place)),
                Flavor::Lare => {
                    row.nearest(landmarks(), SEEN_LANDMARKS);
                    row.nearest(others, SEEN_OTHERS);
                }
            }
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let directions: Vec<_> = action.iter().map(|action| self.world.direction(*action)).collect();
        self.world.step(state, &directions);
        let all = 0..self.agents();
        let nearest = |distances: &mut dyn Iterator<Item = f64>| distances.fold(f64::INFINITY, f64::min);
        let covered = match self.world.flavor {
            Flavor::Mpe2 => all.clone().fold(0.0, |sum, landmark| {
                sum - nearest(&mut all.clone().map(|agent| self.distance(state, agent, landmark)))
            }),
            Flavor::Lare => 0.0,
        };
        for (agent, reward) in reward.iter_mut().enumerate() {
            let collisions = self.collisions(state, agent) as f64;
            *reward = match self.world.flavor {
                Flavor::Mpe2 => covered * 0.5 - collisions * 0.5,
                Flavor::Lare => {
                    let distance = nearest(&mut all.clone().map(|landmark| self.distance(state, agent, landmark)));
                    -distance - (collisions + 1.0) + 1.0
                }
            };
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn lares_agents_are_paid_for_their_own_nearest_landmark() {
        let spread = Spread::new(Flavor::Lare, 3);
        // The first stands on a landmark, the second 0.2 away from the first and 0.5 from the second landmark; the third is far.
        let mut state = World::at_rest([[0.0, 0.0], [0.2, 0.0], [5.0, 0.0]], [[0.0, 0.0], [0.7, 0.0], [5.0, 3.0]]);
        let mut reward = [0.0; 3];
        // They overlap by 0.1, so each gets a velocity of 1 and moves 0.1 away: 0.4 apart, no collision.
        assert!(!spread.step(&mut state, &[0.0; 3], &mut reward));
        for (reward, expected) in reward.iter().zip([-0.1, -0.3, -3.0]) {
            assert!((reward - expected).abs() < 1e-9, "{reward} for {expected}");
        }
        // One that collides pays 1.
        let mut state = World::at_rest([[0.0, 0.0], [0.0, 0.299], [5.0, 0.0]], [[0.0, 0.0], [9.0, 0.0], [5.0, 3.0]]);
        state[6] = 0.0;
        spread.step(&mut state, &[3.0, 4.0, 0.0], &mut reward);
        assert!(reward[0] < -1.0 && reward[1] < -1.0, "{reward:?}");
    }

    #[test]
    fn lares_rows_hold_the_nearest_six_and_five() {
        for (agents, width) in [(3, 14), (6, 26), (15, 26), (30, 26)] {
            assert_eq!(Spread::new(Flavor::Lare, agents).spec().observation_size(), width);
        }
        let spread = Spread::new(Flavor::Lare, 15);
        let state = spread.initial(&mut ChaCha8Rng::seed_from_u64(1));
        let mut rows = vec![0.0; 15 * 26];
        spread.observe(&state, &mut rows);
        let far = |pair: &[f32]| f64::from(pair[0]).hypot(f64::from(pair[1]));
        for row in rows.chunks_exact(26) {
            for seen in [&row[4..16], &row[16..26]] {
                assert!(seen.chunks_exact(2).map(far).is_sorted() && far(&seen[..2]) > 0.0, "{row:?}");
            }
        }
    }

    #[test]
    fn everything_begins_within_reach_and_lares_landmarks_apart() {
        for (flavor, agents, reach) in [(Flavor::Mpe2, 6, 1.0), (Flavor::Lare, 6, 1.5), (Flavor::Lare, 30, 3.0)] {
            let spread = Spread::new(flavor, agents);
            let state = spread.initial(&mut ChaCha8Rng::seed_from_u64(2));
            assert_eq!(state.len(), agents * 6);
            assert!(state.iter().all(|number| number.abs() <= reach));
            let landmark = |index| spread.world.landmark(&state, index);
            for (one, other) in (0..agents).flat_map(|one| (0..one).map(move |other| (one, other))) {
                assert!(flavor == Flavor::Mpe2 || length(difference(landmark(one), landmark(other))) >= APART);
            }
        }
    }
}
