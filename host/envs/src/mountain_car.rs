//! MountainCar-v0: rock a car that is too weak for the hill in front of it to and fro until it is over. After Moore (1990).

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::vectorised::Dynamics;
use crate::{ActionSpace, EnvSpec};

pub(crate) const MIN_POSITION: f64 = -1.2;
pub(crate) const MAX_POSITION: f64 = 0.6;
pub(crate) const MAX_SPEED: f64 = 0.07;
const GOAL: f64 = 0.5;
const FORCE: f64 = 0.001;
pub(crate) const GRAVITY: f64 = 0.0025;

/// State: position, velocity.
pub(crate) struct MountainCar;

/// Describes what both mountain cars see. The task has no units.
pub(crate) fn observation() -> Vec<Field> {
    let speed = MAX_SPEED as f32;
    vec![
        Field::new("position", 1, "1", MIN_POSITION as f32, MAX_POSITION as f32),
        Field::new("velocity", 1, "1", -speed, speed),
    ]
}

impl Dynamics for MountainCar {
    type State = [f64; 2];

    fn spec(&self) -> EnvSpec {
        EnvSpec {
            id: "MountainCar-v0".into(),
            agents: 1,
            observation: observation(),
            action: vec![Field::new("push", 1, "index", 0.0, 2.0)],
            action_space: ActionSpace::Discrete(3),
            max_episode_steps: Some(200),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        [rng.random_range(-0.6..-0.4), 0.0]
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        for (seen, value) in observation.iter_mut().zip(state) {
            *seen = *value as f32;
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        // 0 accelerates to the left, 1 lets the car roll, 2 accelerates to the right.
        let push = f64::from(action[0]) - 1.0;
        let [position, velocity] = *state;
        let velocity = velocity + (push * FORCE + (3.0 * position).cos() * -GRAVITY);
        let velocity = velocity.clamp(-MAX_SPEED, MAX_SPEED);
        let position = (position + velocity).clamp(MIN_POSITION, MAX_POSITION);
        // The wall on the left stops the car.
        let velocity = if position == MIN_POSITION && velocity < 0.0 { 0.0 } else { velocity };
        *state = [position, velocity];
        reward.fill(-1.0);
        position >= GOAL && velocity >= 0.0
    }
}
