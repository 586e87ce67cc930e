//! Rows on their way from a file to a table: their next observations and numbering may still be missing.

use crate::{Problem, Table};

/// Rows as a file gives them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    /// The rows; an empty `episode` or `step` column is to be derived.
    pub(crate) table: Table,
    /// rows; whether `next_observation` holds the row's own value. Empty where the recording has no next observations.
    pub(crate) stored: Vec<bool>,
}

/// A format's decoder.
pub(crate) trait Source: Send {
    /// Reads some more rows; `None` at the end.
    fn next_chunk(&mut self) -> Result<Option<Chunk>, Problem>;

    /// Counts all rows of the file, where that is known without reading it.
    fn rows_hint(&self) -> Option<u64>;
}

impl Chunk {
    /// Adds later rows.
    pub(crate) fn append(&mut self, later: &Chunk) {
        self.table.append(&later.table);
        self.stored.extend_from_slice(&later.stored);
    }

    /// Lets go of the first rows.
    pub(crate) fn drop_front(&mut self, rows: usize) {
        if rows == 0 {
            return;
        }
        self.table = self.table.copy_rows(rows, self.table.rows);
        self.stored.drain(..rows.min(self.stored.len()));
    }

    /// Fills in the next observations of the rows from `start` to `end` that have none of their own. `first_row` is the number
    /// of the chunk's first row in the file.
    pub(crate) fn fill_next(&mut self, start: usize, end: usize, first_row: u64) -> Result<(), Problem> {
        if self.stored.is_empty() {
            return Ok(());
        }
        for row in start..end {
            if self.stored[row] {
                continue;
            }
            let Some(next) = self.table.successor(row) else {
                let (episode, step) = (self.table.episode[row], self.table.step[row]);
                return Err(Problem::NextObservation { row: first_row + row as u64, episode, step });
            };
            let width = self.table.observation_size;
            let value = &self.table.observation[next * width..(next + 1) * width];
            self.table.next_observation[row * width..(row + 1) * width].copy_from_slice(value);
        }
        Ok(())
    }

    /// Marks the next observations of the rows before `end` as stored where a reader could not fill them in with the same bits.
    pub(crate) fn mark_stored(&mut self, end: usize) {
        let width = self.table.observation_size;
        for row in 0..end.min(self.stored.len()) {
            let cells = |values: &'_ [f32], row: usize| {
                values[row * width..(row + 1) * width].iter().map(|value| value.to_bits()).collect::<Vec<_>>()
            };
            let derived = self.table.successor(row).map(|next| cells(&self.table.observation, next));
            self.stored[row] = derived.is_none_or(|derived| derived != cells(&self.table.next_observation, row));
        }
    }

    /// Checks that every number is finite.
    pub(crate) fn check_finite(&self, first_row: u64) -> Result<(), Problem> {
        let table = &self.table;
        let columns = [
            ("observation", &table.observation, table.observation_size),
            ("action", &table.action, table.action_size),
            ("reward", &table.reward, 1),
            ("next_observation", &table.next_observation, table.observation_size),
            ("task", &table.task, table.task_size),
        ];
        for (name, values, width) in columns {
            // One pass without a branch finds out whether there is anything to look for.
            if values.iter().fold(0.0, |sum, value| sum + value * 0.0) == 0.0 {
                continue;
            }
            if let Some(index) = values.iter().position(|value| !value.is_finite()) {
                let column = if width == 1 { name.to_owned() } else { format!("{name}[{}]", index % width) };
                return Err(Problem::Value {
                    row: first_row + (index / width) as u64,
                    column,
                    observed: values[index].to_string(),
                    expected: "a finite number".into(),
                });
            }
        }
        Ok(())
    }
}
