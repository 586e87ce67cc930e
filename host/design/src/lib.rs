//! Makes plugins: [`scaffold`] begins one, [`build`] compiles the source in a folder to a component, [`design`] has a [`Model`] write
//! one for a [`Task`].
//!
//! The command line calls this crate for `meed new`, `meed build` and `meed design`. It starts the compilers of the guest languages
//! and checks what they make; it never runs a plugin, and knows no wasmtime: whether a reward is any good a [`Judge`] says.
//!
//! ```
//! use meed_core::Kind;
//! use meed_design::{Language, ScaffoldOptions, scaffold};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let (name, parent) = ("my-reward".to_owned(), folder.path().to_owned());
//! let made = scaffold(&ScaffoldOptions { name, language: Language::Rust, kind: Kind::Transition, parent })?;
//! assert_eq!(Language::detect(&made.dir)?, Language::Rust);
//! # Ok(())
//! # }
//! ```

mod build;
mod client;
mod componentize;
mod confine;
mod design_dir;
mod embedded;
mod error;
mod extract;
mod files;
mod form;
mod language;
mod learnt;
mod page;
mod process;
mod prompt;
mod provenance;
mod quote;
mod scaffold;
mod sdk;
mod settings;
mod source_check;
mod strategy;
mod task;
mod tools;
mod training;
mod trim;
mod wit;
mod workshop;

pub use build::{BuildOptions, Built, build};
pub use client::{
    Answer, HttpModel, HttpOptions, Key, Message, Model, ModelError, Recorded, ReplayModel, Request, Role,
};
pub use componentize::{componentize, plugin_kind};
pub use design_dir::{AttemptView, DesignDir, DesignView, RunInfo, Timing, show};
pub use error::BuildError;
pub use extract::{ExtractError, extract};
pub use form::Form;
pub use language::Language;
pub use learnt::{Decoder, DecoderLayer, with_decoder};
pub use provenance::{Parent, Provenance};
pub use scaffold::{ScaffoldError, ScaffoldOptions, Scaffolded, scaffold};
pub use source_check::{SourceError, check_source};
pub use strategy::{
    Design, DesignError, Ended, Evidence, Fate, Judge, Judgement, Outcome, Part, Strategy, Summary, Verdict, design,
};
pub use task::{Budget, Prices, Task, TaskError, TaskField};
pub use tools::{REQUIREMENTS, cache_dir, tools_dir};
pub use training::{Course, Point, Trainer, Training};
pub use workshop::{Builder, CandidateError, Confinement, Workshop};
