//! Reads transitions from Parquet.

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use crate::chunk::{Chunk, Source};
use crate::parquet_file::{Batches, ParquetFile, Place, cells, list_width, lists};
use crate::schema::{Layout, NamedField};
use crate::{Problem, Schema};

/// Rows decoded at a time. Parquet decodes whole pages, of 1 MiB by default, whatever the number.
const CHUNK_ROWS: usize = 4096;

/// Stands before the name of a task field in its column's name.
pub(crate) const TASK_PREFIX: &str = "task.";

/// A Parquet file of transitions.
pub(crate) struct ParquetRows {
    batches: Batches,
    rows: u64,
    schema: Schema,
}

impl ParquetRows {
    /// Takes the schema from the metadata, or from the columns and the first row where another program wrote the file.
    pub(crate) fn open(file: &ParquetFile) -> Result<ParquetRows, Problem> {
        if file.rows() == 0 {
            return Err(Problem::Empty);
        }
        let has = |name: &str| file.column_type(name).is_some();
        let need = |name: &str, expected: &str| {
            if has(name) {
                Ok(())
            } else {
                Err(Problem::MissingColumn { column: name.to_owned(), expected: expected.to_owned() })
            }
        };
        need("observation", "a list of numbers")?;
        need("action", "a list of numbers")?;
        need("terminated", "true or false")?;
        need("truncated", "true or false")?;
        let inferred = infer(file)?;
        let schema = match file.schema_json() {
            Some(json) => agree(Schema::from_json(json)?, &inferred)?,
            None => inferred,
        };
        let promised = [
            ("reward", schema.reward, "a number"),
            ("next_observation", schema.next_observation, "a list of numbers"),
            ("agent", schema.agent, "an integer"),
            ("group", schema.group, "an integer"),
            ("episode", schema.agent, "an integer, because there are several agents"),
        ];
        for (name, promised, expected) in promised {
            if promised {
                need(name, expected)?;
            }
        }
        for field in &schema.task.fields {
            need(&format!("{TASK_PREFIX}{}", field.name), "a number or a list of numbers")?;
        }
        let batches = file.batches(CHUNK_ROWS, |name| is_read(&schema, name))?;
        Ok(ParquetRows { batches, rows: file.rows(), schema })
    }

    /// Says what the file holds.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    fn decode(&self, row: u64, batch: &RecordBatch) -> Result<Chunk, Problem> {
        let schema = &self.schema;
        let mut chunk = Chunk { table: schema.table(), stored: Vec::new() };
        let table = &mut chunk.table;
        table.rows = batch.num_rows();
        let size = schema.observation.size;
        let mut tasks: Vec<Vec<f32>> = vec![Vec::new(); schema.task.fields.len()];
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let place = Place { row, column: field.name() };
            let array: &dyn Array = array;
            match field.name().as_str() {
                "observation" => lists(place, array, size, &mut table.observation, None)?,
                "action" => lists(place, array, schema.action.size, &mut table.action, None)?,
                "next_observation" => {
                    lists(place, array, size, &mut table.next_observation, Some(&mut chunk.stored))?;
                }
                "terminated" => cells(place, array, &mut table.terminated)?,
                "truncated" => cells(place, array, &mut table.truncated)?,
                "reward" => cells(place, array, &mut table.reward)?,
                "agent" => cells(place, array, &mut table.agent)?,
                "episode" => cells(place, array, &mut table.episode)?,
                "step" => cells(place, array, &mut table.step)?,
                "group" => cells(place, array, &mut table.group)?,
                name => {
                    let task = name.strip_prefix(TASK_PREFIX);
                    let index = schema.task.fields.iter().position(|field| Some(field.name.as_str()) == task);
                    if let Some(index) = index {
                        lists(place, array, schema.task.fields[index].size, &mut tasks[index], None)?;
                    }
                }
            }
        }
        for row in 0..table.rows {
            for (field, values) in schema.task.fields.iter().zip(&tasks) {
                table.task.extend_from_slice(&values[row * field.size..(row + 1) * field.size]);
            }
        }
        Ok(chunk)
    }
}

impl Source for ParquetRows {
    fn next_chunk(&mut self) -> Result<Option<Chunk>, Problem> {
        match self.batches.next_batch()? {
            Some((row, batch)) => Ok(Some(self.decode(row, &batch)?)),
            None => Ok(None),
        }
    }

    fn rows_hint(&self) -> Option<u64> {
        Some(self.rows)
    }
}

fn is_read(schema: &Schema, column: &str) -> bool {
    match column {
        "observation" | "action" | "terminated" | "truncated" | "episode" | "step" => true,
        "reward" => schema.reward,
        "next_observation" => schema.next_observation,
        "agent" => schema.agent,
        "group" => schema.group,
        other => schema.task.fields.iter().any(|field| other.strip_prefix(TASK_PREFIX) == Some(&field.name)),
    }
}

/// Checks that the metadata's sizes are those of the first row.
fn agree(schema: Schema, inferred: &Schema) -> Result<Schema, Problem> {
    let sizes = |schema: &Schema| [schema.observation.size, schema.action.size];
    for (row, (own, seen)) in ["observation", "action"].iter().zip(sizes(&schema).into_iter().zip(sizes(inferred))) {
        if own != seen {
            return Err(Problem::Schema {
                reason: format!("the metadata gives the {row} {own} numbers, the first row {seen}"),
            });
        }
    }
    Ok(schema)
}

/// Makes up the schema of a file without metadata.
fn infer(file: &ParquetFile) -> Result<Schema, Problem> {
    let sized = |name: &str| ["observation", "action"].contains(&name) || name.starts_with(TASK_PREFIX);
    let has = |name: &str| file.column_type(name).is_some();
    let mut schema = Schema {
        reward: has("reward"),
        next_observation: has("next_observation"),
        agent: has("agent"),
        group: has("group"),
        ..Schema::default()
    };
    // Only lists have a width that one must look at.
    let lists = |name: &str| sized(name) && matches!(file.column_type(name), Some(DataType::List(_)));
    let first = if file.columns().iter().any(|field| lists(field.name())) {
        file.batches(1, lists)?.next_batch()?.map(|(_, batch)| batch)
    } else {
        None
    };
    let width = |name: &str| {
        let array = first.as_ref().and_then(|batch| batch.column_by_name(name));
        array.map_or(1, |array| list_width(array))
    };
    let empty = |name: &str| {
        let (column, expected) = (name.to_owned(), "a number or more".into());
        Problem::Value { row: 0, column, observed: "none".into(), expected }
    };
    let mut fields = Vec::new();
    for column in file.columns() {
        let name = column.name();
        if sized(name) && width(name) == 0 {
            return Err(empty(name));
        }
        match name.strip_prefix(TASK_PREFIX) {
            Some(task) => fields.push(NamedField { name: task.to_owned(), size: width(name), unit: String::new() }),
            None if name == "observation" => schema.observation = Layout::from(width(name)),
            None if name == "action" => schema.action = Layout::from(width(name)),
            None => {}
        }
    }
    schema.task = fields.into();
    Ok(schema)
}
