//! What a run leaves: its directory, checkpoints, metrics and report, and what is seen while it goes on.

pub(crate) mod checkpoint;
pub(crate) mod metrics;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod run_dir;
