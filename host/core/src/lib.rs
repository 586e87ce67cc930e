//! Holds the plain types that every other crate of the host speaks, and the [`RewardSource`] trait.
//!
//! A reward is asked through [`RewardSource`], whether it is a WebAssembly plugin (`meed-runtime`) or a native Rust function
//! ([`NativeReward`]). The verifier, the trainers and the command line know nothing else of it. This crate knows neither
//! wasmtime nor burn nor any file format, and it does no input or output.
//!
//! ```
//! use meed_core::{Batch, Description, Factor, Field, NativeReward, RewardSource, Scores, Transitions};
//!
//! let description = Description::transition("squared-torque", "0.1.0")
//!     .action([Field::new("torque", 1, "N m", -2.0, 2.0)])
//!     .factors([Factor::new("cost", -4.0, 0.0, 1.0, "minus the squared torque")]);
//! let mut reward = NativeReward::per_row(description, |row, out| out[0] = -row.action[0] * row.action[0]);
//!
//! let batch = Transitions { rows: 2, action: &[0.5, 2.0], ..Transitions::default() };
//! let mut scores = Scores::default();
//! reward.evaluate(Batch::Transitions(&batch), &mut scores)?;
//! assert_eq!(scores.values, [-0.25, -4.0]);
//! # Ok::<(), meed_core::RewardError>(())
//! ```

mod batch;
mod description;
mod error;
mod native;
mod scores;
mod source;

pub use batch::{Batch, Column, Episodes, Samples, Transitions, part_range};
pub use description::{Description, DescriptionProblem, Factor, Field, Granularity, Inputs, Kind, Reads};
pub use error::{Failure, InputError, OutputError, RewardError};
pub use native::{NativeReward, Row};
pub use scores::{Reason, Scores, Unscored, check_rows, check_scores};
pub use source::{Cost, RewardFactory, RewardSource};
