//! Writes transitions as Parquet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, RecordBatch, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, DataType, Field, FieldRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::atomic::AtomicFile;
use crate::chunk::Chunk;
use crate::parquet_rows::TASK_PREFIX;
use crate::schema::{Layout, SCHEMA_KEY};
use crate::sequence::Sequence;
use crate::{Problem, Schema, Table, TrajectoryError};

/// Bytes of a row group before compression, about. A writer holds one row group, a reader one page of each column.
const ROW_GROUP_BYTES: usize = 16 << 20;

/// A recording that is being written. It appears under its name at [`finish`](Self::finish); dropped before, it leaves nothing.
///
/// A row's next observation is stored only where it is not the observation of the same agent's next row, bit for bit; a reader
/// fills in the others.
pub struct Writer {
    file: PathBuf,
    schema: Schema,
    arrow: Arc<arrow_schema::Schema>,
    out: ArrowWriter<AtomicFile>,
    sequence: Sequence,
    /// Rows whose successors are not known yet.
    held: Chunk,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("file", &self.file).field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Writer {
    /// Begins a recording.
    ///
    /// # Errors
    /// Where the schema is unsound or the folder cannot be written to.
    pub fn create(file: &Path, schema: Schema) -> Result<Writer, TrajectoryError> {
        Self::begin(file, schema).map_err(|problem| problem.at(file))
    }

    fn begin(file: &Path, schema: Schema) -> Result<Writer, Problem> {
        schema.check()?;
        let arrow = Arc::new(arrow_schema(&schema));
        let numbers = schema.observation.size * 2 + schema.action.size + schema.task.size + 5;
        let rows = (ROW_GROUP_BYTES / (4 * numbers)).clamp(256, 1 << 16);
        let metadata = vec![KeyValue::new(SCHEMA_KEY.to_owned(), schema.to_json()?)];
        let properties = properties(rows).set_key_value_metadata(Some(metadata)).build();
        let out = ArrowWriter::try_new(AtomicFile::create(file)?, Arc::clone(&arrow), Some(properties));
        let held = Chunk { table: schema.table(), stored: Vec::new() };
        let sequence = Sequence::default();
        Ok(Writer { file: file.to_owned(), schema, arrow, out: out.map_err(failed)?, sequence, held })
    }

    /// Adds rows, which follow on those before: an episode may go on from one table to the next. Groups are told by episode and
    /// step; the table's own offsets are not read.
    ///
    /// # Errors
    /// Where a column is missing, not asked for or of the wrong length, a number is not finite, the rows are out of order, or
    /// the disk is full. The recording then cannot go on.
    pub fn write(&mut self, table: &Table) -> Result<(), TrajectoryError> {
        self.add(table).map_err(|problem| problem.at(&self.file))
    }

    /// Writes the last rows, brings the file to the disk and gives it its name, in place of any other of that name.
    ///
    /// # Errors
    /// Where there are no rows or the disk is full; the file then does not appear.
    pub fn finish(mut self) -> Result<(), TrajectoryError> {
        let file = std::mem::take(&mut self.file);
        self.end().map_err(|problem| problem.at(&file))
    }

    fn add(&mut self, table: &Table) -> Result<(), Problem> {
        check_lengths(&self.schema, table)?;
        let stored = if self.schema.next_observation { vec![true; table.rows] } else { Vec::new() };
        let mut table = table.clone();
        table.group_offsets.clear();
        let mut chunk = Chunk { table, stored };
        chunk.check_finite(self.sequence.rows())?;
        self.sequence.admit(&mut chunk)?;
        self.held.append(&chunk);
        self.put(self.held.table.settled())
    }

    fn end(mut self) -> Result<(), Problem> {
        if self.sequence.rows() == 0 {
            return Err(Problem::Empty);
        }
        self.put(self.held.table.rows)?;
        self.out.into_inner().map_err(failed)?.commit()?;
        Ok(())
    }

    /// Writes the first rows held and lets go of them.
    fn put(&mut self, rows: usize) -> Result<(), Problem> {
        self.held.mark_stored(rows);
        let part = Chunk {
            table: self.held.table.copy_rows(0, rows),
            stored: self.held.stored.iter().take(rows).copied().collect(),
        };
        let batch = batch(&self.schema, &self.arrow, part).map_err(unsound)?;
        self.out.write(&batch).map_err(failed)?;
        self.held.drop_front(rows);
        Ok(())
    }
}

/// Sets how Meed's Parquet files are encoded: numbers plainly, so that every bit stays, and numbers of rows by dictionary.
pub(crate) fn properties(rows_per_group: usize) -> WriterPropertiesBuilder {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(rows_per_group))
        .set_created_by(concat!("meed ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_dictionary_enabled(false);
    for column in ["episode", "step", "agent", "group", "status"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), true);
    }
    properties
}

/// Turns an error of the Parquet library into the operating system's where that was the cause.
pub(crate) fn failed(error: ParquetError) -> Problem {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(error) => Problem::Io(*error),
            Err(other) => Problem::Io(std::io::Error::other(other)),
        },
        other => Problem::Io(std::io::Error::other(other)),
    }
}

/// Turns an error of the Arrow library, which says that columns do not fit each other.
pub(crate) fn unsound(error: ArrowError) -> Problem {
    Problem::Schema { reason: error.to_string() }
}

fn check_lengths(schema: &Schema, table: &Table) -> Result<(), Problem> {
    let (observation, action, task) = (schema.observation.size, schema.action.size, schema.task.size);
    let next = if schema.next_observation { observation } else { 0 };
    let columns = [
        ("observation", table.observation.len(), observation),
        ("action", table.action.len(), action),
        ("next_observation", table.next_observation.len(), next),
        ("task", table.task.len(), task),
        ("terminated", table.terminated.len(), 1),
        ("truncated", table.truncated.len(), 1),
        ("reward", table.reward.len(), usize::from(schema.reward)),
        ("agent", table.agent.len(), usize::from(schema.agent)),
        ("episode", table.episode.len(), 1),
        ("step", table.step.len(), 1),
        ("group", table.group.len(), usize::from(schema.group)),
    ];
    match columns.into_iter().find(|(_, observed, width)| *observed != table.rows * width) {
        Some((column, observed, width)) => Err(Problem::TableLength { column, observed, expected: table.rows * width }),
        None => Ok(()),
    }
}

fn arrow_schema(schema: &Schema) -> arrow_schema::Schema {
    let list = |name: &str, layout: &Layout, nullable: bool| {
        Field::new(name, DataType::FixedSizeList(item(), layout.size as i32), nullable)
    };
    let mut fields = vec![Field::new("episode", DataType::UInt32, false), Field::new("step", DataType::UInt32, false)];
    if schema.agent {
        fields.push(Field::new("agent", DataType::UInt32, false));
    }
    if schema.group {
        fields.push(Field::new("group", DataType::UInt32, false));
    }
    fields.push(list("observation", &schema.observation, false));
    fields.push(list("action", &schema.action, false));
    if schema.reward {
        fields.push(Field::new("reward", DataType::Float32, false));
    }
    fields.push(Field::new("terminated", DataType::Boolean, false));
    fields.push(Field::new("truncated", DataType::Boolean, false));
    if schema.next_observation {
        fields.push(list("next_observation", &schema.observation, true));
    }
    for field in &schema.task.fields {
        let name = format!("{TASK_PREFIX}{}", field.name);
        fields.push(match field.size {
            1 => Field::new(name, DataType::Float32, false),
            size => list(&name, &size.into(), false),
        });
    }
    arrow_schema::Schema::new(fields)
}

fn item() -> FieldRef {
    // Elements are nullable in the type alone, as pyarrow makes them: a row that is absent has absent elements.
    Arc::new(Field::new_list_field(DataType::Float32, true))
}

fn batch(schema: &Schema, arrow: &Arc<arrow_schema::Schema>, chunk: Chunk) -> Result<RecordBatch, ArrowError> {
    let table = chunk.table;
    let list = |values: Vec<f32>, size: usize, nulls: Option<NullBuffer>| -> Result<ArrayRef, ArrowError> {
        let values = Arc::new(Float32Array::from(values));
        Ok(Arc::new(FixedSizeListArray::try_new(item(), size as i32, values, nulls)?))
    };
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(UInt32Array::from(table.episode)), Arc::new(UInt32Array::from(table.step))];
    if schema.agent {
        columns.push(Arc::new(UInt32Array::from(table.agent)));
    }
    if schema.group {
        columns.push(Arc::new(UInt32Array::from(table.group)));
    }
    columns.push(list(table.observation, schema.observation.size, None)?);
    columns.push(list(table.action, schema.action.size, None)?);
    if schema.reward {
        columns.push(Arc::new(Float32Array::from(table.reward)));
    }
    columns.push(Arc::new(BooleanArray::from(table.terminated)));
    columns.push(Arc::new(BooleanArray::from(table.truncated)));
    if schema.next_observation {
        columns.push(list(table.next_observation, schema.observation.size, Some(NullBuffer::from(chunk.stored)))?);
    }
    let mut start = 0;
    for field in &schema.task.fields {
        let rows = table.task.chunks_exact(schema.task.size);
        let values: Vec<f32> = rows.flat_map(|row| &row[start..start + field.size]).copied().collect();
        columns.push(match field.size {
            1 => Arc::new(Float32Array::from(values)),
            size => list(values, size, None)?,
        });
        start += field.size;
    }
    RecordBatch::try_new(Arc::clone(arrow), columns)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("r.parquet");
        let schema = Schema::new(64, 1);
        let table = |rows: usize| Table {
            rows,
            observation: (0..rows * 64).map(|value| value as f32).collect(),
            action: vec![0.0; rows],
            terminated: vec![false; rows],
            truncated: vec![false; rows],
            episode: vec![0; rows],
            step: (0..rows as u32).collect(),
            ..schema.table()
        };
        // The disk is full while rows are written, or only when the last of them are.
        for (rows, ends_at_finish) in [(1 << 16, false), (1 << 14, true)] {
            let mut writer = Writer::create(&file, schema.clone()).unwrap();
            writer.out.inner_mut().room = Some(1 << 20);
            let written = writer.write(&table(rows));
            assert_eq!(written.is_ok(), ends_at_finish);
            let error = written.and_then(|()| writer.finish()).unwrap_err();
            assert_eq!(error.code(), "io");
            assert!(error.to_string().ends_with("r.parquet: no storage space"), "{error}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
