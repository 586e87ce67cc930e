//! Particle worlds: round bodies in a plane that push each other apart, driven by agents with five actions each.
//!
//! There are two families of them, which look alike and differ. [`Flavor::Mpe2`] is that of the Python package `mpe2` (before,
//! PettingZoo): its environments are compared with the original's step by step. [`Flavor::Lare`] is that of LaRe's experiments,
//! which follow STAS. The files of the scenarios say what is to be done; this one holds the physics.

mod area;
mod layout;
mod poisson_disc;
mod spread;
mod tag;

pub(crate) use area::Area;
pub(crate) use spread::Spread;
pub(crate) use tag::Tag;

use meed_core::Field;

use crate::ActionSpace;

/// Seconds between two states.
const STEP: f64 = 0.1;
/// Share of the velocity that is lost in a step.
const DAMPING: f64 = 0.25;
const CONTACT_FORCE: f64 = 100.0;
/// How softly a contact begins.
const CONTACT_MARGIN: f64 = 1e-3;
/// Steps of an episode.
const EPISODE: u32 = 25;

/// Which of the two families of particle environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// The Python package `mpe2`.
    Mpe2,
    /// LaRe's experiments.
    Lare,
}

/// A body's constants. Masses are 1.
#[derive(Clone, Copy, Debug)]
struct Body {
    radius: f64,
    /// Force of an action.
    push: f64,
    max_speed: f64,
    collides: bool,
}

/// The bodies of a scenario: those that move first, in the order of a state.
///
/// A state holds x, y, vx, vy of every body that moves and then x, y of every landmark.
#[derive(Clone, Debug)]
struct World {
    flavor: Flavor,
    movers: Vec<Body>,
    landmarks: Vec<Body>,
    /// Distance at which two bodies touch, where it is not the sum of their radii.
    contact: Option<f64>,
}

impl Body {
    fn agent(radius: f64, push: f64, max_speed: f64) -> Self {
        Body { radius, push, max_speed, collides: true }
    }

    fn landmark(radius: f64, collides: bool) -> Self {
        Body { radius, push: 0.0, max_speed: 0.0, collides }
    }
}

impl World {
    /// Makes a state in which everything stands still.
    fn at_rest(movers: impl IntoIterator<Item = [f64; 2]>, landmarks: impl IntoIterator<Item = [f64; 2]>) -> Vec<f64> {
        let movers = movers.into_iter().flat_map(|[x, y]| [x, y, 0.0, 0.0]);
        movers.chain(landmarks.into_iter().flatten()).collect()
    }

    fn position(&self, state: &[f64], mover: usize) -> [f64; 2] {
        [state[mover * 4], state[mover * 4 + 1]]
    }

    fn velocity(&self, state: &[f64], mover: usize) -> [f64; 2] {
        [state[mover * 4 + 2], state[mover * 4 + 3]]
    }

    fn landmark(&self, state: &[f64], landmark: usize) -> [f64; 2] {
        let start = self.movers.len() * 4 + landmark * 2;
        [state[start], state[start + 1]]
    }

    /// Tells where an action pushes: 0 nowhere, the others along an axis, in an order that differs between the families.
    fn direction(&self, action: f32) -> [f64; 2] {
        let (first, second) = if self.flavor == Flavor::Mpe2 { (-1.0, 1.0) } else { (1.0, -1.0) };
        match action as u8 {
            1 => [first, 0.0],
            2 => [second, 0.0],
            3 => [0.0, first],
            4 => [0.0, second],
            _ => [0.0, 0.0],
        }
    }

    /// Moves every body that moves by one step; `directions` says where each one pushes.
    fn step(&self, state: &mut [f64], directions: &[[f64; 2]]) {
        let forces: Vec<[f64; 2]> = (0..self.movers.len()).map(|mover| self.force(state, mover, directions)).collect();
        for (mover, force) in forces.into_iter().enumerate() {
            let [x, y] = self.position(state, mover);
            let before = self.velocity(state, mover);
            let mut after = [0, 1].map(|axis| before[axis] * (1.0 - DAMPING) + force[axis] * STEP);
            let speed = length(after);
            let limit = self.movers[mover].max_speed;
            if speed > limit {
                after = after.map(|part| part / speed * limit);
            }
            // This family moves before it accelerates, the other one after it.
            let [vx, vy] = if self.flavor == Flavor::Mpe2 { before } else { after };
            state[mover * 4..mover * 4 + 4].copy_from_slice(&[x + vx * STEP, y + vy * STEP, after[0], after[1]]);
        }
    }

    /// Sums the forces on a body. The order of the sum is the original's.
    fn force(&self, state: &[f64], mover: usize, directions: &[[f64; 2]]) -> [f64; 2] {
        let body = &self.movers[mover];
        let own = directions[mover].map(|part| part * body.push);
        let here = self.position(state, mover);
        let mut sum = if self.flavor == Flavor::Mpe2 { own } else { [0.0; 2] };
        let others =
            self.movers.iter().enumerate().map(|(other, body)| (body, self.position(state, other), other == mover));
        let landmarks =
            self.landmarks.iter().enumerate().map(|(other, body)| (body, self.landmark(state, other), false));
        for (other, there, same) in others.chain(landmarks) {
            if same || !body.collides || !other.collides {
                continue;
            }
            let delta = difference(here, there);
            let distance = length(delta);
            // Two bodies in one place push each other nowhere; the originals divide by zero.
            if distance > 0.0 {
                let touch = self.contact.unwrap_or(body.radius + other.radius);
                let depth = softplus(-(distance - touch) / CONTACT_MARGIN) * CONTACT_MARGIN;
                for axis in [0, 1] {
                    sum[axis] += CONTACT_FORCE * delta[axis] / distance * depth;
                }
            }
        }
        if self.flavor == Flavor::Mpe2 { sum } else { [0, 1].map(|axis| own[axis] + sum[axis]) }
    }

    /// Tells whether two bodies that move touch, as the rewards count it: by their radii, in both families.
    fn touch(&self, state: &[f64], one: usize, other: usize) -> bool {
        let distance = length(difference(self.position(state, one), self.position(state, other)));
        distance < self.movers[one].radius + self.movers[other].radius
    }
}

/// Describes the action of each agent.
fn action() -> (Vec<Field>, ActionSpace) {
    (vec![Field::new("move", 1, "index", 0.0, 4.0)], ActionSpace::Discrete(5))
}

/// Describes pairs of coordinates that have no bounds, one field a name.
fn planar(fields: &[(&str, usize)]) -> Vec<Field> {
    let field = |(name, pairs): &(&str, usize)| Field::new(name, pairs * 2, "1", f32::NEG_INFINITY, f32::INFINITY);
    fields.iter().filter(|(_, pairs)| *pairs > 0).map(field).collect()
}

fn difference(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn length([x, y]: [f64; 2]) -> f64 {
    (x * x + y * y).sqrt()
}

/// Gives ln(1 + e^x), without overflow.
fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(flavor: Flavor) -> World {
        World { flavor, movers: vec![Body::agent(0.15, 5.0, f64::INFINITY); 2], landmarks: Vec::new(), contact: None }
    }

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn one_family_moves_before_it_accelerates_and_the_other_after() {
        // v = 0.75 * 1 + 5 * 0.1 = 1.25.
        for (flavor, x) in [(Flavor::Mpe2, 0.1), (Flavor::Lare, 0.125)] {
            let mut state = vec![0.0, 0.0, 1.0, 0.0, 9.0, 9.0, 0.0, 0.0];
            two(flavor).step(&mut state, &[[1.0, 0.0], [0.0, 0.0]]);
            assert!(close(&state[..4], &[x, 0.0, 1.25, 0.0]), "{flavor:?}: {state:?}");
        }
    }

    #[test]
    fn bodies_that_overlap_are_pushed_apart_as_hard_as_they_are_deep() {
        // 0.1 deep, softplus(100) = 100: a force of 100 * 100 * 1e-3 = 10, so a velocity of 1 each.
        for flavor in [Flavor::Mpe2, Flavor::Lare] {
            let mut state = vec![0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0];
            two(flavor).step(&mut state, &[[0.0; 2]; 2]);
            assert!(close(&[state[2], state[6]], &[-1.0, 1.0]), "{state:?}");
        }
    }

    #[test]
    fn a_speed_limit_keeps_the_direction() {
        let mut world = two(Flavor::Mpe2);
        world.movers[0].max_speed = 1.0;
        let mut state = vec![0.0, 0.0, 4.0, 3.0, 9.0, 9.0, 0.0, 0.0];
        world.step(&mut state, &[[0.0; 2]; 2]);
        assert!(close(&state[2..4], &[0.8, 0.6]), "{state:?}");
    }

    #[test]
    fn the_families_number_the_directions_unlike() {
        let directions = |flavor| [0.0, 1.0, 2.0, 3.0, 4.0].map(|action| two(flavor).direction(action));
        assert_eq!(directions(Flavor::Mpe2), [[0.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]]);
        assert_eq!(directions(Flavor::Lare), [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]);
    }

    #[test]
    fn bodies_in_one_place_stay_numbers() {
        let mut state = vec![0.0; 8];
        two(Flavor::Mpe2).step(&mut state, &[[1.0, 0.0], [0.0, 0.0]]);
        assert!(state.iter().all(|number| number.is_finite()));
    }
}
