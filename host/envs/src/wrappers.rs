//! Environments around an environment: each takes one and is one, so that they can be put around each other.
//!
//! ```
//! use meed_envs::{Episodic, TimeLimit, VectorEnv};
//!
//! let pendulum = meed_envs::make("Pendulum-v1", 1, 7)?;
//! let mut env = Episodic::new(Box::new(TimeLimit::new(pendulum, 50)));
//! for step in 1..=100 {
//!     let given = env.step(&[0.5])?;
//!     assert_eq!(given.reward[0] != 0.0, step % 50 == 0);
//! }
//! # Ok::<(), meed_envs::EnvError>(())
//! ```

mod episodic;
mod scaled_action;
mod time_limit;

pub use episodic::Episodic;
pub use scaled_action::ScaledAction;
pub use time_limit::TimeLimit;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{EnvError, EnvSpec, VectorEnv};

/// What is put around an environment, the first the innermost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wrappers {
    /// Whether actions are chosen from -1 to 1, as [`ScaledAction`] has it.
    pub scale_action: bool,
    /// Steps after which an episode is truncated, at least 1, as [`TimeLimit`] has it.
    pub time_limit: Option<u32>,
    /// Whether the reward is kept back until an episode ends, as [`Episodic`] has it.
    pub episodic: bool,
}

impl Wrappers {
    /// Makes copies of an environment as [`make`](crate::make) does, and puts the wrappers around.
    ///
    /// # Errors
    /// Those of `make`, and [`EnvError::ActionRange`] where actions are to be scaled and cannot be.
    pub fn make(&self, id: &str, num_envs: usize, seed: u64) -> Result<Box<dyn VectorEnv>, EnvError> {
        let mut env = crate::make(id, num_envs, seed)?;
        if self.scale_action {
            env = Box::new(ScaledAction::new(env)?);
        }
        if let Some(limit) = self.time_limit {
            env = Box::new(TimeLimit::new(env, limit));
        }
        Ok(if self.episodic { Box::new(Episodic::new(env)) } else { env })
    }

    /// Describes an environment with the wrappers around it.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn spec(&self, id: &str) -> Result<EnvSpec, EnvError> {
        self.make(id, 1, 0).map(|env| env.spec().clone())
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Wrappers::default()
    }
}

/// Puts a wrapper's own memory beside the snapshot of what it is around.
fn around<T: Serialize>(own: &T, inner: Vec<u8>) -> Result<Vec<u8>, EnvError> {
    postcard::to_allocvec(&(own, inner)).map_err(|error| EnvError::Snapshot { reason: error.to_string() })
}

/// Takes the two apart again. The wrapper's memory has a number for each copy.
fn apart<T: DeserializeOwned>(snapshot: &[u8], envs: usize) -> Result<(Vec<T>, Vec<u8>), EnvError> {
    let (own, inner): (Vec<T>, Vec<u8>) =
        postcard::from_bytes(snapshot).map_err(|error| EnvError::Snapshot { reason: error.to_string() })?;
    if own.len() != envs {
        return Err(EnvError::Snapshot { reason: format!("it is of {} copies, not of {envs}", own.len()) });
    }
    Ok((own, inner))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_put_around_in_their_order() {
        let all = Wrappers { scale_action: true, time_limit: Some(3), episodic: true };
        let mut env = all.make("Pendulum-v1", 1, 7).unwrap();
        let mut plain = crate::make("Pendulum-v1", 1, 7).unwrap();
        let mut sum = 0.0;
        for step in 1..=3 {
            sum += plain.step(&[2.0]).unwrap().reward_f64[0];
            let given = env.step(&[1.0]).unwrap();
            assert_eq!(given.truncated, [step == 3]);
            assert_eq!(given.reward_f64, [if step == 3 { sum } else { 0.0 }]);
        }
        assert!(all.spec("CartPole-v1").is_err());
        assert!(Wrappers::default().is_empty() && !all.is_empty());
        assert_eq!(Wrappers::default().spec("CartPole-v1").unwrap(), crate::spec("CartPole-v1").unwrap());
    }
}
