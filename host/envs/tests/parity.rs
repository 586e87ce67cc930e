//! Compares every step with what Gymnasium 1.4.0 did, as `fixtures/record.py` recorded it.
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_envs::make;
use serde::Deserialize;

#[derive(Deserialize)]
struct Rollout {
    id: String,
    state: Vec<f64>,
    steps: Vec<Step>,
}

/// Action, observation, reward, terminated, state afterwards.
type Step = (f64, Vec<f64>, f64, bool, Vec<f64>);

fn rollouts() -> Vec<Rollout> {
    include_str!("../fixtures/gymnasium.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9)
}

#[test]
fn every_step_from_an_injected_state_is_gymnasiums() {
    let (mut steps, mut ends, mut exact) = (0, 0, 0);
    for rollout in rollouts() {
        let mut env = make(&rollout.id, 1, 0).unwrap();
        let mut before = rollout.state;
        for (index, (action, observation, reward, terminated, after)) in rollout.steps.into_iter().enumerate() {
            let place = format!("{} step {index}", rollout.id);
            env.set_state(0, &before).unwrap();
            let given = env.step(&[action as f32]).unwrap();
            // An observation is f32: both sides round numbers that differ by less than 1e-9, so at most to neighbours.
            for (own, theirs) in given.next_observation.iter().zip(&observation) {
                let theirs = *theirs as f32;
                let neighbour = *own == theirs || own.next_up() == theirs || own.next_down() == theirs;
                assert!(neighbour, "{place}: observation {own} for {theirs}");
                exact += usize::from(*own == theirs);
            }
            assert!((given.reward_f64[0] - reward).abs() <= 1e-9, "{place}: {} for {reward}", given.reward_f64[0]);
            assert_eq!(given.reward[0], given.reward_f64[0] as f32);
            assert_eq!(given.terminated[0], terminated, "{place}");
            if !terminated {
                assert!(close(env.state(0), &after), "{place}: {:?} for {after:?}", env.state(0));
            }
            steps += 1;
            ends += usize::from(terminated);
            before = after;
        }
    }
    println!("{steps} steps, {ends} terminations, {exact} numbers of observations equal to the bit");
    assert!(steps >= 400 && ends >= 6, "{steps} steps with {ends} ends are too few to compare");
}

#[test]
fn whole_rollouts_stay_gymnasiums_without_injecting_each_state() {
    for rollout in rollouts() {
        let mut env = make(&rollout.id, 1, 0).unwrap();
        env.set_state(0, &rollout.state).unwrap();
        for (index, (action, _, _, terminated, after)) in rollout.steps.into_iter().enumerate() {
            let given = env.step(&[action as f32]).unwrap();
            assert_eq!(given.terminated[0], terminated, "{} step {index}", rollout.id);
            if !terminated {
                assert!(close(env.state(0), &after), "{} step {index}: {:?} for {after:?}", rollout.id, env.state(0));
            }
        }
    }
}
