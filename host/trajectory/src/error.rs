//! Every way in which a recording can be unreadable or unfit.

use std::path::{Path, PathBuf};

/// A problem with a recording, and the file it is in.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct TrajectoryError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

impl TrajectoryError {
    /// Names the problem for programs; the names never change.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        self.problem.hint()
    }
}

/// What is wrong with a recording. Rows are counted from 0 over the whole file; a row of JSONL is the line after it counted from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file's name ends in none of the known ways.
    #[error("the extension {observed:?} is unknown, expected is parquet, jsonl, ndjson, npz, hdf5 or arrow")]
    Extension {
        /// What it ends in.
        observed: String,
    },
    /// A folder that is no dataset of Minari's.
    #[error("the folder is no Minari dataset: {reason}")]
    Folder {
        /// What is missing or wrong.
        reason: String,
    },
    /// There is not one row.
    #[error("there are no rows")]
    Empty,
    /// The file as a whole is not of its format, or it is damaged.
    #[error("not a sound {format} file, rows from {row} on cannot be read: {reason}")]
    Damaged {
        /// The format that the extension promises.
        format: &'static str,
        /// First row that cannot be read.
        row: u64,
        /// What the format's library says.
        reason: String,
    },
    /// A line is not a JSON object.
    #[error("line {line} (row {row}) is not a JSON object: {reason}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// Counted from 0.
        row: u64,
        /// What is wrong, with the character's place in the line.
        reason: String,
    },
    /// The file was written by a later Meed.
    #[error("the metadata is of version {observed}, expected is {expected}")]
    Version {
        /// The file's version.
        observed: u64,
        /// The newest version that this Meed knows.
        expected: u64,
    },
    /// A schema contradicts itself or the file's columns.
    #[error("the schema is unsound: {reason}")]
    Schema {
        /// What contradicts what.
        reason: String,
    },
    /// A column that is needed does not exist.
    #[error("column {column} is missing, expected is {expected}")]
    MissingColumn {
        /// Its name.
        column: String,
        /// Its type, or who needs it.
        expected: String,
    },
    /// A column has a type that cannot be read as what it should be.
    #[error("column {column} is of type {observed}, expected is {expected}")]
    ColumnType {
        /// Its name.
        column: String,
        /// Its type.
        observed: String,
        /// The types that can be read.
        expected: String,
    },
    /// An array's length is not that of the others.
    #[error("array {column} has {observed} rows, expected are {expected}, as many as {other} has")]
    ArrayLength {
        /// The array.
        column: String,
        /// Its first dimension.
        observed: u64,
        /// The other's first dimension.
        expected: u64,
        /// The array it is compared with.
        other: String,
    },
    /// A value cannot be what its column says.
    #[error("row {row}, column {column}: {observed}, expected is {expected}")]
    Value {
        /// Its row.
        row: u64,
        /// Its column, with the place in it where it has several numbers.
        column: String,
        /// What stands there.
        observed: String,
        /// What should.
        expected: String,
    },
    /// A row has too many or too few numbers in one column.
    #[error("row {row}, column {column}: {observed} numbers, expected are {expected}")]
    Width {
        /// Its row.
        row: u64,
        /// The column.
        column: String,
        /// Numbers in this row.
        observed: usize,
        /// Numbers in every other row.
        expected: usize,
    },
    /// The rows are not in the order of time.
    #[error("row {row}, column {column}: {observed}, expected is {expected}")]
    Order {
        /// The first row out of place.
        row: u64,
        /// The column that tells.
        column: &'static str,
        /// What stands there.
        observed: String,
        /// What should.
        expected: String,
    },
    /// A row has no next observation, and no later row tells it.
    #[error(
        "row {row}, column next_observation: absent (episode {episode}, step {step}), expected is a value here or, \
         in a row that does not end the episode, the next step's row"
    )]
    NextObservation {
        /// The row.
        row: u64,
        /// Its episode.
        episode: u32,
        /// Its step.
        step: u32,
    },
    /// An episode is longer than the caller allows.
    #[error("row {row}: episode {episode} has more than {limit} rows")]
    EpisodeTooLong {
        /// The episode's first row.
        row: u64,
        /// Its number.
        episode: u32,
        /// Rows allowed.
        limit: usize,
    },
    /// The agents of one step, the completions of one prompt, or the rows of the episodes of one task, are more than the caller allows.
    #[error("row {row}: the group that begins here has more than {limit} rows")]
    GroupTooLarge {
        /// The group's first row.
        row: u64,
        /// Rows allowed.
        limit: usize,
    },
    /// The file holds the other kind of data.
    #[error("the file holds {observed}, expected are {expected}")]
    Contents {
        /// What it holds.
        observed: &'static str,
        /// What is needed.
        expected: &'static str,
    },
    /// The file's columns are not those that the reward declares.
    #[error("column {column}, field {field:?}: the file has {observed}, the reward expects {expected}")]
    Field {
        /// Observation, action or task.
        column: &'static str,
        /// The reward's first field that does not fit.
        field: String,
        /// What the file has in its place.
        observed: String,
        /// What the reward declares.
        expected: String,
    },
    /// A table handed to a writer does not fit the schema.
    #[error("the table's column {column} has {observed} values, expected are {expected}")]
    TableLength {
        /// The column.
        column: &'static str,
        /// Values in it.
        observed: usize,
        /// Values that the schema asks for.
        expected: usize,
    },
}

impl Problem {
    /// Adds the file.
    pub(crate) fn at(self, file: &Path) -> TrajectoryError {
        TrajectoryError { file: file.to_owned(), problem: self }
    }

    /// Names the problem for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::Io(_) => "io",
            Problem::Extension { .. } => "extension",
            Problem::Folder { .. } => "folder",
            Problem::Empty => "empty",
            Problem::Damaged { .. } => "damaged",
            Problem::Line { .. } => "line",
            Problem::Version { .. } => "version",
            Problem::Schema { .. } => "schema",
            Problem::MissingColumn { .. } => "missing-column",
            Problem::ColumnType { .. } => "column-type",
            Problem::ArrayLength { .. } => "array-length",
            Problem::Value { .. } => "value",
            Problem::Width { .. } => "width",
            Problem::Order { .. } => "order",
            Problem::NextObservation { .. } => "next-observation",
            Problem::EpisodeTooLong { .. } => "episode-too-long",
            Problem::GroupTooLarge { .. } => "group-too-large",
            Problem::Contents { .. } => "contents",
            Problem::Field { .. } => "field",
            Problem::TableLength { .. } => "table-length",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Problem::Io(_) => "check the path, the permissions and the free space",
            Problem::Extension { .. } => "name the file for its format, or convert it; docs/trajectories.md shows how",
            Problem::Folder { .. } => {
                "name the folder that `minari.load_dataset` reads, such as ~/.minari/datasets/D4RL/door/human-v2"
            }
            Problem::Empty => "record at least one step",
            Problem::Damaged { .. } => "the file was cut off or changed after it was written: record or copy it again",
            Problem::Line { .. } => "write one JSON object a line, and end the file after a whole line",
            Problem::Version { .. } => "use the Meed that wrote the file, or a later one",
            Problem::Schema { .. } => "docs/trajectories.md describes the schema",
            Problem::MissingColumn { .. } => "record the column, or use a reward that does not read it",
            Problem::ColumnType { .. } => {
                "write numbers as float32 and flags as bool; docs/trajectories.md has an example"
            }
            Problem::ArrayLength { .. } => {
                "give every array one row a step; the final observation goes into next_observations"
            }
            Problem::Value { .. } => "look at how the row was recorded; numbers must be finite",
            Problem::Width { .. } => "give every row of a column equally many numbers",
            Problem::Order { .. } => {
                "write the rows of an episode one after another in the order of time, and number each episode differently"
            }
            Problem::NextObservation { .. } => {
                "store next_observation at least in the last row of each episode, before the environment is reset"
            }
            Problem::EpisodeTooLong { .. } => "allow more rows at a time, or record shorter episodes",
            Problem::GroupTooLarge { .. } => "allow more rows at a time: a group is never split",
            Problem::Contents { .. } => "text rewards take samples, all others take transitions",
            Problem::Field { .. } => {
                "use data of the environment that the reward was written for; `meed inspect` shows its fields"
            }
            Problem::TableLength { .. } => "fill every column that the schema names, and no other",
        }
    }
}
