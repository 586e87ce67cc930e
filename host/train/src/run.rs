//! What a run leaves: its directory, checkpoints, metrics, and what is seen while it goes on.

pub(crate) mod atomic;
pub(crate) mod checkpoint;
mod columns;
mod events;
pub(crate) mod info;
mod journal;
mod lock;
pub(crate) mod metrics;
pub(crate) mod progress;
pub(crate) mod run_dir;
