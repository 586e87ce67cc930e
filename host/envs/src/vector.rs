//! Several copies of one environment, stepped together.
//!
//! A copy whose episode ended begins the next one within the same step: `next_observation` is what the episode ended in,
//! `observation` is where the next action is taken. The two are the same wherever nothing ended.

use crate::{EnvError, EnvSpec};

/// Several copies of one environment.
///
/// Rows belong to the copies in order, and within a copy to its agents in order; all lists are flat and row-major. Dropping it
/// is all the cleaning up there is.
pub trait VectorEnv: Send {
    /// Describes the environment.
    fn spec(&self) -> &EnvSpec;

    /// Counts the copies.
    fn num_envs(&self) -> usize;

    /// Counts the rows of a step: copies x agents.
    fn rows(&self) -> usize {
        self.num_envs() * self.spec().agents
    }

    /// Borrows the observations in which the next actions are taken, rows x observation size.
    fn observation(&self) -> &[f32];

    /// Begins a new episode in every copy. With a seed the chances start over as they do in [`make`](crate::make); without,
    /// they go on.
    ///
    /// # Errors
    /// What an environment that runs elsewhere ran into.
    fn reset(&mut self, seed: Option<u64>) -> Result<(), EnvError>;

    /// Begins a new episode in one copy, and goes on with the chances.
    ///
    /// # Errors
    /// [`EnvError::NoCopy`] where there is no such copy; what an environment that runs elsewhere ran into.
    fn restart(&mut self, env: usize) -> Result<(), EnvError>;

    /// Takes one step in every copy; `actions` is rows x action size.
    ///
    /// # Errors
    /// [`EnvError::ActionLength`] and [`EnvError::Action`], the latter for an index that there is not and for numbers that are
    /// not finite; no copy has then moved. What an environment that runs elsewhere ran into.
    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError>;

    /// Borrows the state of a copy, or nothing where there is no such copy.
    fn state(&self, env: usize) -> &[f64];

    /// Puts a copy into a state, at the first step of an episode.
    ///
    /// # Errors
    /// [`EnvError::State`] where there is no such copy or the state has another length.
    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError>;

    /// Gives all that decides what comes next as bytes: the states, how far each episode is, and where the chances stand.
    ///
    /// # Errors
    /// [`EnvError::NoSnapshot`] where the environment cannot tell.
    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        Err(EnvError::NoSnapshot { id: self.spec().id.clone() })
    }

    /// Goes back to a snapshot: every step from here on is, bit for bit, what it was from there on.
    ///
    /// # Errors
    /// [`EnvError::NoSnapshot`] as above; [`EnvError::Snapshot`] where the bytes are not a snapshot of as many copies of this
    /// environment.
    fn restore(&mut self, _snapshot: &[u8]) -> Result<(), EnvError> {
        Err(EnvError::NoSnapshot { id: self.spec().id.clone() })
    }
}

/// What a step gave. Each list has an entry, or a row, for each agent of each copy.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The observation that the action led to: the episode's final one where it ended.
    pub next_observation: &'a [f32],
    /// The observation in which the next action is taken: a new episode's first one where the last ended.
    pub observation: &'a [f32],
    /// The environment's own reward.
    pub reward: &'a [f32],
    /// The same in full precision.
    pub reward_f64: &'a [f64],
    /// The task itself ended the episode.
    pub terminated: &'a [bool],
    /// The time limit ended the episode. Both hold where the task ended it at its last step.
    pub truncated: &'a [bool],
}
