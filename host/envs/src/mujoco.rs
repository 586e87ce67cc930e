//! Gymnasium's locomotion and reaching tasks on MuJoCo, of the version that Gymnasium's own were compared with.
//!
//! The library and the models are not part of this repository: `cargo xtask mujoco` fetches both from PyPI. A copy's state is
//! MuJoCo's own, with warm starts, and what the last step left to be seen: positions of bodies lag one substep behind the joints,
//! there as here. One simulation serves all copies that a thread steps.

mod log;
mod task;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use meed_core::Field;
use mujoco_rs::mujoco_version;
use mujoco_rs::prelude::{MjData, MjModel, MjtState};
use rand_chacha::ChaCha8Rng;

use crate::vectorised::Dynamics;
use crate::{ActionSpace, EnvError, EnvSpec};
use task::Task;

/// The version whose numbers these are: returns move by more than 1 % between versions.
const VERSION: &str = "3.17.0";
/// The parts of MuJoCo's state that decide how it goes on.
const PHYSICS: u32 = MjtState::mjSTATE_INTEGRATION as u32;

/// An environment on MuJoCo.
pub(crate) struct Mujoco {
    id: String,
    task: Task,
    model: Arc<MjModel>,
    /// Simulations that no thread is using, at least one when none is at work.
    simulations: Mutex<Vec<MjData<Arc<MjModel>>>>,
    /// Positions and velocities of the joints.
    joints: (usize, usize),
    /// Numbers of MuJoCo's state, which a copy's state begins with.
    physics: usize,
    /// Numbers of an observation, which follow it. The last three are a place that the reward refers to.
    seen: usize,
}

/// Names the folder with the library and the models: `MEED_MUJOCO`, else `meed/mujoco` in the user's cache.
fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")));
    named("MEED_MUJOCO").or_else(|| Some(cache()?.join("meed/mujoco")))
}

impl Mujoco {
    /// Loads the model of an environment.
    pub(crate) fn new(id: &str) -> Result<Self, EnvError> {
        log::route();
        let refused = |reason: String| EnvError::Mujoco { id: id.into(), reason };
        let task = Task::of(id).ok_or_else(|| EnvError::UnknownId { id: id.into() })?;
        if mujoco_version() != VERSION {
            return Err(refused(format!("the library is MuJoCo {}, not {VERSION}", mujoco_version())));
        }
        let folder = folder().ok_or_else(|| refused("neither MEED_MUJOCO nor HOME is set".into()))?;
        let file = folder.join("assets").join(task.model());
        let model =
            Arc::new(MjModel::from_xml(&file).map_err(|error| refused(format!("{}: {error}", file.display())))?);
        let data = MjData::try_new(Arc::clone(&model)).map_err(|error| refused(error.to_string()))?;
        let (physics, seen) = (data.state(PHYSICS).len(), task.observe(&data).len());
        let joints = (data.qpos().len(), data.qvel().len());
        Ok(Mujoco { id: id.into(), task, model, simulations: Mutex::new(vec![data]), joints, physics, seen })
    }

    /// Works with a simulation that no other thread uses meanwhile.
    fn simulate<T>(&self, work: impl FnOnce(&mut MjData<Arc<MjModel>>) -> T) -> T {
        let free = || self.simulations.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = free().pop();
        let mut data = idle.unwrap_or_else(|| MjData::new(Arc::clone(&self.model)));
        let answer = work(&mut data);
        free().push(data);
        answer
    }

    /// Takes a copy's state out of the simulation.
    fn capture(&self, data: &MjData<Arc<MjModel>>) -> Vec<f64> {
        let mut state = data.state(PHYSICS).into_vec();
        state.extend(self.task.observe(data));
        state.extend(self.task.place(data));
        state
    }

    /// Gives the state at the beginning of an episode with these joints.
    fn begin(&self, positions: &[f64], velocities: &[f64]) -> Vec<f64> {
        self.simulate(|data| {
            data.reset();
            data.qpos_mut().copy_from_slice(positions);
            data.qvel_mut().copy_from_slice(velocities);
            data.forward();
            self.capture(data)
        })
    }

    fn advance(&self, data: &mut MjData<Arc<MjModel>>, state: &mut Vec<f64>, action: &[f32]) -> (f64, bool) {
        let before = &state[self.physics + self.seen..];
        let before = [before[0], before[1], before[2]];
        if data.set_state(&state[..self.physics], PHYSICS).is_err() {
            // The lengths are the model's own; a state that it does not take ends the episode.
            return (0.0, true);
        }
        let position = data.qpos()[0];
        for (control, action) in data.ctrl_mut().iter_mut().zip(action) {
            *control = f64::from(*action);
        }
        for _ in 0..self.task.substeps() {
            data.step();
        }
        data.rne_post_constraint();
        let outcome = self.task.reward(data, action, position, before, self.model.opt().timestep);
        *state = self.capture(data);
        outcome
    }
}

impl Dynamics for Mujoco {
    type State = Vec<f64>;

    fn spec(&self) -> EnvSpec {
        let ranges = self.model.actuator_ctrlrange();
        let (low, high): (Vec<f32>, Vec<f32>) = ranges.iter().map(|[low, high]| (*low as f32, *high as f32)).unzip();
        let least = low.iter().copied().fold(f32::INFINITY, f32::min);
        let most = high.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        EnvSpec {
            id: self.id.clone(),
            agents: 1,
            observation: self.task.fields(self.seen, self.joints),
            action: vec![Field::new("control", low.len(), "1", least, most)],
            action_space: ActionSpace::Box { low, high },
            max_episode_steps: Some(self.task.episode()),
        }
    }

    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State {
        let (positions, velocities) = self.task.initial(self.model.qpos0(), self.joints.1, rng);
        self.begin(&positions, &velocities)
    }

    fn observe(&self, state: &Self::State, observation: &mut [f32]) {
        for (seen, value) in observation.iter_mut().zip(&state[self.physics..]) {
            *seen = *value as f32;
        }
    }

    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool {
        let (gain, ended) = self.simulate(|data| self.advance(data, state, action));
        reward.fill(gain);
        ended
    }

    /// Takes joint positions and velocities as well, as Gymnasium's `set_state` does.
    fn place(&self, state: &mut Self::State, numbers: &[f64]) -> bool {
        let (positions, velocities) = self.joints;
        if numbers.len() == positions + velocities {
            *state = self.begin(&numbers[..positions], &numbers[positions..]);
            return true;
        }
        let fits = numbers.len() == state.len();
        if fits {
            state.copy_from_slice(numbers);
        }
        fits
    }
}
