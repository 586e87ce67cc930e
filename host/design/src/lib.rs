//! Makes plugins: [`scaffold`] begins one, [`build`] compiles the source in a folder to a component.
//!
//! The command line calls this crate for `meed new` and `meed build`. It starts the compilers of the guest languages and checks
//! what they make; it never runs a plugin, and knows no wasmtime: whether a reward is any good is not its business.

mod build;
mod componentize;
mod embedded;
mod error;
mod files;
mod language;
mod process;
mod scaffold;
mod sdk;
mod settings;
mod tools;
mod wit;

pub use build::{BuildOptions, Built, build};
pub use componentize::{componentize, plugin_kind};
pub use error::BuildError;
pub use language::Language;
pub use scaffold::{ScaffoldError, ScaffoldOptions, Scaffolded, scaffold};
pub use tools::{REQUIREMENTS, cache_dir, tools_dir};
