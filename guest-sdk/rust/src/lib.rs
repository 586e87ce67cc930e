//! The kit for writing reward plugins in Rust.
//!
//! An author describes the reward and writes one function of typed inputs; [`transition!`] (or `episode!`, `stateful!`, `text!`)
//! makes a plugin of the two. The same crate compiled natively is an ordinary library with the same function, so that a test
//! can hold the two against each other; with [`math`] and [`lanes`] they agree bit for bit. A plugin built with this crate imports
//! nothing.

pub mod bindings;
pub mod fields;
pub mod inputs;
pub mod lanes;
pub mod math;
pub mod outcome;
pub mod rows;
mod transition;

pub use bindings::types::{Description, Fault, Scores};
pub use outcome::Outcome;
pub use rows::{Group, Rows};

/// What an author's file begins with.
pub mod prelude {
    pub use crate::lanes::{self, distance, dot, norm, norm_squared, sum};
    pub use crate::math;
    pub use crate::outcome::Outcome;
    pub use crate::rows::{Group, Rows};
}
