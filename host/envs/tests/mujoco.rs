//! Compares the environments on MuJoCo with what Gymnasium's did over a thousand steps, as `fixtures/record_mujoco.py` recorded it.
//!
//! `cargo xtask mujoco` runs this: it takes the library and the models, which are not part of this repository.
#![cfg(feature = "mujoco")]
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_envs::{ActionSpace, EnvSpec, make};
use serde::Deserialize;

#[derive(Deserialize)]
struct Rollout {
    id: String,
    state: Vec<f64>,
    rewards: Vec<f64>,
    ends: usize,
    observations: Vec<Vec<f64>>,
}

fn rollouts() -> Vec<Rollout> {
    include_str!("../fixtures/mujoco.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Gives the recording's action of a step.
fn action(step: u64, spec: &EnvSpec) -> Vec<f32> {
    let ActionSpace::Box { low, high } = &spec.action_space else { return Vec::new() };
    let spread = |index: u64| f64::from(((step * 31 + index * 17 + 7) * 2_654_435_761) as u32) / 4_294_967_296.0;
    let range = |index: usize| (f64::from(low[index]), f64::from(high[index]));
    (0..low.len())
        .map(|index| {
            let (low, high) = range(index);
            (low + (high - low) * spread(index as u64)) as f32
        })
        .collect()
}

#[test]
fn a_thousand_steps_are_gymnasiums() {
    for rollout in rollouts() {
        let mut env = make(&rollout.id, 1, 0).unwrap();
        env.set_state(0, &rollout.state).unwrap();
        let (mut exact, mut ends, mut largest) = (0, 0, 0.0_f64);
        for (step, reward) in rollout.rewards.iter().enumerate() {
            let action = action(step as u64, env.spec());
            let given = env.step(&action).unwrap();
            let (own, ended, truncated) = (given.reward_f64[0], given.terminated[0], given.truncated[0]);
            let seen = given.next_observation.to_vec();
            exact += usize::from(own == *reward);
            ends += usize::from(ended);
            largest = largest.max((own - reward).abs());
            assert!((own - reward).abs() <= 1e-9, "{} step {step}: {own} for {reward}", rollout.id);
            if step % 100 == 99 {
                let theirs = &rollout.observations[step / 100];
                assert_eq!(seen.len(), theirs.len(), "{}", rollout.id);
                for (own, theirs) in seen.iter().zip(theirs) {
                    let theirs = *theirs as f32;
                    let neighbour = *own == theirs || own.next_up() == theirs || own.next_down() == theirs;
                    assert!(neighbour, "{} step {step}: {own} for {theirs}", rollout.id);
                }
            }
            if ended || truncated {
                env.set_state(0, &rollout.state).unwrap();
            }
        }
        assert_eq!(ends, rollout.ends, "{}", rollout.id);
        println!("{}: {exact} of 1000 rewards equal to the bit, the others within {largest:e}", rollout.id);
    }
}
