//! The trait through which a reward is asked.

use crate::{Batch, Description, Failure, RewardError, Scores, Transitions};

/// What the last call cost, as far as the source can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Units of wasmtime fuel, about one a WebAssembly instruction; `None` where fuel is not counted.
    pub fuel: Option<u64>,
    /// Bytes of linear memory that the instance holds after the call; `None` for native rewards.
    pub memory: Option<usize>,
}

/// One live reward: a WebAssembly instance or a native function.
///
/// A source is asked from one thread at a time. After an error it is as good as new, except that a stateful reward has lost
/// its state: restore it from a snapshot.
pub trait RewardSource: Send {
    /// Says what the reward reads and what its numbers mean.
    fn description(&self) -> &Description;

    /// Scores a batch into `scores`, which is overwritten.
    ///
    /// # Errors
    /// Where the batch does not fit the description, the reward refuses or breaks, or its answer breaks the interface's rules,
    /// a number that is not finite included. `scores` then means nothing.
    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError>;

    /// Takes a batch into the state. Rewards without state ignore it.
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate).
    fn observe(&mut self, _batch: &Transitions<'_>) -> Result<(), RewardError> {
        Ok(())
    }

    /// Gives the state as bytes.
    ///
    /// # Errors
    /// [`Failure::Unsupported`] for rewards without state.
    fn snapshot(&mut self) -> Result<Vec<u8>, RewardError> {
        Err(unsupported(self.description(), "snapshot"))
    }

    /// Replaces the state by that of a snapshot, bit for bit.
    ///
    /// # Errors
    /// [`Failure::Unsupported`] for rewards without state; [`Failure::Fault`] where the bytes are not a snapshot.
    fn restore(&mut self, _snapshot: &[u8]) -> Result<(), RewardError> {
        Err(unsupported(self.description(), "restore"))
    }

    /// Tells what the last call cost.
    fn cost(&self) -> Cost {
        Cost::default()
    }
}

/// Something that makes fresh sources of one reward: a loaded plugin, or a native reward's constructor.
pub trait RewardFactory: Send + Sync {
    /// Says what the reward reads and what its numbers mean.
    fn description(&self) -> &Description;

    /// Makes a source that shares nothing with any other. `seed` is for stateful rewards; the rest ignore it.
    ///
    /// # Errors
    /// Where no instance can be made.
    fn source(&self, seed: u64) -> Result<Box<dyn RewardSource>, RewardError>;
}

fn unsupported(description: &Description, export: &'static str) -> RewardError {
    RewardError {
        plugin: description.name.clone(),
        version: description.version.clone(),
        export,
        failure: Failure::Unsupported { kind: description.kind },
    }
}
