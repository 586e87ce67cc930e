//! CartPole-v1: push a cart left or right to keep the pole on it upright. After Barto, Sutton and Anderson (1983).

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::vectorised::Dynamics;
use crate::{ActionSpace, EnvSpec};

const GRAVITY: f64 = 9.8;
const CART_MASS: f64 = 1.0;
const POLE_MASS: f64 = 0.1;
const TOTAL_MASS: f64 = POLE_MASS + CART_MASS;
/// Half the pole's length in metres.
const LENGTH: f64 = 0.5;
const POLE_MASS_LENGTH: f64 = POLE_MASS * LENGTH;
const FORCE: f64 = 10.0;
/// Seconds between two states.
const STEP: f64 = 0.02;
/// The pole has fallen at 12 degrees.
const ANGLE_LIMIT: f64 = 12.0 * 2.0 * std::f64::consts::PI / 360.0;
/// The cart has left its track at 2.4 metres.
const POSITION_LIMIT: f64 = 2.4;

/// State: position, velocity, angle, angular velocity.
pub(crate) struct CartPole;

impl Dynamics for CartPole {
    type State = [f64; 4];

    fn spec(&self) -> EnvSpec {
        let (position, angle) = ((POSITION_LIMIT * 2.0) as f32, (ANGLE_LIMIT * 2.0) as f32);
        EnvSpec {
            id: "CartPole-v1".into(),
            agents: 1,
            observation: vec![
                Field::new("position", 1, "m", -position, position),
                Field::new("velocity", 1, "m/s", f32::NEG_INFINITY, f32::INFINITY),
                Field::new("angle", 1, "rad", -angle, angle),
                Field::new("angular_velocity", 1, "rad/s", f32::NEG_INFINITY, f32::INFINITY),
            ],
            action: vec![Field::new("push", 1, "index", 0.0, 1.0)],
            action_space: ActionSpace::Discrete(2),
            max_episode_steps: Some(500),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        std::array::from_fn(|_| rng.random_range(-0.05..0.05))
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        for (seen, value) in observation.iter_mut().zip(state) {
            *seen = *value as f32;
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let force = if action == [1.0] { FORCE } else { -FORCE };
        let [x, x_dot, theta, theta_dot] = *state;
        let (sin, cos) = (theta.sin(), theta.cos());
        let temp = (force + POLE_MASS_LENGTH * (theta_dot * theta_dot) * sin) / TOTAL_MASS;
        let theta_acc = (GRAVITY * sin - cos * temp) / (LENGTH * (4.0 / 3.0 - POLE_MASS * (cos * cos) / TOTAL_MASS));
        let x_acc = temp - POLE_MASS_LENGTH * theta_acc * cos / TOTAL_MASS;
        *state = [x + STEP * x_dot, x_dot + STEP * x_acc, theta + STEP * theta_dot, theta_dot + STEP * theta_acc];
        reward.fill(1.0);
        state[0].abs() > POSITION_LIMIT || state[2].abs() > ANGLE_LIMIT
    }
}
