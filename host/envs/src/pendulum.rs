//! Pendulum-v1: swing a pendulum up with a motor too weak to lift it, and hold it there.

use std::f64::consts::PI;

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::vectorised::Dynamics;
use crate::{ActionSpace, EnvSpec};

const MAX_SPEED: f64 = 8.0;
const MAX_TORQUE: f32 = 2.0;
/// Seconds between two states.
const STEP: f64 = 0.05;
const GRAVITY: f64 = 10.0;
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;

/// State: angle from upright, angular velocity.
pub(crate) struct Pendulum;

impl Dynamics for Pendulum {
    type State = [f64; 2];

    fn spec(&self) -> EnvSpec {
        let speed = MAX_SPEED as f32;
        EnvSpec {
            id: "Pendulum-v1".into(),
            agents: 1,
            observation: vec![
                Field::new("cos", 1, "1", -1.0, 1.0),
                Field::new("sin", 1, "1", -1.0, 1.0),
                Field::new("velocity", 1, "rad/s", -speed, speed),
            ],
            action: vec![Field::new("torque", 1, "N m", -MAX_TORQUE, MAX_TORQUE)],
            action_space: ActionSpace::Box { low: vec![-MAX_TORQUE], high: vec![MAX_TORQUE] },
            max_episode_steps: Some(200),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        [rng.random_range(-PI..PI), rng.random_range(-1.0..1.0)]
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        let [theta, speed] = *state;
        for (seen, value) in observation.iter_mut().zip([theta.cos(), theta.sin(), speed]) {
            *seen = value as f32;
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let torque = action[0].clamp(-MAX_TORQUE, MAX_TORQUE);
        let [theta, speed] = *state;
        // The torque's terms stay in f32, as they do in Gymnasium, where the action is an f32 array.
        let effort = f64::from(0.001 * (torque * torque));
        let cost = upright_angle(theta).powi(2) + 0.1 * (speed * speed) + effort;
        let push = f64::from((3.0 / (MASS * LENGTH * LENGTH)) as f32 * torque);
        let speed = speed + (3.0 * GRAVITY / (2.0 * LENGTH) * theta.sin() + push) * STEP;
        let speed = speed.clamp(-MAX_SPEED, MAX_SPEED);
        *state = [theta + speed * STEP, speed];
        reward.fill(-cost);
        false
    }
}

/// Brings an angle into [-pi, pi).
fn upright_angle(theta: f64) -> f64 {
    (theta + PI).rem_euclid(2.0 * PI) - PI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torque_beyond_the_motors_is_clipped() {
        let step = |torque| {
            let (mut state, mut reward) = ([1.0, 0.5], [0.0]);
            Pendulum.step(&mut state, &[torque], &mut reward);
            (state, reward)
        };
        assert_eq!(step(2.0), step(1e9));
        assert_eq!(step(-2.0), step(f32::MIN));
        assert_ne!(step(2.0), step(1.9));
    }
}
