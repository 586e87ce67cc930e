//! Environments to train agents in: vectorised, seeded, and equal to Gymnasium's.
//!
//! The trainer steps them, `meed record` records them; rewards never see one, only the rows it gave. Each environment is one
//! file that says how a single copy moves; [`VectorEnv`] runs several copies, cuts their episodes at the time limit and begins
//! new ones. Nothing is drawn, rendered or configured here.
//!
//! The numbers are those of the originals, the chances are not: a seed gives other initial states here than there, so compare from
//! states set by [`VectorEnv::set_state`]. The classic control tasks are Gymnasium 1.4.0's (`fixtures/record.py` recorded them), the
//! `mpe2/` particle environments those of the package mpe2 (`fixtures/record_mpe2.py`), the `lare/` ones follow what LaRe's
//! experiments use. Any other environment of Gymnasium or PettingZoo runs in a Python process: `gym:LunarLander-v3`,
//! `pettingzoo:mpe2.simple_spread_v3`.
//!
//! ```
//! let mut env = meed_envs::make("Pendulum-v1", 2, 7)?;
//! let step = env.step(&[0.5, -2.0])?;
//! assert_eq!(step.next_observation.len(), 2 * 3);
//! assert!(step.reward.iter().all(|reward| *reward <= 0.0));
//! # Ok::<(), meed_envs::EnvError>(())
//! ```

mod acrobot;
mod bridge;
mod cart_pole;
mod mountain_car;
mod mountain_car_continuous;
#[cfg(feature = "mujoco")]
mod mujoco;
mod particles;
mod pendulum;
mod rng;
mod spec;
mod vector;
mod vectorised;
mod wrappers;

pub use bridge::BridgeOptions;
pub use rng::RngState;
pub use spec::{ActionSpace, EnvError, EnvSpec};
pub use vector::{Step, VectorEnv};
pub use wrappers::{Episodic, ScaledAction, TimeLimit, Wrappers};

use acrobot::Acrobot;
use bridge::Bridge;
use cart_pole::CartPole;
use mountain_car::MountainCar;
use mountain_car_continuous::MountainCarContinuous;
use particles::{Area, Flavor, Spread, Tag};
use pendulum::Pendulum;
use vectorised::{Dynamics, Vectorised};

/// Names the environments with one agent that [`make`] knows.
pub const IDS: [&str; 5] = ["CartPole-v1", "Pendulum-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1"];

/// Names the environments with several agents that [`make`] knows.
pub const MULTI_AGENT_IDS: [&str; 21] = [
    "mpe2/simple_spread-3",
    "mpe2/simple_spread-6",
    "mpe2/simple_spread-15",
    "mpe2/simple_spread-30",
    "mpe2/simple_tag-3",
    "mpe2/simple_tag-6",
    "mpe2/simple_tag-15",
    "mpe2/simple_tag-30",
    "mpe2/simple_chase-3",
    "mpe2/simple_chase-6",
    "mpe2/simple_chase-15",
    "mpe2/simple_chase-30",
    "lare/spread-3",
    "lare/spread-6",
    "lare/spread-15",
    "lare/spread-30",
    "lare/tag-3",
    "lare/tag-6",
    "lare/tag-15",
    "lare/tag-30",
    "lare/triangle-area",
];

/// Names the environments on MuJoCo, which [`make`] knows where this crate is built with the feature `mujoco`.
pub const MUJOCO_IDS: [&str; 12] = [
    "Reacher-v5",
    "HalfCheetah-v5",
    "Hopper-v5",
    "Walker2d-v5",
    "Ant-v5",
    "HumanoidStandup-v5",
    "Reacher-v4",
    "HalfCheetah-v4",
    "Hopper-v4",
    "Walker2d-v4",
    "Ant-v4",
    "HumanoidStandup-v4",
];

/// Lists all names that this build's [`make`] knows, without those of Python's environments.
pub fn ids() -> impl Iterator<Item = &'static str> {
    let mujoco = MUJOCO_IDS.into_iter().filter(|_| cfg!(feature = "mujoco"));
    IDS.into_iter().chain(MULTI_AGENT_IDS).chain(mujoco)
}

/// Makes `num_envs` copies of an environment, each at the start of an episode.
///
/// Copy `i` draws from a random stream of its own, made of `seed` and `i`: its episodes are the same however many copies
/// stand beside it.
///
/// An id that begins with `gym:` or `pettingzoo:` starts a Python process, with the options that [`BridgeOptions::default`] finds:
/// `gym:LunarLander-v3`, `gym:my_module:MyEnv-v0`, `pettingzoo:mpe2.simple_spread_v3`. Its fields are one `observation` and one
/// `action`.
///
/// # Errors
/// [`EnvError::UnknownId`] with the ids there are; [`EnvError::NoEnvs`] where `num_envs` is 0; what became of the Python process;
/// [`EnvError::Mujoco`] where MuJoCo is missing or of another version.
pub fn make(id: &str, num_envs: usize, seed: u64) -> Result<Box<dyn VectorEnv>, EnvError> {
    fn copies(dynamics: impl Dynamics, num_envs: usize, seed: u64) -> Result<Box<dyn VectorEnv>, EnvError> {
        Ok(Box::new(Vectorised::new(dynamics, num_envs, seed)?))
    }
    match id {
        "CartPole-v1" => return copies(CartPole, num_envs, seed),
        "Pendulum-v1" => return copies(Pendulum, num_envs, seed),
        "MountainCar-v0" => return copies(MountainCar, num_envs, seed),
        "MountainCarContinuous-v0" => return copies(MountainCarContinuous, num_envs, seed),
        "Acrobot-v1" => return copies(Acrobot, num_envs, seed),
        "lare/triangle-area" => return copies(Area::new(), num_envs, seed),
        #[cfg(feature = "mujoco")]
        _ if MUJOCO_IDS.contains(&id) => return copies(mujoco::Mujoco::new(id)?, num_envs, seed),
        #[cfg(not(feature = "mujoco"))]
        _ if MUJOCO_IDS.contains(&id) => {
            return Err(EnvError::Mujoco { id: id.into(), reason: "this build is without it".into() });
        }
        _ if id.starts_with("gym:") || id.starts_with("pettingzoo:") => {
            return bridge(id, num_envs, seed, &BridgeOptions::default());
        }
        _ => {}
    }
    let known = id.rsplit_once('-').filter(|_| MULTI_AGENT_IDS.contains(&id));
    match known.and_then(|(family, agents)| Some((family, agents.parse().ok()?))) {
        Some(("mpe2/simple_spread", agents)) => copies(Spread::new(Flavor::Mpe2, agents), num_envs, seed),
        Some(("mpe2/simple_tag", agents)) => copies(Tag::new(Flavor::Mpe2, agents), num_envs, seed),
        Some(("mpe2/simple_chase", agents)) => copies(Tag::chase(agents), num_envs, seed),
        Some(("lare/spread", agents)) => copies(Spread::new(Flavor::Lare, agents), num_envs, seed),
        Some(("lare/tag", agents)) => copies(Tag::new(Flavor::Lare, agents), num_envs, seed),
        _ => Err(EnvError::UnknownId { id: id.into() }),
    }
}

/// Makes copies of a Python environment as [`make`] does, with options of one's own.
///
/// # Errors
/// [`EnvError::NoPython`], [`EnvError::NoEnvs`], and [`EnvError::Bridge`] where the process breaks.
pub fn bridge(id: &str, num_envs: usize, seed: u64, options: &BridgeOptions) -> Result<Box<dyn VectorEnv>, EnvError> {
    Ok(Box::new(Bridge::start(id, num_envs, seed, options)?))
}

/// Tells whether the agents of an environment play against each other, as predators and prey do, where that is known.
pub fn has_opponents(id: &str) -> bool {
    id.starts_with("mpe2/simple_tag-")
}

/// Describes an environment without making one.
///
/// # Errors
/// [`EnvError::UnknownId`] with the ids there are.
pub fn spec(id: &str) -> Result<EnvSpec, EnvError> {
    make(id, 1, 0).map(|env| env.spec().clone())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_listed_id_is_made_under_its_own_name() {
        for id in ids() {
            let env = make(id, 2, 0).unwrap();
            assert_eq!(env.spec().id, id);
            assert_eq!((env.spec().agents > 1, env.rows()), (MULTI_AGENT_IDS.contains(&id), 2 * env.spec().agents));
        }
    }

    #[test]
    fn an_unknown_id_is_refused_with_the_ids_there_are() {
        let Err(error) = make("Cartpole", 1, 0) else { panic!("made an unknown environment") };
        let text = error.to_string();
        assert!(ids().all(|id| text.contains(id)), "{text}");
        assert!(make("lare/spread-7", 1, 0).is_err());
        assert!(cfg!(feature = "mujoco") || matches!(make("Ant-v5", 1, 0), Err(EnvError::Mujoco { .. })));
        assert!(matches!(make("CartPole-v1", 0, 0), Err(EnvError::NoEnvs)));
    }
}
