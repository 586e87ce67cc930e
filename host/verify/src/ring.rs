#![allow(clippy::unwrap_used, reason = "tests")]

//! A task of five states on a ring, whose dynamics are known exactly, for the tests of rules that run a simulator.

use meed_core::{Description, Factor, Field, Kind, Reads};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::bench::Bench;
use crate::fixture::{self, Guest};
use crate::pseudometric::Dynamics;
use crate::report::RuleReport;
use crate::rule::Rule;
use crate::{Actions, Reference, Settings, Simulation, Simulator, SimulatorError, Stepped, Subject, judge};

const STATES: usize = 5;
const TURN: f64 = std::f64::consts::TAU / STATES as f64;
/// Steps of an episode.
const LENGTH: u32 = 20;

/// The task. A state is seen as its place on the unit circle; it pays 1 for each step into state 0.
#[derive(Clone, Copy)]
pub(crate) struct Ring {
    anywhere: bool,
}

impl Ring {
    /// Action 0 goes one state on, action 1 two; by half a chance, one more.
    pub(crate) const AROUND: Ring = Ring { anywhere: false };
    /// Every step ends in any state.
    pub(crate) const ANYWHERE: Ring = Ring { anywhere: true };

    pub(crate) fn dynamics(self) -> Dynamics {
        let probability = |s: usize, a: usize, next: usize| match (next + STATES - s) % STATES {
            _ if self.anywhere => 0.2,
            far if far == a + 1 || far == a + 2 => 0.5,
            _ => 0.0,
        };
        let of = |s| (0..2).flat_map(move |a| (0..STATES).map(move |next| probability(s, a, next)));
        Dynamics::new(STATES, 2, (0..STATES).flat_map(of).collect()).unwrap()
    }
}

/// A number for each step, without order.
pub(crate) fn value(s: usize, a: usize, next: usize, weight: usize) -> f64 {
    ((s * 31 + a * 17 + next * 11) * weight % 23) as f64 / 10.0 - 1.0
}

/// A reward of the state, the action and the next state.
pub(crate) fn guest(reward: impl Fn(usize, usize, usize) -> f64 + Send + Sync + 'static) -> Guest {
    let field = |name| Field::new(name, 1, "1", -1.0, 1.0).reads(Reads::BOTH);
    let description = Description::new(Kind::Transition, "ring", "0.1.0")
        .observation([field("x"), field("y")])
        .action([Field::new("far", 1, "index", 0.0, 1.0)])
        .factors([Factor::new("f", -20.0, 20.0, 1.0, "a number")]);
    Guest::new(description, move |_, batch, scores| {
        let rows = fixture::steps(batch);
        let state = |xy: &[f32]| (f64::from(xy[1]).atan2(f64::from(xy[0])) / TURN).round().rem_euclid(5.0) as usize;
        let pairs = rows.observation.chunks(2).zip(rows.next_observation.chunks(2)).zip(rows.action);
        for (((xy, next), action), out) in pairs.zip(&mut scores.values) {
            *out = reward(state(xy), *action as usize, state(next)) as f32;
        }
        Ok(())
    })
}

/// Judges a reward of the ring by one rule against another reward of it.
pub(crate) fn against(rule: &Rule, guest: &Guest, reference: &Guest, ring: Ring) -> RuleReport {
    run(rule, guest, Some(Reference::Reward(reference)), ring)
}

/// Judges a reward of the ring by one rule.
pub(crate) fn alone(rule: &Rule, guest: &Guest) -> RuleReport {
    run(rule, guest, None, Ring::AROUND)
}

fn run(rule: &Rule, guest: &Guest, reference: Option<Reference<'_>>, ring: Ring) -> RuleReport {
    let mut sample = fixture::stepped(fixture::rows(100));
    let table = sample.table_mut().unwrap();
    (table.action_size, table.action) = (1, (0..100).map(|row| (row % 2) as f32).collect());
    let settings = Settings::default();
    let subject = Subject { verify: guest, train: None, reference, hash: None, file: None };
    let mut bench = Bench::new(&subject, &sample, &settings).unwrap();
    bench.simulation = Some(&ring);
    judge::judge(&mut bench, &[rule], &|_| ()).unwrap().reports.remove(0)
}

struct Copy {
    ring: Ring,
    state: usize,
    step: u32,
    observation: [f32; 2],
    chance: ChaCha8Rng,
}

impl Simulation for Ring {
    fn start(&self, seed: u64) -> Result<Box<dyn Simulator>, SimulatorError> {
        let chance = ChaCha8Rng::seed_from_u64(seed);
        let mut copy = Copy { ring: *self, state: 0, step: 0, observation: [0.0; 2], chance };
        copy.reset()?;
        Ok(Box::new(copy))
    }
}

impl Copy {
    fn see(&mut self) {
        let angle = self.state as f64 * TURN;
        self.observation = [angle.cos() as f32, angle.sin() as f32];
    }
}

impl Simulator for Copy {
    fn agents(&self) -> usize {
        1
    }

    fn actions(&self) -> Actions {
        Actions::Choices(2)
    }

    fn observation(&self) -> &[f32] {
        &self.observation
    }

    fn state(&self) -> Vec<f64> {
        vec![self.state as f64]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), SimulatorError> {
        (self.state, self.step) = (state[0] as usize, 0);
        self.see();
        Ok(())
    }

    fn reset(&mut self) -> Result<(), SimulatorError> {
        let state = self.chance.random_range(0..STATES);
        self.set_state(&[state as f64])
    }

    fn step(&mut self, actions: &[f32]) -> Result<Stepped, SimulatorError> {
        self.state = match self.ring.anywhere {
            true => self.chance.random_range(0..STATES),
            false => (self.state + 1 + actions[0] as usize + self.chance.random_range(0..2)) % STATES,
        };
        self.step += 1;
        self.see();
        let truncated = self.step == LENGTH;
        let stepped = Stepped {
            next_observation: self.observation.to_vec(),
            reward: vec![f32::from(self.state == 0)],
            terminated: vec![false],
            truncated: vec![truncated],
        };
        if truncated {
            self.reset()?;
        }
        Ok(stepped)
    }
}
