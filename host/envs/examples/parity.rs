//! Prints how far each environment is from the original, over the steps that were recorded from it: `parity [--json]`. The tests
//! require 1e-9; this tells what it is. `cargo xtask parity` runs it with MuJoCo where that has been fetched.
//!
//! Rewards are compared in full precision, observations as the `f32` that agents see.

use std::error::Error;

use meed_envs::{ActionSpace, EnvSpec, VectorEnv, make};
use serde::{Deserialize, Serialize};

/// Action, observation, reward, terminated, state afterwards.
type Single = (f64, Vec<f64>, f64, bool, Vec<f64>);
/// Actions, rewards, state afterwards, observations of the first and the last agent.
type Several = (Vec<f32>, Vec<f64>, Vec<f64>, [Vec<f64>; 2]);

/// Steps from a state; the state is injected before each.
#[derive(Deserialize)]
struct Injected<S> {
    id: String,
    state: Vec<f64>,
    steps: Vec<S>,
}

/// A thousand steps of episodes that begin in the same state, and the observations of every hundredth.
#[derive(Deserialize)]
#[cfg_attr(not(feature = "mujoco"), allow(dead_code, reason = "needs MuJoCo"))]
struct Episodes {
    id: String,
    state: Vec<f64>,
    rewards: Vec<f64>,
    observations: Vec<Vec<f64>>,
}

/// How far an environment is from the original.
#[derive(Default, Serialize)]
struct Row {
    env: String,
    original: &'static str,
    steps: usize,
    rewards: usize,
    rewards_equal_to_the_bit: usize,
    largest_reward_difference: f64,
    observed: usize,
    observed_equal_to_the_bit: usize,
    largest_observed_difference: f64,
}

impl Row {
    fn reward(&mut self, own: f64, theirs: f64) {
        self.rewards += 1;
        self.rewards_equal_to_the_bit += usize::from(own == theirs);
        self.largest_reward_difference = self.largest_reward_difference.max((own - theirs).abs());
    }

    fn observation(&mut self, own: &[f32], theirs: &[f64]) {
        for (own, theirs) in own.iter().zip(theirs) {
            let theirs = *theirs as f32;
            self.observed += 1;
            self.observed_equal_to_the_bit += usize::from(*own == theirs);
            self.largest_observed_difference = self.largest_observed_difference.max(f64::from((own - theirs).abs()));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let json = std::env::args().nth(1).is_some_and(|argument| argument == "--json");
    let mut rows: Vec<Row> = Vec::new();
    for line in include_str!("../fixtures/gymnasium.jsonl").lines() {
        let Injected::<Single> { id, state, steps } = serde_json::from_str(line)?;
        let (row, mut env) = (at(&mut rows, &id, "gymnasium 1.4.0"), make(&id, 1, 0)?);
        let mut before = state;
        for (action, observation, reward, _, after) in steps {
            env.set_state(0, &before)?;
            let given = env.step(&[action as f32])?;
            row.steps += 1;
            row.reward(given.reward_f64[0], reward);
            row.observation(given.next_observation, &observation);
            before = after;
        }
    }
    for line in include_str!("../fixtures/mpe2.jsonl").lines() {
        let Injected::<Several> { id, state, steps } = serde_json::from_str(line)?;
        let (row, mut env) = (at(&mut rows, &id, "mpe2 1.1.1"), make(&id, 1, 0)?);
        let (agents, width) = (env.spec().agents, env.spec().observation_size());
        let mut before = state;
        for (actions, rewards, after, [first, last]) in steps {
            env.set_state(0, &before)?;
            let given = env.step(&actions)?;
            row.steps += 1;
            given.reward_f64.iter().zip(rewards).for_each(|(own, theirs)| row.reward(*own, theirs));
            row.observation(given.next_observation, &first);
            row.observation(&given.next_observation[(agents - 1) * width..], &last);
            before = after;
        }
    }
    if cfg!(feature = "mujoco") {
        for line in include_str!("../fixtures/mujoco.jsonl").lines() {
            let episodes: Episodes = serde_json::from_str(line)?;
            let row = at(&mut rows, &episodes.id, "gymnasium 1.4.0, MuJoCo 3.17.0");
            let mut env = make(&episodes.id, 1, 0)?;
            follow(row, env.as_mut(), &episodes)?;
        }
    }
    if !json {
        println!(
            "{:<26} {:<31} {:>6} {:>14} {:>8} {:>16} {:>8}",
            "environment", "original", "steps", "rewards", "within", "observed", "within"
        );
    }
    for row in rows {
        if json {
            println!("{}", serde_json::to_string(&row)?);
        } else {
            println!(
                "{:<26} {:<31} {:>6} {:>14} {:>8.0e} {:>16} {:>8.0e}",
                row.env,
                row.original,
                row.steps,
                format!("{}/{}", row.rewards_equal_to_the_bit, row.rewards),
                row.largest_reward_difference,
                format!("{}/{}", row.observed_equal_to_the_bit, row.observed),
                row.largest_observed_difference
            );
        }
    }
    Ok(())
}

/// Gives the environment's row, which may have been begun by an earlier recording.
fn at<'a>(rows: &'a mut Vec<Row>, id: &str, original: &'static str) -> &'a mut Row {
    let index = rows.iter().position(|row| row.env == id).unwrap_or(rows.len());
    if index == rows.len() {
        rows.push(Row { env: id.into(), original, ..Row::default() });
    }
    &mut rows[index]
}

fn follow(row: &mut Row, env: &mut dyn VectorEnv, episodes: &Episodes) -> Result<(), Box<dyn Error>> {
    env.set_state(0, &episodes.state)?;
    for (step, reward) in episodes.rewards.iter().enumerate() {
        let action = action(step as u64, env.spec());
        let given = env.step(&action)?;
        row.steps += 1;
        row.reward(given.reward_f64[0], *reward);
        if step % 100 == 99 {
            row.observation(given.next_observation, &episodes.observations[step / 100]);
        }
        if given.terminated[0] || given.truncated[0] {
            env.set_state(0, &episodes.state)?;
        }
    }
    Ok(())
}

/// Gives the action that `fixtures/record_mujoco.py` took.
fn action(step: u64, spec: &EnvSpec) -> Vec<f32> {
    let ActionSpace::Box { low, high } = &spec.action_space else { return Vec::new() };
    let spread = |index: u64| f64::from(((step * 31 + index * 17 + 7) * 2_654_435_761) as u32) / 4_294_967_296.0;
    let between = |low: f64, high: f64, index: u64| (low + (high - low) * spread(index)) as f32;
    (0..).zip(low.iter().zip(high)).map(|(index, (low, high))| between((*low).into(), (*high).into(), index)).collect()
}
