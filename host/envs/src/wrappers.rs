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

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::EnvError;

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
