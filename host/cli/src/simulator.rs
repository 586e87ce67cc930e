//! An environment as the verifier's simulator.

use anyhow::Result;
use meed_envs::{ActionSpace, VectorEnv};
use meed_trajectory::Dataset;
use meed_verify::{Actions, Simulation, Simulator, SimulatorError, Stepped};

use crate::exit::UsageError;

/// An environment by its id, of which every rule gets a copy.
pub(crate) struct Environment {
    id: String,
}

impl Environment {
    /// Finds the environment: by its id, or as `env` the one that the data say they were recorded in.
    pub(crate) fn new(named: &str, data: &[Dataset]) -> Result<Environment> {
        let recorded = |dataset: &Dataset| match dataset {
            Dataset::Transitions(reader) => reader.schema().environment.clone(),
            Dataset::Samples(_) => None,
        };
        let id = match named {
            "env" => data.iter().find_map(recorded).ok_or_else(|| {
                UsageError("--simulator env: the data do not say which environment they come from; name it".into())
            })?,
            id => id.to_owned(),
        };
        // One that cannot be made is a mistake of the user's, not a rule's to report.
        meed_envs::spec(&id).map_err(|error| UsageError(format!("--simulator {named}: {error}")))?;
        Ok(Environment { id })
    }
}

impl Simulation for Environment {
    fn start(&self, seed: u64) -> Result<Box<dyn Simulator>, SimulatorError> {
        Ok(Box::new(Copy { env: meed_envs::make(&self.id, 1, seed)? }))
    }
}

struct Copy {
    env: Box<dyn VectorEnv>,
}

impl Simulator for Copy {
    fn agents(&self) -> usize {
        self.env.spec().agents
    }

    fn actions(&self) -> Actions {
        match &self.env.spec().action_space {
            ActionSpace::Discrete(choices) => Actions::Choices(*choices),
            ActionSpace::Box { low, high } => Actions::Numbers { low: low.clone(), high: high.clone() },
        }
    }

    fn observation(&self) -> &[f32] {
        self.env.observation()
    }

    fn state(&self) -> Vec<f64> {
        self.env.state(0).to_vec()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), SimulatorError> {
        Ok(self.env.set_state(0, state)?)
    }

    fn reset(&mut self) -> Result<(), SimulatorError> {
        Ok(self.env.reset(None)?)
    }

    fn step(&mut self, actions: &[f32]) -> Result<Stepped, SimulatorError> {
        let step = self.env.step(actions)?;
        Ok(Stepped {
            next_observation: step.next_observation.to_vec(),
            reward: step.reward.to_vec(),
            terminated: step.terminated.to_vec(),
            truncated: step.truncated.to_vec(),
        })
    }
}
