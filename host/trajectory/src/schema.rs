//! What a recording's columns are.

use meed_core::Field;
use serde::{Deserialize, Serialize};

use crate::{Problem, Table};

/// The version of the metadata that this crate writes, and the newest that it reads.
pub const SCHEMA_VERSION: u64 = 1;

/// The Parquet key under which the schema stands as JSON.
pub const SCHEMA_KEY: &str = "meed.schema";

/// A named run of neighbouring columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedField {
    /// Unique within its row.
    pub name: String,
    /// Columns, at least 1.
    pub size: usize,
    /// SI symbol, `1` for a number without a unit, `index` for one of several choices; empty where it is unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

/// What a row of observations, actions or task numbers is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Numbers in a row.
    pub size: usize,
    /// The fields in order, which cover the row; empty where they have no names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<NamedField>,
}

impl From<usize> for Layout {
    fn from(size: usize) -> Self {
        Layout { size, fields: Vec::new() }
    }
}

impl From<Vec<NamedField>> for Layout {
    fn from(fields: Vec<NamedField>) -> Self {
        Layout { size: fields.iter().fold(0, |sum, field| sum.saturating_add(field.size)), fields }
    }
}

impl From<&[Field]> for Layout {
    fn from(fields: &[Field]) -> Self {
        let named = |field: &Field| NamedField { name: field.name.clone(), size: field.size, unit: field.unit.clone() };
        fields.iter().map(named).collect::<Vec<_>>().into()
    }
}

/// What a recording holds and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Numbers and fields of an observation.
    pub observation: Layout,
    /// Numbers and fields of an action. A discrete action is one number, its index.
    pub action: Layout,
    /// Numbers and fields of the task: what does not change within an episode. Its fields always have names.
    #[serde(default)]
    pub task: Layout,
    /// Whether the environment's own reward is recorded.
    #[serde(default)]
    pub reward: bool,
    /// Whether every row's next observation can be told.
    #[serde(default)]
    pub next_observation: bool,
    /// Whether there are several agents, each with a row of its own in every step.
    #[serde(default)]
    pub agent: bool,
    /// Whether it is recorded which episodes belong to one task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub group: bool,
    /// The environment, such as `Pendulum-v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The seed of the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The policy that acted, such as `random`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The program that made the recording, with its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Serialize)]
struct Versioned<'a> {
    version: u64,
    #[serde(flatten)]
    schema: &'a Schema,
}

impl Schema {
    /// Begins a schema with the columns that every recording has: observation, action, terminated, truncated, episode, step.
    pub fn new(observation: impl Into<Layout>, action: impl Into<Layout>) -> Self {
        Schema { observation: observation.into(), action: action.into(), ..Schema::default() }
    }

    /// Adds the environment's own reward.
    pub fn with_reward(mut self) -> Self {
        self.reward = true;
        self
    }

    /// Adds the next observation.
    pub fn with_next_observation(mut self) -> Self {
        self.next_observation = true;
        self
    }

    /// Adds the agent.
    pub fn with_agent(mut self) -> Self {
        self.agent = true;
        self
    }

    /// Adds the group: which episodes belong to one task.
    pub fn with_group(mut self) -> Self {
        self.group = true;
        self
    }

    /// Adds the task's fields.
    pub fn with_task(mut self, fields: impl Into<Layout>) -> Self {
        self.task = fields.into();
        self
    }

    /// Makes a table without rows that has this schema's sizes.
    pub fn table(&self) -> Table {
        Table {
            observation_size: self.observation.size,
            action_size: self.action.size,
            task_size: self.task.size,
            ..Table::default()
        }
    }

    /// Writes the schema as it stands in a file's metadata.
    pub(crate) fn to_json(&self) -> Result<String, Problem> {
        let versioned = Versioned { version: SCHEMA_VERSION, schema: self };
        serde_json::to_string(&versioned).map_err(|error| Problem::Schema { reason: error.to_string() })
    }

    /// Reads the schema out of a file's metadata.
    pub(crate) fn from_json(json: &str) -> Result<Schema, Problem> {
        let unsound = |error: serde_json::Error| Problem::Schema { reason: format!("metadata {SCHEMA_KEY}: {error}") };
        let Version { version } = serde_json::from_str(json).map_err(unsound)?;
        if version > SCHEMA_VERSION {
            return Err(Problem::Version { observed: version, expected: SCHEMA_VERSION });
        }
        let schema: Schema = serde_json::from_str(json).map_err(unsound)?;
        schema.check()?;
        Ok(schema)
    }

    /// Checks that sizes, fields and names are sound.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let unsound = |reason: String| Err(Problem::Schema { reason });
        let rows = [("observation", &self.observation), ("action", &self.action), ("task", &self.task)];
        for (row, layout) in rows {
            if layout.size == 0 && row != "task" {
                return unsound(format!("the {row} has no numbers"));
            }
            if i32::try_from(layout.size).is_err() {
                return unsound(format!("the {row} has {} numbers", layout.size));
            }
            let sum = layout.fields.iter().try_fold(0_usize, |sum, field| sum.checked_add(field.size));
            if sum != Some(layout.size) && !(layout.fields.is_empty() && row != "task") {
                return unsound(format!("the {row} has {} numbers, its fields do not have as many", layout.size));
            }
            for (index, field) in layout.fields.iter().enumerate() {
                if field.size == 0 || field.name.is_empty() {
                    return unsound(format!("field {index} of the {row} has no name or no numbers"));
                }
                if layout.fields.iter().take(index).any(|other| other.name == field.name) {
                    return unsound(format!("two fields of the {row} are named {:?}", field.name));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn metadata_reads_back_as_it_was_written() {
        let fields = vec![NamedField { name: "goal".into(), size: 2, unit: "m".into() }];
        let mut schema = Schema::new(3, 1).with_reward().with_task(fields);
        schema.seed = Some(u64::MAX);
        let json = schema.to_json().unwrap();
        assert!(json.starts_with("{\"version\":1,"), "{json}");
        assert_eq!(Schema::from_json(&json).unwrap(), schema);
    }

    #[test]
    fn metadata_of_a_later_version_is_refused_whatever_is_in_it() {
        let error = Schema::from_json("{\"version\":2,\"observation\":\"new\"}").unwrap_err();
        assert_eq!(error.to_string(), "the metadata is of version 2, expected is 1");
    }

    #[test]
    fn an_unsound_schema_is_refused() {
        let field = |name: &str, size| NamedField { name: name.into(), size, unit: String::new() };
        let with = |fields| Schema { observation: Layout { size: 2, fields }, ..Schema::new(2, 1) };
        for schema in [
            Schema::new(0, 1),
            Schema::new(1, 0),
            Schema::new(1, 1).with_task(2),
            with(vec![field("a", 1)]),
            with(vec![field("a", 1), field("a", 1)]),
            with(vec![field("a", 2), field("b", 0)]),
        ] {
            assert_eq!(schema.check().unwrap_err().code(), "schema", "{schema:?}");
        }
    }
}
