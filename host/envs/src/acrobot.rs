//! Acrobot-v1: swing two hanging links up with a torque on the joint between them. After Sutton (1996), with the equations of
//! Sutton and Barto's book.

use std::f64::consts::{FRAC_PI_2, PI};

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::vectorised::Dynamics;
use crate::{ActionSpace, EnvSpec};

/// Seconds between two states.
const STEP: f64 = 0.2;
const GRAVITY: f64 = 9.8;
/// Mass in kg, length in m and moment of inertia in kg m2 of each link.
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;
const INERTIA: f64 = 1.0;
/// From a link's joint to its centre of mass, in m.
const CENTRE: f64 = 0.5;
const MAX_FIRST: f64 = 4.0 * PI;
const MAX_SECOND: f64 = 9.0 * PI;

/// State: angle of the first link from hanging down, angle of the second from the first, their velocities.
pub(crate) struct Acrobot;

impl Dynamics for Acrobot {
    type State = [f64; 4];

    fn spec(&self) -> EnvSpec {
        let (first, second) = (MAX_FIRST as f32, MAX_SECOND as f32);
        EnvSpec {
            id: "Acrobot-v1".into(),
            agents: 1,
            observation: vec![
                Field::new("cos_first", 1, "1", -1.0, 1.0),
                Field::new("sin_first", 1, "1", -1.0, 1.0),
                Field::new("cos_second", 1, "1", -1.0, 1.0),
                Field::new("sin_second", 1, "1", -1.0, 1.0),
                Field::new("velocity_first", 1, "rad/s", -first, first),
                Field::new("velocity_second", 1, "rad/s", -second, second),
            ],
            action: vec![Field::new("torque", 1, "index", 0.0, 2.0)],
            action_space: ActionSpace::Discrete(3),
            max_episode_steps: Some(500),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        std::array::from_fn(|_| f64::from(rng.random_range(-0.1..0.1_f32)))
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        let [first, second, first_velocity, second_velocity] = *state;
        let numbers = [first.cos(), first.sin(), second.cos(), second.sin(), first_velocity, second_velocity];
        for (seen, value) in observation.iter_mut().zip(numbers) {
            *seen = value as f32;
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        // 0 is a torque of -1 N m, 1 none, 2 one of 1 N m.
        let torque = f64::from(action[0]) - 1.0;
        let [first, second, first_velocity, second_velocity] = runge_kutta(*state, torque);
        let (first, second) = (wrap(first), wrap(second));
        *state = [
            first,
            second,
            first_velocity.clamp(-MAX_FIRST, MAX_FIRST),
            second_velocity.clamp(-MAX_SECOND, MAX_SECOND),
        ];
        let swung_up = -first.cos() - (second + first).cos() > 1.0;
        reward.fill(if swung_up { 0.0 } else { -1.0 });
        swung_up
    }
}

/// Integrates one step with the classical method of fourth order.
fn runge_kutta(state: [f64; 4], torque: f64) -> [f64; 4] {
    let along = |slope: [f64; 4], time: f64| std::array::from_fn(|i| state[i] + time * slope[i]);
    let k1 = derivative(state, torque);
    let k2 = derivative(along(k1, STEP / 2.0), torque);
    let k3 = derivative(along(k2, STEP / 2.0), torque);
    let k4 = derivative(along(k3, STEP), torque);
    std::array::from_fn(|i| state[i] + STEP / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
}

fn derivative([first, second, first_velocity, second_velocity]: [f64; 4], torque: f64) -> [f64; 4] {
    let (sin, cos) = (second.sin(), second.cos());
    let coupling = MASS * LENGTH * CENTRE;
    let d1 = MASS * (CENTRE * CENTRE)
        + MASS * (LENGTH * LENGTH + CENTRE * CENTRE + 2.0 * LENGTH * CENTRE * cos)
        + INERTIA
        + INERTIA;
    let d2 = MASS * (CENTRE * CENTRE + LENGTH * CENTRE * cos) + INERTIA;
    let phi2 = MASS * CENTRE * GRAVITY * (first + second - FRAC_PI_2).cos();
    let phi1 = -coupling * (second_velocity * second_velocity) * sin
        - 2.0 * coupling * second_velocity * first_velocity * sin
        + (MASS * CENTRE + MASS * LENGTH) * GRAVITY * (first - FRAC_PI_2).cos()
        + phi2;
    let second_acceleration = (torque + d2 / d1 * phi1 - coupling * (first_velocity * first_velocity) * sin - phi2)
        / (MASS * (CENTRE * CENTRE) + INERTIA - d2 * d2 / d1);
    let first_acceleration = -(d2 * second_acceleration + phi1) / d1;
    [first_velocity, second_velocity, first_acceleration, second_acceleration]
}

/// Brings an angle into [-pi, pi], by whole turns.
fn wrap(mut angle: f64) -> f64 {
    while angle > PI {
        angle -= 2.0 * PI;
    }
    while angle < -PI {
        angle += 2.0 * PI;
    }
    angle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_hang_still_stay_so_and_links_that_stand_are_done() {
        let (mut state, mut reward) = ([0.0; 4], [0.0]);
        assert!(!Acrobot.step(&mut state, &[1.0], &mut reward) && reward == [-1.0]);
        assert!(state.iter().all(|number| number.abs() < 1e-9), "{state:?}");
        assert!(Acrobot.step(&mut [PI, 0.0, 0.0, 0.0], &[1.0], &mut reward) && reward == [0.0]);
    }
}
