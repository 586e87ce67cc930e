//! How well a policy does by the environment's own reward, whatever reward it learnt from.

use serde::{Deserialize, Serialize};

use crate::{Policy, TrainError};

/// The returns of a policy's episodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The sum of the environment's own rewards, one an episode; of several agents the mean of their sums.
    pub returns: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// Plays `episodes` episodes, at least 1, with the policy's best actions.
///
/// Each episode has a copy of the environment to itself, so that short ones are not counted more often than long ones.
///
/// # Errors
/// [`TrainError::Env`] where the environment refuses an action, or `episodes` is 0.
pub fn evaluate(policy: &Policy, episodes: usize, seed: u64) -> Result<Evaluation, TrainError> {
    let mut env = policy.make_env(episodes, seed)?;
    let agents = env.spec().agents;
    let mut returns = vec![0.0; episodes];
    let mut running = vec![true; episodes];
    while running.contains(&true) {
        let actions = policy.act(env.observation());
        let step = env.step(&actions)?;
        for (index, running) in running.iter_mut().enumerate().filter(|(_, running)| **running) {
            let rows = index * agents..(index + 1) * agents;
            *running = !(step.terminated[rows.start] || step.truncated[rows.start]);
            returns[index] += step.reward_f64[rows].iter().sum::<f64>() / agents as f64;
        }
    }
    let mean = returns.iter().sum::<f64>() / episodes as f64;
    let variance = returns.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / episodes as f64;
    Ok(Evaluation { returns, mean, deviation: variance.sqrt() })
}
