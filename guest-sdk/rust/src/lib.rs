//! The kit for writing reward plugins in Rust.
//!
//! An author describes the reward and writes one function of typed inputs; [`transition!`], [`episode!`], [`stateful!`] or
//! [`text!`] makes a plugin of the two. The same crate compiled natively is an ordinary library with the same function, so that a
//! test can hold the two against each other; with [`math`] and [`lanes`] they agree bit for bit. A plugin built with this crate
//! imports nothing, unless it calls [`log!`].
//!
//! ```
//! use meed_guest::prelude::*;
//!
//! meed_guest::transition! {
//!     name: "upright",
//!     summary: "Pays for a pole that stands",
//!     observation: Observation { angle: f32 = "rad" in -3.15..=3.15, velocity: f32 = "rad/s" },
//!     factors: Factors { height: "height of the tip" in -1.0..=1.0, calm: "minus the squared velocity" weight 0.1 in ..=0.0 },
//!     reward: reward(next),
//! }
//!
//! fn reward(next: &Observation) -> Factors {
//!     Factors { height: math::cos(next.angle), calm: -next.velocity * next.velocity }
//! }
//! # fn main() {}
//! ```

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod allocator;
pub mod arena;
pub mod batch;
pub mod bindings;
mod episode;
pub mod fields;
pub mod inputs;
pub mod lanes;
pub mod log;
pub mod math;
pub mod one_row;
pub mod outcome;
pub mod rows;
pub mod series;
pub mod state;
mod stateful;
mod text;
mod transition;
#[doc(hidden)]
pub mod turn;

pub use bindings::types::{Description, Fault, Samples, Scores};
pub use outcome::Outcome;
pub use rows::{Group, Rows};
pub use series::{Episodes, Series, Siblings};
pub use state::{Reader, State, Writer};
pub use text::Answers;

/// What an author's file begins with.
pub mod prelude {
    pub use crate::lanes::{self, distance, dot, norm, norm_squared, sum};
    pub use crate::math;
    pub use crate::outcome::Outcome;
    pub use crate::rows::{Group, Rows};
    pub use crate::series::{Episodes, Series, Siblings};
    pub use crate::state::{Reader, State, Writer};
    pub use crate::text::Answers;
}
