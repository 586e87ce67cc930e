//! What a person says of the task, for rules to hold the reward against.

use serde::{Deserialize, Serialize};

/// What a person says of the task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Task {
    /// Names of the inputs that the reward must depend on.
    pub matters: Vec<String>,
    /// Changes of the inputs that must not change the reward.
    pub symmetries: Vec<Symmetry>,
    /// Inputs with which the reward must not fall, or not rise.
    pub monotone: Vec<Monotone>,
    /// Names of the factors that are meant to be potential-based shaping.
    pub shaping: Vec<String>,
    /// Whether the agents of a step may change places without a change to what each is worth.
    pub agents_alike: bool,
}

/// A change of the inputs that must not change the reward. A field that is read in the next observation is changed there, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Symmetry {
    /// What to call it, such as `mirror`.
    pub name: String,
    /// Fields whose sign is changed.
    pub negate: Vec<String>,
    /// Pairs of fields that change places.
    pub swap: Vec<[String; 2]>,
    /// Fields to which `by` is added.
    pub shift: Vec<String>,
    /// What is added, in the fields' own unit.
    pub by: f32,
}

/// An input with which the reward must not fall, everything else being equal, or must not rise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Monotone {
    /// The input's name.
    pub input: String,
    /// Which way the reward may go where the input rises.
    pub reward: Direction,
}

/// A way for the reward to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Up, or not at all.
    Rises,
    /// Down, or not at all.
    Falls,
}
