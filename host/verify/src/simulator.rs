//! A task that can be run, for the rules that ask what would have happened.

use std::error::Error;

/// Starts simulators of one task. Every rule that needs one starts its own.
pub trait Simulation: Sync {
    /// Starts a simulator whose chances all come from `seed`.
    ///
    /// # Errors
    /// Where the task cannot be started.
    fn start(&self, seed: u64) -> Result<Box<dyn Simulator>, SimulatorError>;
}

/// Whatever went wrong in a simulator.
pub type SimulatorError = Box<dyn Error + Send + Sync>;

/// One copy of a task. It begins at the start of an episode; where a step ends one, it goes on with the next.
pub trait Simulator: Send {
    /// Counts the agents, each of which has a row of its own in every step.
    fn agents(&self) -> usize;

    /// Says what an agent may do.
    fn actions(&self) -> Actions;

    /// Borrows the observations in which the next actions are taken, agents x observation size.
    fn observation(&self) -> &[f32];

    /// Gives the state; empty where the simulator cannot tell, and can be put into none.
    fn state(&self) -> Vec<f64>;

    /// Puts the simulator into a state, at the first step of an episode.
    ///
    /// # Errors
    /// Where it is no state of the task.
    fn set_state(&mut self, state: &[f64]) -> Result<(), SimulatorError>;

    /// Begins a new episode.
    ///
    /// # Errors
    /// What the simulator ran into.
    fn reset(&mut self) -> Result<(), SimulatorError>;

    /// Takes one step; `actions` is agents x action size.
    ///
    /// # Errors
    /// What the simulator ran into.
    fn step(&mut self, actions: &[f32]) -> Result<Stepped, SimulatorError>;
}

/// What an agent may do.
#[derive(Clone, Debug, PartialEq)]
pub enum Actions {
    /// One of this many choices, by its index.
    Choices(usize),
    /// A number from low to high for each column.
    Numbers {
        /// Smallest, a number for each column.
        low: Vec<f32>,
        /// Largest, a number for each column.
        high: Vec<f32>,
    },
}

impl Actions {
    /// Counts the numbers of an agent's action.
    pub fn size(&self) -> usize {
        match self {
            Actions::Choices(_) => 1,
            Actions::Numbers { low, .. } => low.len(),
        }
    }
}

/// What a step gave: a row, or an entry, for each agent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stepped {
    /// The observation that the action led to: the episode's final one where it ended.
    pub next_observation: Vec<f32>,
    /// The task's own reward.
    pub reward: Vec<f32>,
    /// The task itself ended the episode.
    pub terminated: Vec<bool>,
    /// A time limit ended the episode.
    pub truncated: Vec<bool>,
}
