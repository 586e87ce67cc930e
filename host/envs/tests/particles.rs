//! Compares every step of the particle environments with what the Python package `mpe2` did, as `fixtures/record_mpe2.py`
//! recorded it.
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_envs::make;
use serde::Deserialize;

#[derive(Deserialize)]
struct Rollout {
    id: String,
    state: Vec<f64>,
    steps: Vec<Step>,
}

/// Actions, rewards, state afterwards, observations of the first and the last agent.
type Step = (Vec<f32>, Vec<f64>, Vec<f64>, [Vec<f64>; 2]);

fn rollouts() -> Vec<Rollout> {
    include_str!("../fixtures/mpe2.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn largest(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn every_step_from_an_injected_state_is_mpe2s() {
    let (mut numbers, mut exact, mut hits) = (0, 0, 0);
    for rollout in rollouts() {
        let mut env = make(&rollout.id, 1, 0).unwrap();
        let mut before = rollout.state;
        for (index, (actions, rewards, after, seen)) in rollout.steps.into_iter().enumerate() {
            let place = format!("{} step {index}", rollout.id);
            env.set_state(0, &before).unwrap();
            let agents = env.spec().agents;
            let given = env.step(&actions).unwrap();
            assert!(!given.terminated[0]);
            assert!(largest(given.reward_f64, &rewards) <= 1e-9, "{place}: {:?} for {rewards:?}", given.reward_f64);
            let width = given.next_observation.len() / agents;
            for (agent, theirs) in [0, agents - 1].into_iter().zip(seen) {
                let own = &given.next_observation[agent * width..(agent + 1) * width];
                // A prey's row is shorter there; here zeros fill it up.
                assert!(theirs.len() <= width && own[theirs.len()..].iter().all(|number| *number == 0.0), "{place}");
                for (own, theirs) in own.iter().zip(&theirs) {
                    let theirs = *theirs as f32;
                    assert!((own - theirs).abs() <= 1e-6 * theirs.abs().max(1e-3), "{place}: {own} for {theirs}");
                    numbers += 1;
                    exact += usize::from(*own == theirs);
                }
            }
            let own = env.state(0).to_vec();
            assert!(largest(&own, &after) <= 1e-9, "{place}");
            numbers += own.len() + rewards.len();
            exact += own.iter().zip(&after).filter(|(own, theirs)| own == theirs).count();
            hits += rewards.iter().filter(|reward| **reward <= -5.0 || **reward >= 10.0).count();
            before = after;
        }
    }
    println!("{exact} of {numbers} numbers equal to the bit");
    assert!(numbers >= 10_000 && hits >= 100, "{numbers} numbers with {hits} hits are too few to compare");
}

#[test]
fn whole_rollouts_stay_mpe2s_without_injecting_each_state() {
    for rollout in rollouts() {
        let mut env = make(&rollout.id, 1, 0).unwrap();
        env.set_state(0, &rollout.state).unwrap();
        let last = rollout.steps.len() - 1;
        for (index, (actions, rewards, after, _)) in rollout.steps.into_iter().enumerate() {
            let given = env.step(&actions).unwrap();
            assert!(largest(given.reward_f64, &rewards) <= 1e-9, "{} step {index}", rollout.id);
            // The 25th step begins the next episode.
            if index < 24 {
                assert!(largest(env.state(0), &after) <= 1e-9, "{} step {index} of {last}", rollout.id);
            }
        }
    }
}
