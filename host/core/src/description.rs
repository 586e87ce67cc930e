//! What a reward says of itself.

use serde::{Deserialize, Serialize};

/// The four kinds of reward, told apart by the interface that a plugin exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Rows on their own, or in groups of the agents of one time step; no state.
    Transition,
    /// Whole episodes, or groups of sibling episodes of one task; no state.
    Episode,
    /// Rows, with a state that observing them changes.
    Stateful,
    /// Prompts and completions; no state.
    Text,
}

impl Kind {
    /// All four.
    pub const ALL: [Kind; 4] = [Kind::Transition, Kind::Episode, Kind::Stateful, Kind::Text];

    /// Names the kind as the command line and the interface do.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Transition => "transition",
            Kind::Episode => "episode",
            Kind::Stateful => "stateful",
            Kind::Text => "text",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a field is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// In the row the action was taken in.
    pub current: bool,
    /// In the next observation.
    pub next: bool,
}

impl Reads {
    /// Read in the current row only.
    pub const CURRENT: Reads = Reads { current: true, next: false };
    /// Read in the next observation only.
    pub const NEXT: Reads = Reads { current: false, next: true };
    /// Read in both.
    pub const BOTH: Reads = Reads { current: true, next: true };
    /// Declared, not read.
    pub const NONE: Reads = Reads { current: false, next: false };
}

/// A named run of neighbouring columns of the observation, the action or the task row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Unique within its row.
    pub name: String,
    /// Columns, at least 1.
    pub size: usize,
    /// SI symbol, `1` for a number without a unit, `index` for one of several choices.
    pub unit: String,
    /// Smallest value, -infinity where there is none.
    #[serde(with = "bound::low")]
    pub low: f32,
    /// Largest value, +infinity where there is none.
    #[serde(with = "bound::high")]
    pub high: f32,
    /// Where the reward reads it.
    pub reads: Reads,
}

impl Field {
    /// Makes a field that is read in the current row.
    pub fn new(name: &str, size: usize, unit: &str, low: f32, high: f32) -> Self {
        Field { name: name.into(), size, unit: unit.into(), low, high, reads: Reads::CURRENT }
    }

    /// Changes where the field is read.
    pub fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }
}

/// One number of the reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// Unique within the reward.
    pub name: String,
    /// Smallest value it can take, -infinity where there is none.
    #[serde(with = "bound::low")]
    pub low: f32,
    /// Largest value it can take, +infinity where there is none.
    #[serde(with = "bound::high")]
    pub high: f32,
    /// Its weight in the scalar reward, unless a decoder learns one.
    pub weight: f32,
    /// What it means, in one line.
    pub meaning: String,
}

impl Factor {
    /// Makes a factor.
    pub fn new(name: &str, low: f32, high: f32, weight: f32, meaning: &str) -> Self {
        Factor { name: name.into(), low, high, weight, meaning: meaning.into() }
    }
}

/// What a reward reads besides the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// Whether the task itself ended the episode.
    pub terminated: bool,
    /// Whether a time limit ended the episode.
    pub truncated: bool,
    /// The environment's own reward.
    pub reward: bool,
    /// Which rows, episodes or samples belong together.
    pub group: bool,
    /// The agent of a row.
    pub agent: bool,
    /// The episode of a row.
    pub episode: bool,
    /// The time step of a row within its episode.
    pub step: bool,
    /// The prompt of a sample.
    pub prompt: bool,
    /// The reference answer of a sample.
    pub reference: bool,
    /// The length of a completion in tokens.
    pub tokens: bool,
}

impl Inputs {
    /// Names the inputs that are read, in the interface's order.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [
            (self.terminated, "terminated"),
            (self.truncated, "truncated"),
            (self.reward, "reward"),
            (self.group, "group"),
            (self.agent, "agent"),
            (self.episode, "episode"),
            (self.step, "step"),
            (self.prompt, "prompt"),
            (self.reference, "reference"),
            (self.tokens, "tokens"),
        ];
        all.into_iter().filter_map(|(read, name)| read.then_some(name)).collect()
    }
}

/// What one score belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// A row or a sample.
    #[default]
    Row,
    /// A whole episode (episode kind only).
    Episode,
}

/// What a reward says of itself: what it reads and what its numbers mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The kind, which the host reads off the plugin's exports.
    pub kind: Kind,
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// Semantic version of the plugin.
    pub version: String,
    /// One line.
    pub summary: String,
    /// Fields of an observation row, in order and without gaps.
    pub observation: Vec<Field>,
    /// Fields of an action row.
    pub action: Vec<Field>,
    /// Fields of a task row.
    pub task: Vec<Field>,
    /// Text columns that are read.
    pub columns: Vec<String>,
    /// What is read besides.
    pub inputs: Inputs,
    /// What one score belongs to.
    pub granularity: Granularity,
    /// The numbers of the reward.
    pub factors: Vec<Factor>,
}

impl Description {
    /// Begins a description of the given kind, without fields and factors.
    pub fn new(kind: Kind, name: &str, version: &str) -> Self {
        Description {
            kind,
            name: name.into(),
            version: version.into(),
            summary: String::new(),
            observation: Vec::new(),
            action: Vec::new(),
            task: Vec::new(),
            columns: Vec::new(),
            inputs: Inputs::default(),
            granularity: Granularity::Row,
            factors: Vec::new(),
        }
    }

    /// Begins a description of a transition reward.
    pub fn transition(name: &str, version: &str) -> Self {
        Self::new(Kind::Transition, name, version)
    }

    /// Sets the summary.
    pub fn summary(mut self, summary: &str) -> Self {
        self.summary = summary.into();
        self
    }

    /// Sets the observation's fields.
    pub fn observation(mut self, fields: impl Into<Vec<Field>>) -> Self {
        self.observation = fields.into();
        self
    }

    /// Sets the action's fields.
    pub fn action(mut self, fields: impl Into<Vec<Field>>) -> Self {
        self.action = fields.into();
        self
    }

    /// Sets what is read besides the fields.
    pub fn inputs(mut self, inputs: Inputs) -> Self {
        self.inputs = inputs;
        self
    }

    /// Sets the factors.
    pub fn factors(mut self, factors: impl Into<Vec<Factor>>) -> Self {
        self.factors = factors.into();
        self
    }

    /// Counts the columns of an observation row.
    pub fn observation_size(&self) -> usize {
        size(&self.observation)
    }

    /// Counts the columns of an action row.
    pub fn action_size(&self) -> usize {
        size(&self.action)
    }

    /// Counts the columns of a task row.
    pub fn task_size(&self) -> usize {
        size(&self.task)
    }

    /// Tells whether any observation field is read in the current row.
    pub fn reads_observation(&self) -> bool {
        self.observation.iter().any(|field| field.reads.current)
    }

    /// Tells whether any observation field is read in the next observation.
    pub fn reads_next_observation(&self) -> bool {
        self.observation.iter().any(|field| field.reads.next)
    }

    /// Tells whether any action field is read.
    pub fn reads_action(&self) -> bool {
        self.action.iter().any(|field| field.reads.current)
    }

    /// Tells whether any task field is read.
    pub fn reads_task(&self) -> bool {
        self.task.iter().any(|field| field.reads.current)
    }

    /// Lists what is wrong with the description itself; empty where it is sound.
    pub fn problems(&self) -> Vec<DescriptionProblem> {
        let mut problems = Vec::new();
        let name_ok = !self.name.is_empty()
            && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !name_ok {
            problems.push(DescriptionProblem::Name { name: self.name.clone() });
        }
        if self.factors.is_empty() {
            problems.push(DescriptionProblem::NoFactors);
        }
        for (row, fields) in [("observation", &self.observation), ("action", &self.action), ("task", &self.task)] {
            for (i, field) in fields.iter().enumerate() {
                if field.size == 0 {
                    problems.push(DescriptionProblem::EmptyField { row, field: field.name.clone() });
                }
                if fields[..i].iter().any(|other| other.name == field.name) {
                    problems.push(DescriptionProblem::DuplicateName { row, name: field.name.clone() });
                }
                if !ordered(field.low, field.high) {
                    let (low, high) = (field.low, field.high);
                    problems.push(DescriptionProblem::Range { row, name: field.name.clone(), low, high });
                }
            }
        }
        for (i, factor) in self.factors.iter().enumerate() {
            if self.factors[..i].iter().any(|other| other.name == factor.name) {
                problems.push(DescriptionProblem::DuplicateName { row: "factor", name: factor.name.clone() });
            }
            if !ordered(factor.low, factor.high) {
                let (low, high) = (factor.low, factor.high);
                problems.push(DescriptionProblem::Range { row: "factor", name: factor.name.clone(), low, high });
            }
            if !factor.weight.is_finite() {
                problems.push(DescriptionProblem::Weight { factor: factor.name.clone(), weight: factor.weight });
            }
        }
        problems
    }
}

/// Something wrong with a description itself.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum DescriptionProblem {
    #[error("the name {name:?} is not made of lower-case letters, digits and hyphens")]
    Name { name: String },
    #[error("there is no factor")]
    NoFactors,
    #[error("the {row} field {field:?} has no columns")]
    EmptyField { row: &'static str, field: String },
    #[error("two {row} entries are named {name:?}")]
    DuplicateName { row: &'static str, name: String },
    #[error("the range of {row} {name:?}, {low} to {high}, is not one")]
    Range { row: &'static str, name: String, low: f32, high: f32 },
    #[error("the weight of factor {factor:?} is {weight}")]
    Weight { factor: String, weight: f32 },
}

fn size(fields: &[Field]) -> usize {
    fields.iter().map(|field| field.size).sum()
}

fn ordered(low: f32, high: f32) -> bool {
    low <= high
}

/// JSON has no infinity: an absent bound is written as `null`.
mod bound {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) mod low {
        pub(crate) use super::serialize;
        use super::*;

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
            Ok(Option::<f32>::deserialize(deserializer)?.unwrap_or(f32::NEG_INFINITY))
        }
    }

    pub(super) mod high {
        pub(crate) use super::serialize;
        use super::*;

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
            Ok(Option::<f32>::deserialize(deserializer)?.unwrap_or(f32::INFINITY))
        }
    }

    pub(crate) fn serialize<S: Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() { serializer.serialize_some(value) } else { serializer.serialize_none() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_description_has_no_problems() {
        let description = Description::transition("p", "0.1.0")
            .observation([Field::new("x", 2, "m", f32::NEG_INFINITY, f32::INFINITY)])
            .factors([Factor::new("f", 0.0, 1.0, 1.0, "")]);
        assert_eq!(description.problems(), []);
        assert_eq!(description.observation_size(), 2);
    }

    #[test]
    fn every_problem_is_named() {
        let description = Description::transition("Bad Name", "0.1.0")
            .observation([Field::new("x", 0, "m", 0.0, 1.0), Field::new("x", 1, "m", 1.0, 0.0)]);
        assert_eq!(
            description.problems(),
            [
                DescriptionProblem::Name { name: "Bad Name".into() },
                DescriptionProblem::NoFactors,
                DescriptionProblem::EmptyField { row: "observation", field: "x".into() },
                DescriptionProblem::DuplicateName { row: "observation", name: "x".into() },
                DescriptionProblem::Range { row: "observation", name: "x".into(), low: 1.0, high: 0.0 },
            ]
        );
    }
}
