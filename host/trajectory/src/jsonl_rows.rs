//! Reads transitions from JSON lines, one a line.

use std::path::Path;

use crate::chunk::{Chunk, Source};
use crate::json::{Json, Lines};
use crate::schema::{Layout, NamedField};
use crate::{Problem, Schema};

/// Lines decoded at a time.
const CHUNK_ROWS: usize = 1024;

/// Lines at the file's start among which a next observation may first appear.
const LOOK_AHEAD: u64 = 1 << 16;

const KNOWN: [&str; 10] = [
    "episode",
    "step",
    "agent",
    "observation",
    "action",
    "reward",
    "terminated",
    "truncated",
    "next_observation",
    "group",
];

/// A JSONL file of transitions. Its first line tells the columns.
pub(crate) struct JsonlRows {
    lines: Lines,
    schema: Schema,
    episode: bool,
    step: bool,
}

impl JsonlRows {
    /// Reads the first line for the schema, then begins anew.
    pub(crate) fn open(file: &Path) -> Result<JsonlRows, Problem> {
        let Some((row, first)) = Lines::open(file)?.next_object()? else { return Err(Problem::Empty) };
        let has = |key: &str| first.get(key).is_some();
        let width = |key| needed(&first, key).map(Json::width);
        let mut schema = Schema::new(width("observation")?, width("action")?);
        needed(&first, "terminated")?;
        needed(&first, "truncated")?;
        schema.reward = has("reward");
        schema.agent = has("agent");
        schema.group = has("group");
        schema.next_observation = tells_next_observation(file)?;
        if schema.agent && !has("episode") {
            let expected = "an integer, because there are several agents".into();
            return Err(Problem::MissingColumn { column: "episode".into(), expected });
        }
        schema.task = match first.get("task") {
            None => Layout::default(),
            Some(Json::Object(pairs)) => {
                let field = |(name, value): &(String, Json)| NamedField {
                    name: name.clone(),
                    size: value.width(),
                    unit: String::new(),
                };
                pairs.iter().map(field).collect::<Vec<_>>().into()
            }
            Some(other) => {
                let expected = "an object of named numbers".into();
                return Err(Problem::Value { row, column: "task".into(), observed: other.describe(), expected });
            }
        };
        schema.check()?;
        Ok(JsonlRows { lines: Lines::open(file)?, schema, episode: has("episode"), step: has("step") })
    }

    /// Says what the first line told.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    fn push(&self, row: u64, line: &Json, chunk: &mut Chunk) -> Result<(), Problem> {
        let Json::Object(pairs) = line else { return Ok(()) };
        let schema = &self.schema;
        for (key, _) in pairs {
            let expected = match key.as_str() {
                "episode" => self.episode,
                "step" => self.step,
                "agent" => schema.agent,
                "group" => schema.group,
                "reward" => schema.reward,
                "next_observation" => schema.next_observation,
                "task" => schema.task.size > 0,
                _ => true,
            };
            if !expected {
                let (observed, expected) = ("a value".into(), "no value, because the first line has none".into());
                return Err(Problem::Value { row, column: key.clone(), observed, expected });
            }
        }
        let value = |key: &str| {
            let absent = || Problem::Value {
                row,
                column: key.to_owned(),
                observed: "absent".into(),
                expected: "a value, because the first line has one".into(),
            };
            line.get(key).ok_or_else(absent)
        };
        let table = &mut chunk.table;
        let (observation, action) = (schema.observation.size, schema.action.size);
        value("observation")?.numbers(row, "observation", observation, &mut table.observation)?;
        value("action")?.numbers(row, "action", action, &mut table.action)?;
        table.terminated.push(value("terminated")?.cell(row, "terminated")?);
        table.truncated.push(value("truncated")?.cell(row, "truncated")?);
        if schema.reward {
            table.reward.push(value("reward")?.cell(row, "reward")?);
        }
        if schema.agent {
            table.agent.push(value("agent")?.cell(row, "agent")?);
        }
        if schema.group {
            table.group.push(value("group")?.cell(row, "group")?);
        }
        if self.episode {
            table.episode.push(value("episode")?.cell(row, "episode")?);
        }
        if self.step {
            table.step.push(value("step")?.cell(row, "step")?);
        }
        if schema.next_observation {
            let stored = line.get("next_observation").filter(|value| **value != Json::Null);
            match stored {
                Some(next) => next.numbers(row, "next_observation", observation, &mut table.next_observation)?,
                None => table.next_observation.resize(table.next_observation.len() + observation, 0.0),
            }
            chunk.stored.push(stored.is_some());
        }
        if schema.task.size > 0 {
            let task = value("task")?;
            if let Json::Object(pairs) = task
                && let Some((name, _)) =
                    pairs.iter().find(|(n, _)| schema.task.fields.iter().all(|field| field.name != *n))
            {
                let (observed, expected) = ("a value".into(), "no value, because the first line has none".into());
                return Err(Problem::Value { row, column: format!("task.{name}"), observed, expected });
            }
            for field in &schema.task.fields {
                let column = format!("task.{}", field.name);
                let value = task.get(&field.name).unwrap_or(&Json::Null);
                value.numbers(row, &column, field.size, &mut table.task)?;
            }
        }
        table.rows += 1;
        Ok(())
    }
}

impl Source for JsonlRows {
    fn next_chunk(&mut self) -> Result<Option<Chunk>, Problem> {
        let mut chunk = Chunk { table: self.schema.table(), stored: Vec::new() };
        while chunk.table.rows < CHUNK_ROWS {
            match self.lines.next_object()? {
                Some((row, line)) => self.push(row, &line, &mut chunk)?,
                None => break,
            }
        }
        Ok((chunk.table.rows > 0).then_some(chunk))
    }

    fn rows_hint(&self) -> Option<u64> {
        None
    }
}

fn needed<'a>(first: &'a Json, key: &str) -> Result<&'a Json, Problem> {
    let expected = if KNOWN[6..8].contains(&key) { "true or false" } else { "a list of numbers" };
    first.get(key).ok_or_else(|| Problem::MissingColumn { column: key.to_owned(), expected: expected.into() })
}

/// Looks for a next observation in the first episode, because it may stand in an episode's last line only.
fn tells_next_observation(file: &Path) -> Result<bool, Problem> {
    let mut lines = Lines::open(file)?;
    let mut first_episode = None;
    while let Some((row, line)) = lines.next_object()? {
        if line.get("next_observation").is_some() {
            return Ok(true);
        }
        let ended = |key| matches!(line.get(key), Some(Json::Bool(true) | Json::Number(1.0, _)));
        let episode = line.get("episode").cloned();
        let other_episode = first_episode.get_or_insert_with(|| episode.clone()) != &episode;
        if row >= LOOK_AHEAD
            || other_episode
            || (line.get("agent").is_none() && (ended("terminated") || ended("truncated")))
        {
            return Ok(false);
        }
    }
    Ok(false)
}
