//! Reads transitions, a bounded number of rows at a time.

use std::path::{Path, PathBuf};

use crate::chunk::{Chunk, Source};
use crate::sequence::Sequence;
use crate::{Problem, Schema, Table, TrajectoryError};

/// Rows that one step may have, one an agent. More are taken for a mistake, so that no file can fill the memory.
const GROUP_LIMIT: usize = 1 << 16;

/// A recording that is read from its start to its end, once.
///
/// It holds the rows that it is about to give, the next step's and one decoded chunk, never the whole file. After an error in
/// the file the reader is at its end.
pub struct Reader {
    file: PathBuf,
    schema: Schema,
    source: Box<dyn Source>,
    sequence: Sequence,
    held: Box<Chunk>,
    /// Rows at the front of `held` that were given already.
    given: usize,
    /// Rows at the front of `held` whose next observations are filled in.
    filled: usize,
    /// The number of the first row of `held` in the file.
    first_row: u64,
    done: bool,
    most_held: usize,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("file", &self.file).field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Reader {
    /// Begins to read; decodes the first rows, so that an empty file is an error here.
    pub(crate) fn new(file: &Path, schema: Schema, source: Box<dyn Source>) -> Result<Reader, TrajectoryError> {
        let held = Box::new(Chunk { table: schema.table(), stored: Vec::new() });
        let mut reader = Reader {
            file: file.to_owned(),
            schema,
            source,
            sequence: Sequence::default(),
            held,
            given: 0,
            filled: 0,
            first_row: 0,
            done: false,
            most_held: 0,
        };
        reader.fill(1)?;
        if reader.filled == 0 { Err(reader.error(Problem::Empty)) } else { Ok(reader) }
    }

    /// Says what the recording holds.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Names the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Counts all rows of the file, where that is known without reading it.
    pub fn rows_hint(&self) -> Option<u64> {
        self.source.rows_hint()
    }

    /// Gives the most rows that were held in memory at once so far.
    pub fn most_held(&self) -> usize {
        self.most_held
    }

    /// Reads up to `max` rows; `None` at the end. The agents of one step are never divided over two tables.
    ///
    /// # Errors
    /// Where the file is malformed, or one step has more than `max` rows.
    pub fn next_rows(&mut self, max: usize) -> Result<Option<Table>, TrajectoryError> {
        let max = max.max(1);
        self.fill(max)?;
        let available = self.filled - self.given;
        if available == 0 {
            return Ok(None);
        }
        let table = &self.held.table;
        let begins = |row: usize| {
            row == self.filled
                || table.agent.is_empty()
                || (table.episode[row], table.step[row]) != (table.episode[row - 1], table.step[row - 1])
        };
        match (1..=available.min(max)).rev().find(|&rows| begins(self.given + rows)) {
            Some(rows) => Ok(Some(self.give(rows))),
            None => Err(self.error(Problem::GroupTooLarge { row: self.row(), limit: max })),
        }
    }

    /// Reads as many whole episodes as have up to `max_rows` rows together; `None` at the end. Where the file has groups, the
    /// episodes of one are never divided over two tables.
    ///
    /// # Errors
    /// Where the file is malformed, or one episode, or one group of them, has more than `max_rows` rows; a call with a larger limit
    /// then goes on.
    pub fn next_episodes(&mut self, max_rows: usize) -> Result<Option<Table>, TrajectoryError> {
        self.fill(max_rows.saturating_add(1))?;
        let available = self.filled - self.given;
        if available == 0 {
            return Ok(None);
        }
        let (episode, group) = (&self.held.table.episode, &self.held.table.group);
        let parts = if group.is_empty() { episode } else { group };
        // Where fewer rows are there than were asked for, the file has ended, and the last episode with it.
        let begins = |row: usize| row == self.filled || parts[row] != parts[row - 1];
        match (1..=available.min(max_rows)).rev().find(|&rows| begins(self.given + rows)) {
            Some(rows) => Ok(Some(self.give(rows))),
            None if !group.is_empty() => Err(self.error(Problem::GroupTooLarge { row: self.row(), limit: max_rows })),
            None => {
                let episode = episode[self.given];
                Err(self.error(Problem::EpisodeTooLong { row: self.row(), episode, limit: max_rows }))
            }
        }
    }

    /// Decodes until `rows` rows can be given, or the file ends.
    fn fill(&mut self, rows: usize) -> Result<(), TrajectoryError> {
        while !self.done && self.filled - self.given < rows {
            if let Err(problem) = self.fill_once() {
                self.done = true;
                self.filled = self.given;
                return Err(self.error(problem));
            }
        }
        Ok(())
    }

    fn fill_once(&mut self) -> Result<(), Problem> {
        self.held.drop_front(self.given);
        self.first_row += self.given as u64;
        self.filled -= self.given;
        self.given = 0;
        match self.source.next_chunk()? {
            Some(mut chunk) => {
                chunk.check_finite(self.sequence.rows())?;
                self.sequence.admit(&mut chunk)?;
                self.held.append(&chunk);
            }
            None => self.done = true,
        }
        self.most_held = self.most_held.max(self.held.table.rows);
        let settled = if self.done { self.held.table.rows } else { self.held.table.settled() };
        if self.held.table.rows - settled > 2 * GROUP_LIMIT {
            return Err(Problem::GroupTooLarge { row: self.first_row + settled as u64, limit: GROUP_LIMIT });
        }
        self.held.fill_next(self.filled, settled, self.first_row)?;
        self.filled = settled;
        Ok(())
    }

    fn give(&mut self, rows: usize) -> Table {
        let table = self.held.table.copy_rows(self.given, self.given + rows);
        self.given += rows;
        table
    }

    /// Numbers the next row to give.
    fn row(&self) -> u64 {
        self.first_row + self.given as u64
    }

    fn error(&self, problem: Problem) -> TrajectoryError {
        problem.at(&self.file)
    }
}
