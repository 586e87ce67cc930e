//! Reads and writes recorded trajectories, and reads text samples.
//!
//! The recorder writes with [`Writer`]; the verifier and the command line [`open`] a file and take a bounded number of rows at a
//! time, so that a file may be larger than memory. `docs/trajectories.md` describes the files. This crate runs no reward and no
//! environment, and it guesses nothing: what is malformed is an error with file, row and column.
//!
//! ```
//! use meed_trajectory::{Dataset, Schema, Table, Writer, open};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("walk.parquet");
//! let schema = Schema::new(2, 1).with_next_observation();
//! let mut writer = Writer::create(&file, schema.clone())?;
//! writer.write(&Table {
//!     rows: 2,
//!     observation: vec![0.0, 0.0, 1.0, 0.5],
//!     action: vec![1.0, -1.0],
//!     next_observation: vec![1.0, 0.5, 2.0, 0.0],
//!     terminated: vec![false, true],
//!     truncated: vec![false, false],
//!     episode: vec![0, 0],
//!     step: vec![0, 1],
//!     ..schema.table()
//! })?;
//! writer.finish()?;
//!
//! let Dataset::Transitions(mut reader) = open(&file)? else { unreachable!() };
//! while let Some(table) = reader.next_rows(4096)? {
//!     assert_eq!(table.view().next_observation, [1.0, 0.5, 2.0, 0.0]);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod atomic;
mod chunk;
mod convert;
mod dataset;
mod error;
mod fit;
mod guarded;
mod json;
mod jsonl_rows;
mod jsonl_samples;
mod minari;
mod minari_arrow;
mod minari_hdf5;
mod npz;
mod parquet_file;
mod parquet_rows;
mod parquet_samples;
mod reader;
mod samples;
mod schema;
mod scores;
mod sequence;
mod table;
mod writer;

pub use dataset::{Dataset, open};
pub use error::{Problem, TrajectoryError};
pub use reader::Reader;
pub use samples::{SampleReader, SampleSchema, SampleTable};
pub use schema::{Layout, NamedField, SCHEMA_KEY, SCHEMA_VERSION, Schema};
pub use scores::ScoreWriter;
pub use table::Table;
pub use writer::Writer;
