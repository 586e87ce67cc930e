//! Reads text samples from JSON lines, one a line.

use std::path::Path;

use crate::Problem;
use crate::json::{Json, Lines};
use crate::samples::{SampleSchema, SampleSource, SampleTable};

/// Lines decoded at a time: few, because a completion may be long.
const CHUNK_ROWS: usize = 64;

const KNOWN: [&str; 5] = ["completion", "prompt", "reference", "tokens", "group"];

/// A JSONL file of text samples. Its first line tells the columns.
pub(crate) struct JsonlSamples {
    lines: Lines,
    schema: SampleSchema,
}

impl JsonlSamples {
    /// Takes the columns from the first line, then begins anew.
    pub(crate) fn open(file: &Path) -> Result<JsonlSamples, Problem> {
        let Some((_, first)) = Lines::open(file)?.next_object()? else { return Err(Problem::Empty) };
        let has = |key: &str| first.get(key).is_some();
        let Json::Object(pairs) = &first else { return Err(Problem::Empty) };
        let other = |(key, value): &(String, Json)| {
            (matches!(value, Json::Text(_) | Json::Null) && !KNOWN.contains(&key.as_str())).then(|| key.clone())
        };
        let schema = SampleSchema {
            prompt: has("prompt"),
            reference: has("reference"),
            tokens: has("tokens"),
            group: has("group"),
            columns: pairs.iter().filter_map(other).collect(),
        };
        Ok(JsonlSamples { lines: Lines::open(file)?, schema })
    }

    /// Says what the first line told.
    pub(crate) fn schema(&self) -> &SampleSchema {
        &self.schema
    }

    fn push(&self, row: u64, line: &Json, table: &mut SampleTable) -> Result<(), Problem> {
        let schema = &self.schema;
        table.completion.push(needed(row, line, "completion")?);
        if schema.prompt {
            table.prompt.push(needed(row, line, "prompt")?);
        }
        if schema.reference {
            table.reference.push(text(row, line, "reference")?);
        }
        if schema.tokens {
            table.tokens.push(line.get("tokens").unwrap_or(&Json::Null).cell(row, "tokens")?);
        }
        if schema.group {
            let group = match line.get("group") {
                Some(Json::Number(number, _)) => number.to_string(),
                _ => needed(row, line, "group")?,
            };
            table.group.push(group);
        }
        for (name, values) in &mut table.columns {
            values.push(text(row, line, name)?);
        }
        table.rows += 1;
        Ok(())
    }
}

impl SampleSource for JsonlSamples {
    fn next_chunk(&mut self) -> Result<Option<SampleTable>, Problem> {
        let mut table = SampleTable::of(&self.schema);
        while table.rows < CHUNK_ROWS {
            match self.lines.next_object()? {
                Some((row, line)) => self.push(row, &line, &mut table)?,
                None => break,
            }
        }
        Ok((table.rows > 0).then_some(table))
    }

    fn rows_hint(&self) -> Option<u64> {
        None
    }
}

fn text(row: u64, line: &Json, column: &str) -> Result<Option<String>, Problem> {
    match line.get(column) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.clone())),
        Some(other) => {
            let (column, expected) = (column.to_owned(), "a text or null".into());
            Err(Problem::Value { row, column, observed: other.describe(), expected })
        }
    }
}

fn needed(row: u64, line: &Json, column: &str) -> Result<String, Problem> {
    text(row, line, column)?.ok_or_else(|| Problem::Value {
        row,
        column: column.to_owned(),
        observed: "absent".into(),
        expected: "a text".into(),
    })
}
