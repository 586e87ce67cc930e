//! A stateful reward for Gymnasium's Pendulum-v1: it pays for going where the agent has rarely been.

use meed_guest::prelude::*;

meed_guest::stateful! {
    name: "{{name}}",
    summary: "Novelty: how rarely the agent has been near this angle and velocity",
    // All columns of a row, in order: a name, a type, a unit, a range.
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    // What the reward returns: each number with its meaning and its range.
    factors: Factors { novelty: "one over the root of the visits, one more for this" in 0.0..=1.0 },
    // What is kept, the method that changes it, and the method that scores; each says what it takes.
    state: Visits,
    observe: observe(observation),
    reward: novelty(observation),
}

const ANGLES: usize = 12;
const VELOCITIES: usize = 8;

/// How often each cell of a grid over angle and velocity was visited.
struct Visits([u32; ANGLES * VELOCITIES]);

impl Visits {
    /// Takes a row into the state.
    fn observe(&mut self, observation: &Observation) {
        let visits = &mut self.0[cell(observation)];
        *visits = visits.saturating_add(1);
    }

    /// Scores a row from the state as it is.
    fn novelty(&self, observation: &Observation) -> Factors {
        let visits = self.0[cell(observation)] as f32;
        Factors {
            novelty: 1.0 / math::sqrt(1.0 + visits),
        }
    }
}

/// Finds the cell of an observation.
fn cell(observation: &Observation) -> usize {
    let angle = math::atan2(observation.sin, observation.cos);
    let angle = (angle / std::f32::consts::TAU + 0.5) * ANGLES as f32;
    let velocity = (observation.velocity / 16.0 + 0.5) * VELOCITIES as f32;
    // A conversion takes what is below zero for zero; the upper end of the range belongs to the last cell.
    let (angle, velocity) = (
        (angle as usize).min(ANGLES - 1),
        (velocity as usize).min(VELOCITIES - 1),
    );
    angle * VELOCITIES + velocity
}

/// The state is written down with each checkpoint of a training run and read back when the run goes on.
impl State for Visits {
    fn new(_seed: u64) -> Self {
        Visits([0; ANGLES * VELOCITIES])
    }

    fn save(&self, out: &mut Writer) {
        for visits in self.0 {
            out.u32(visits);
        }
    }

    fn load(input: &mut Reader<'_>) -> Option<Self> {
        let mut visits = Visits::new(0);
        for cell in &mut visits.0 {
            *cell = input.u32()?;
        }
        Some(visits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(observation: &[f32]) -> Rows<'_> {
        Rows {
            rows: observation.len() / 3,
            observation,
            ..Rows::default()
        }
    }

    #[test]
    fn novelty_falls_with_visits() {
        let mut plugin = Plugin::new(0);
        plugin.observe(&rows(&[1.0, 0.0, 0.1, 1.0, 0.0, 0.1, 1.0, 0.0, 0.1]));
        let scores = plugin.evaluate(&rows(&[1.0, 0.0, 0.1, -1.0, 0.0, 0.1]));
        assert_eq!(scores.values, [0.5, 1.0]);
    }

    #[test]
    fn a_snapshot_holds_the_whole_state() {
        let mut plugin = Plugin::new(0);
        plugin.observe(&rows(&[0.0, 1.0, 8.0]));
        let again = Plugin::restore(&plugin.snapshot()).unwrap();
        assert_eq!(again.snapshot(), plugin.snapshot());
        assert!(Plugin::restore(b"nonsense").is_err());
    }
}
