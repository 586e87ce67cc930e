//! Environments to train agents in: vectorised, seeded, and equal to Gymnasium's.
//!
//! The trainer steps them, `meed record` records them; rewards never see one, only the rows it gave. Each environment is one
//! file that says how a single copy moves; [`VectorEnv`] runs several copies, cuts their episodes at the time limit and begins
//! new ones. Nothing is drawn, rendered or configured here.
//!
//! The numbers are those of Gymnasium 1.4.0 (`fixtures/record.py` recorded them), the chances are not: a seed gives other
//! initial states here than there, so compare from states set by [`VectorEnv::set_state`].
//!
//! ```
//! let mut env = meed_envs::make("Pendulum-v1", 2, 7)?;
//! let step = env.step(&[0.5, -2.0])?;
//! assert_eq!(step.next_observation.len(), 2 * 3);
//! assert!(step.reward.iter().all(|reward| *reward <= 0.0));
//! # Ok::<(), meed_envs::EnvError>(())
//! ```

mod cart_pole;
mod pendulum;
mod rng;
mod spec;
mod vector;

pub use rng::RngState;
pub use spec::{ActionSpace, EnvError, EnvSpec};
pub use vector::{Step, VectorEnv};

use cart_pole::CartPole;
use pendulum::Pendulum;
use vector::Vectorised;

/// Names the environments that [`make`] knows.
pub const IDS: [&str; 2] = ["CartPole-v1", "Pendulum-v1"];

/// Makes `num_envs` copies of an environment, each at the start of an episode.
///
/// Copy `i` draws from a random stream of its own, made of `seed` and `i`: its episodes are the same however many copies
/// stand beside it.
///
/// # Errors
/// [`EnvError::UnknownId`] with the ids there are; [`EnvError::NoEnvs`] where `num_envs` is 0.
pub fn make(id: &str, num_envs: usize, seed: u64) -> Result<Box<dyn VectorEnv>, EnvError> {
    match id {
        "CartPole-v1" => Ok(Box::new(Vectorised::<CartPole>::new(num_envs, seed)?)),
        "Pendulum-v1" => Ok(Box::new(Vectorised::<Pendulum>::new(num_envs, seed)?)),
        _ => Err(EnvError::UnknownId { id: id.into() }),
    }
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
        for id in IDS {
            assert_eq!(make(id, 1, 0).unwrap().spec().id, id);
        }
    }

    #[test]
    fn an_unknown_id_is_refused_with_the_ids_there_are() {
        let Err(error) = make("Cartpole", 1, 0) else { panic!("made an unknown environment") };
        let text = error.to_string();
        assert!(IDS.iter().all(|id| text.contains(id)), "{text}");
        assert!(matches!(make("CartPole-v1", 0, 0), Err(EnvError::NoEnvs)));
    }
}
