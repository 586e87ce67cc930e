//! An environment of `meed-envs` as the rules' simulator.

use meed_envs::{ActionSpace, EnvError, VectorEnv};

use crate::simulator::{Actions, Simulation, Simulator, SimulatorError, Stepped};

/// An environment by its id, of which every rule gets a copy.
#[derive(Clone, Debug)]
pub struct Environment {
    id: String,
}

impl Environment {
    /// Finds an environment.
    ///
    /// # Errors
    /// Where there is none of this id, or it cannot be made here.
    pub fn new(id: &str) -> Result<Environment, EnvError> {
        meed_envs::spec(id)?;
        Ok(Environment { id: id.to_owned() })
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
