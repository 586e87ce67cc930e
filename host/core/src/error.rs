//! Every way in which asking a reward can fail.

use std::time::Duration;

use crate::Kind;

/// A failed call, with the reward it was made on.
///
/// After an error a WebAssembly instance is gone: the source that gave the error makes a fresh one at the next call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{plugin} {version}, {export}: {failure}")]
pub struct RewardError {
    /// The reward's name.
    pub plugin: String,
    /// The reward's version.
    pub version: String,
    /// The function that was called, such as `evaluate`.
    pub export: &'static str,
    /// What went wrong.
    pub failure: Failure,
}

/// What went wrong in a call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The reward itself refused the whole call.
    #[error("the reward reported a fault: {message}")]
    Fault {
        /// What it said.
        message: String,
    },
    /// The caller's batch does not fit the description.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The answer breaks the interface's rules.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The fuel of one call is spent.
    #[error("used more than {limit} units of fuel in one call")]
    OutOfFuel {
        /// Units a call may use.
        limit: u64,
    },
    /// The time of one call is over.
    #[error("ran for more than {} ms in one call", limit.as_millis())]
    Deadline {
        /// Time a call may take.
        limit: Duration,
    },
    /// More linear memory was asked for than is allowed.
    #[error("asked for {requested} bytes of memory, allowed are {limit}")]
    Memory {
        /// Bytes asked for in all.
        requested: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More table entries were asked for than are allowed.
    #[error("asked for {requested} table entries, allowed are {limit}")]
    Table {
        /// Entries asked for in all.
        requested: usize,
        /// Entries allowed.
        limit: usize,
    },
    /// The call stack is exhausted.
    #[error("recursed deeper than its stack allows")]
    StackOverflow,
    /// The answer is larger than is allowed.
    #[error("answered with more than {limit} bytes")]
    ResultSize {
        /// Bytes allowed.
        limit: usize,
    },
    /// The code trapped: a panic, an access outside its memory, a division by zero.
    #[error("trapped: {reason}")]
    Trap {
        /// The trap's name, with the last line that the plugin logged where there is one.
        reason: String,
    },
    /// The plugin's arena breaks the contract in `docs/arena.md`.
    #[error("breaks the arena's contract: {problem}")]
    Arena {
        /// What is wrong with it.
        problem: String,
    },
    /// No instance could be made.
    #[error("could not be instantiated: {reason}")]
    Instantiate {
        /// Why.
        reason: String,
    },
    /// The reward has no such operation, such as a snapshot of a reward without state.
    #[error("a {kind} reward has no such operation")]
    Unsupported {
        /// The reward's kind.
        kind: Kind,
    },
}

impl Failure {
    /// Names the failure for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::Fault { .. } => "fault",
            Failure::Input(_) => "input",
            Failure::Output(error) => error.code(),
            Failure::OutOfFuel { .. } => "out-of-fuel",
            Failure::Deadline { .. } => "deadline",
            Failure::Memory { .. } => "memory",
            Failure::Table { .. } => "table",
            Failure::StackOverflow => "stack-overflow",
            Failure::ResultSize { .. } => "result-size",
            Failure::Trap { .. } => "trap",
            Failure::Arena { .. } => "arena",
            Failure::Instantiate { .. } => "instantiate",
            Failure::Unsupported { .. } => "unsupported",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Failure::Fault { .. } => "read the message: it is the author's own",
            Failure::Input(_) => "give the data that the description asks for; `meed inspect` shows it",
            Failure::Output(error) => error.hint(),
            Failure::OutOfFuel { .. } => "look for a loop that never ends or grows with the square of the batch",
            Failure::Deadline { .. } => "look for a loop that never ends, or call with smaller batches",
            Failure::Memory { .. } => "look for a collection that grows without end; a reward of rows needs little",
            Failure::Table { .. } => "tables hold function pointers; ordinary code never grows them",
            Failure::StackOverflow => "look for a recursion that does not end, or for very large local arrays",
            Failure::ResultSize { .. } => "answer exactly rows x factors numbers",
            Failure::Trap { .. } => "look for a panic: an index out of range, an unwrap of nothing, a division by zero",
            Failure::Arena { .. } => {
                "leave the arena to the SDK, or leave out its exports: the portable call does the same"
            }
            Failure::Instantiate { .. } => "look at what the code does before its first call",
            Failure::Unsupported { .. } => "only stateful rewards observe, snapshot and restore",
        }
    }
}

/// A batch that does not fit the description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum InputError {
    #[error("the batch is not one for a {needed} reward")]
    Kind { needed: Kind },
    #[error("{input} has {len} values, which is not {rows} rows of {width}")]
    Length { input: &'static str, len: usize, rows: usize, width: usize },
    #[error("the {input} offsets do not divide {count} in order")]
    Offsets { input: &'static str, count: usize },
    #[error("the text column {name:?} is missing")]
    MissingColumn { name: String },
    #[error("{rows} rows are more than one call may take ({limit})")]
    TooManyRows { rows: usize, limit: usize },
}

/// An answer that breaks the interface's rules.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum OutputError {
    #[error("answered {len} values, needed are {rows} rows of {factors}")]
    Length { len: usize, rows: usize, factors: usize },
    #[error("factor {factor:?} of row {row} is NaN")]
    NotANumber { row: usize, factor: String },
    #[error("factor {factor:?} of row {row} is {value}")]
    Infinite { row: usize, factor: String, value: f32 },
    #[error("unscored row {row} is not below {rows}, or not in ascending order")]
    Unscored { row: usize, rows: usize },
}

impl OutputError {
    /// Names the error for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            OutputError::Length { .. } => "output-length",
            OutputError::NotANumber { .. } => "output-nan",
            OutputError::Infinite { .. } => "output-infinite",
            OutputError::Unscored { .. } => "output-unscored",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            OutputError::Length { .. } => "answer exactly rows x factors numbers, whatever the number of rows",
            OutputError::NotANumber { .. } => {
                "look for 0/0, the root or logarithm of a negative number; abstain where undefined"
            }
            OutputError::Infinite { .. } => "look for a division by zero or an exponential without a bound",
            OutputError::Unscored { .. } => "list each unscored row once, in ascending order",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_plugin_version_export_row_value_and_limit() {
        let error = RewardError {
            plugin: "p".into(),
            version: "0.1.0".into(),
            export: "evaluate",
            failure: OutputError::Infinite { row: 3, factor: "f".into(), value: f32::INFINITY }.into(),
        };
        assert_eq!(error.to_string(), "p 0.1.0, evaluate: factor \"f\" of row 3 is inf");
        let limit = Duration::from_millis(20);
        assert_eq!(Failure::Deadline { limit }.to_string(), "ran for more than 20 ms in one call");
    }
}
