//! Reads and writes recorded trajectories.

mod table;

pub use table::Table;
