//! Writes a reward's scores as Parquet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Field};
use meed_core::{Description, Granularity, Kind, Reason, Scores};
use parquet::arrow::ArrowWriter;

use crate::atomic::AtomicFile;
use crate::writer::{failed, properties, unsound};
use crate::{Problem, Schema, Table, TrajectoryError};

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 1 << 16;

/// Stands before the name of a factor in its column's name, so that a factor may be named `reward` or `step`.
const FACTOR_PREFIX: &str = "factor.";

/// What a row of scores belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Row { agent: bool },
    Episode,
    Sample,
}

/// A file of scores that is being written. It appears under its name at [`finish`](Self::finish); dropped before, it leaves
/// nothing.
///
/// Its columns: `episode` and `step` (and `agent` where there are several) of a row, `episode` alone where the reward scores
/// whole episodes, or `sample`, the number of a text sample; `factor.NAME` for each factor; `reward`, their weighted sum;
/// `status`: `score`, `abstain` or `fault`; and `message`, which a fault has. Without a score the numbers are null.
pub struct ScoreWriter {
    file: PathBuf,
    subject: Subject,
    weights: Vec<f32>,
    arrow: Arc<arrow_schema::Schema>,
    out: ArrowWriter<AtomicFile>,
    samples: u64,
}

impl std::fmt::Debug for ScoreWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScoreWriter").field("file", &self.file).field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl ScoreWriter {
    /// Begins a file for the scores of a reward on transitions of the given schema.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn for_rows(file: &Path, description: &Description, schema: &Schema) -> Result<ScoreWriter, TrajectoryError> {
        let subject = match description.granularity {
            Granularity::Episode if description.kind == Kind::Episode => Subject::Episode,
            _ => Subject::Row { agent: schema.agent },
        };
        Self::begin(file, description, subject).map_err(|problem| problem.at(file))
    }

    /// Begins a file for the scores of a reward on text samples.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn for_samples(file: &Path, description: &Description) -> Result<ScoreWriter, TrajectoryError> {
        Self::begin(file, description, Subject::Sample).map_err(|problem| problem.at(file))
    }

    fn begin(file: &Path, description: &Description, subject: Subject) -> Result<ScoreWriter, Problem> {
        let keys: &[&str] = match subject {
            Subject::Row { agent: true } => &["episode", "step", "agent"],
            Subject::Row { agent: false } => &["episode", "step"],
            Subject::Episode => &["episode"],
            Subject::Sample => &["sample"],
        };
        let key_type = if subject == Subject::Sample { DataType::UInt64 } else { DataType::UInt32 };
        let mut fields: Vec<Field> = keys.iter().map(|key| Field::new(*key, key_type.clone(), false)).collect();
        let factors = description.factors.iter();
        fields.extend(factors.map(|f| Field::new(format!("{FACTOR_PREFIX}{}", f.name), DataType::Float32, true)));
        fields.push(Field::new("reward", DataType::Float32, true));
        fields.push(Field::new("status", DataType::Utf8, false));
        fields.push(Field::new("message", DataType::Utf8, true));
        let arrow = Arc::new(arrow_schema::Schema::new(fields));
        let properties = properties(ROW_GROUP_ROWS).build();
        let out = ArrowWriter::try_new(AtomicFile::create(file)?, Arc::clone(&arrow), Some(properties));
        let weights = description.factors.iter().map(|factor| factor.weight).collect();
        Ok(ScoreWriter { file: file.to_owned(), subject, weights, arrow, out: out.map_err(failed)?, samples: 0 })
    }

    /// Adds the scores of a table's rows, or of its episodes where the reward scores those.
    ///
    /// # Errors
    /// Where there are not as many scores as rows or episodes, or the disk is full.
    pub fn write_rows(&mut self, table: &Table, scores: &Scores) -> Result<(), TrajectoryError> {
        let numbers = |values: Vec<u32>| -> ArrayRef { Arc::new(UInt32Array::from(values)) };
        let keys = match self.subject {
            Subject::Episode => {
                let mut episodes = table.episode.clone();
                episodes.dedup();
                vec![numbers(episodes)]
            }
            _ => {
                let mut keys = vec![numbers(table.episode.clone()), numbers(table.step.clone())];
                if self.subject == (Subject::Row { agent: true }) {
                    keys.push(numbers(table.agent.clone()));
                }
                keys
            }
        };
        self.put(keys, scores).map_err(|problem| problem.at(&self.file))
    }

    /// Adds the scores of the next text samples.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn write_samples(&mut self, scores: &Scores) -> Result<(), TrajectoryError> {
        let end = self.samples + scores.rows() as u64;
        let keys: Vec<ArrayRef> = vec![Arc::new(UInt64Array::from_iter_values(self.samples..end))];
        self.samples = end;
        self.put(keys, scores).map_err(|problem| problem.at(&self.file))
    }

    /// Brings the file to the disk and gives it its name, in place of any other of that name.
    ///
    /// # Errors
    /// Where the disk is full; the file then does not appear.
    pub fn finish(self) -> Result<(), TrajectoryError> {
        let file = self.file;
        self.out.into_inner().map_err(failed).and_then(|out| Ok(out.commit()?)).map_err(|problem| problem.at(&file))
    }

    fn put(&mut self, mut columns: Vec<ArrayRef>, scores: &Scores) -> Result<(), Problem> {
        let rows = scores.rows();
        let expected = columns.first().map_or(0, |keys| keys.len());
        if rows != expected || (rows > 0 && scores.factors != self.weights.len()) {
            let reason =
                format!("{rows} scores of {} factors for {expected} of {}", scores.factors, self.weights.len());
            return Err(Problem::Schema { reason });
        }
        let reasons: Vec<Option<&Reason>> = (0..rows).map(|row| scores.reason(row)).collect();
        let scored = |row: usize| reasons[row].is_none();
        for factor in 0..self.weights.len() {
            let values = (0..rows).map(|row| scored(row).then(|| scores.row(row)[factor]));
            columns.push(Arc::new(values.collect::<Float32Array>()));
        }
        let rewards = (0..rows).map(|row| scored(row).then(|| scores.weighted(row, self.weights.iter().copied())));
        columns.push(Arc::new(rewards.collect::<Float32Array>()));
        let status = reasons.iter().map(|reason| match reason {
            None => "score",
            Some(Reason::Abstain) => "abstain",
            Some(Reason::Fault { .. }) => "fault",
        });
        columns.push(Arc::new(StringArray::from_iter_values(status)));
        let messages = reasons.iter().map(|reason| match reason {
            Some(Reason::Fault { message }) => Some(message.as_str()),
            _ => None,
        });
        columns.push(Arc::new(messages.collect::<StringArray>()));
        let batch = RecordBatch::try_new(Arc::clone(&self.arrow), columns).map_err(unsound)?;
        self.out.write(&batch).map_err(failed)
    }
}
