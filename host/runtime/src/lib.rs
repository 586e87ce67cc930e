//! Runs reward plugins: loads a WebAssembly component, and asks it as a [`RewardSource`](meed_core::RewardSource).
//!
//! This is the only crate that knows wasmtime. Whoever evaluates, verifies or trains makes a [`Host`] for a [`Profile`], loads a
//! [`Plugin`], and from then on sees the traits of `meed_core` only. It lets no plugin reach anything but its arguments and a
//! bounded log, and it never loads compiled code that it did not write itself.
//!
//! Every way in which a plugin can fail is a variant: [`LoadError`] before the first call, `meed_core::Failure` in one. A failed
//! call leaves no trace: its instance is dropped, and the next call makes another.
//!
//! ```no_run
//! use meed_core::{Batch, RewardFactory, Scores, Transitions};
//! use meed_runtime::{Host, HostConfig, Profile};
//!
//! let host = Host::new(HostConfig::new(Profile::Train))?;
//! let plugin = host.load_file("pendulum.wasm".as_ref())?;
//! let mut reward = plugin.source(0)?;
//! let batch = Transitions { rows: 1, observation: &[1.0, 0.0, 0.0], action: &[0.0], ..Transitions::default() };
//! let mut scores = Scores::default();
//! reward.evaluate(Batch::Transitions(&batch), &mut scores)?;
//! println!("{:?}", scores.row(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arena;
mod background;
mod bindings;
mod cache;
mod crew;
mod describe;
mod effort;
mod engine;
mod error;
mod host;
mod inspect;
mod instance;
mod limiter;
mod limits;
mod log;
mod plugin;
mod pool;
mod profile;
mod sealed;
mod sources;
mod ticker;

#[cfg(test)]
mod tests;

pub use background::{Answer, Background, OwnedRows};
pub use cache::CacheLocation;
pub use error::{HostError, LoadError};
pub use host::{Host, HostConfig};
pub use limits::Limits;
pub use plugin::{CallPath, Plugin};
pub use pool::PooledSource;
pub use profile::Profile;
