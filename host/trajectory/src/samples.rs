//! Text samples held in memory, and their reader.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use meed_core::{Column, Samples};

use crate::table::offsets;
use crate::{Problem, TrajectoryError};

/// Which columns a file of text samples has besides the completion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleSchema {
    /// Whether the prompt is recorded.
    pub prompt: bool,
    /// Whether reference answers are recorded; single ones may still be absent.
    pub reference: bool,
    /// Whether the completion's length in tokens is recorded.
    pub tokens: bool,
    /// Whether samples belong to groups.
    pub group: bool,
    /// The other text columns, in the file's order.
    pub columns: Vec<String>,
}

/// A run of text samples. A column that the file lacks is an empty vector; the others hold one value a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleTable {
    /// Number of samples.
    pub rows: usize,
    /// rows.
    pub completion: Vec<String>,
    /// rows.
    pub prompt: Vec<String>,
    /// rows; `None` where there is no reference answer.
    pub reference: Vec<Option<String>>,
    /// rows; the length of each completion in tokens.
    pub tokens: Vec<u32>,
    /// rows; equal for the completions of one prompt, which are neighbours.
    pub group: Vec<String>,
    /// Offsets over the rows: the completions of one prompt are one part. Empty: each sample is a part of its own.
    pub group_offsets: Vec<u32>,
    /// The other text columns: name and values, `None` where the sample has no such text.
    pub columns: Vec<(String, Vec<Option<String>>)>,
}

impl SampleTable {
    /// Lends the samples as a reward takes them, with every column that is there.
    pub fn with_view<R>(&self, use_view: impl FnOnce(&Samples<'_>) -> R) -> R {
        fn texts(values: &[String]) -> Vec<&str> {
            values.iter().map(String::as_str).collect()
        }
        fn options(values: &[Option<String>]) -> Vec<Option<&str>> {
            values.iter().map(Option::as_deref).collect()
        }
        let (completion, prompt, reference) = (texts(&self.completion), texts(&self.prompt), options(&self.reference));
        let values: Vec<_> = self.columns.iter().map(|(_, values)| options(values)).collect();
        let named = self.columns.iter().zip(&values);
        let columns: Vec<_> = named.map(|((name, _), values)| Column { name: name.as_str(), values }).collect();
        use_view(&Samples {
            rows: self.rows,
            completion: &completion,
            prompt: &prompt,
            reference: &reference,
            tokens: &self.tokens,
            columns: &columns,
            group_offsets: &self.group_offsets,
        })
    }

    /// Makes a table without rows that has a schema's columns.
    pub(crate) fn of(schema: &SampleSchema) -> SampleTable {
        let columns = schema.columns.iter().map(|name| (name.clone(), Vec::new())).collect();
        SampleTable { columns, ..SampleTable::default() }
    }

    /// Moves the first rows out into a table of their own, divided into groups.
    fn take_front(&mut self, rows: usize) -> SampleTable {
        fn front<T>(values: &mut Vec<T>, rows: usize) -> Vec<T> {
            values.drain(..rows.min(values.len())).collect()
        }
        let group = front(&mut self.group, rows);
        let group_offsets = if group.is_empty() { Vec::new() } else { offsets(rows, |row| group.get(row)) };
        let columns = self.columns.iter_mut().map(|(name, values)| (name.clone(), front(values, rows))).collect();
        self.rows -= rows;
        SampleTable {
            rows,
            completion: front(&mut self.completion, rows),
            prompt: front(&mut self.prompt, rows),
            reference: front(&mut self.reference, rows),
            tokens: front(&mut self.tokens, rows),
            group,
            group_offsets,
            columns,
        }
    }

    fn append(&mut self, mut later: SampleTable) {
        self.rows += later.rows;
        self.completion.append(&mut later.completion);
        self.prompt.append(&mut later.prompt);
        self.reference.append(&mut later.reference);
        self.tokens.append(&mut later.tokens);
        self.group.append(&mut later.group);
        for ((_, values), (_, mut more)) in self.columns.iter_mut().zip(later.columns) {
            values.append(&mut more);
        }
    }
}

/// A format's decoder of text samples.
pub(crate) trait SampleSource: Send {
    /// Reads some more samples; `None` at the end.
    fn next_chunk(&mut self) -> Result<Option<SampleTable>, Problem>;

    /// Counts all samples of the file, where that is known without reading it.
    fn rows_hint(&self) -> Option<u64>;
}

/// A file of text samples that is read from its start to its end, once, a bounded number of samples at a time.
pub struct SampleReader {
    file: PathBuf,
    schema: SampleSchema,
    source: Box<dyn SampleSource>,
    held: SampleTable,
    /// Samples read from the file so far.
    read: u64,
    /// Hashes of the groups seen so far, eight bytes each, so that none can come back.
    groups: HashSet<u64>,
    done: bool,
}

impl std::fmt::Debug for SampleReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SampleReader").field("file", &self.file).field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl SampleReader {
    /// Begins to read; decodes the first samples, so that an empty file is an error here.
    pub(crate) fn new(
        file: &Path,
        schema: SampleSchema,
        source: Box<dyn SampleSource>,
    ) -> Result<SampleReader, TrajectoryError> {
        let held = SampleTable::of(&schema);
        let groups = HashSet::new();
        let mut reader = SampleReader { file: file.to_owned(), schema, source, held, read: 0, groups, done: false };
        reader.fill(1)?;
        if reader.held.rows == 0 { Err(Problem::Empty.at(file)) } else { Ok(reader) }
    }

    /// Says which columns there are.
    pub fn schema(&self) -> &SampleSchema {
        &self.schema
    }

    /// Names the file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Counts all samples of the file, where that is known without reading it.
    pub fn rows_hint(&self) -> Option<u64> {
        self.source.rows_hint()
    }

    /// Reads up to `max` samples; `None` at the end. A group is never divided over two tables.
    ///
    /// # Errors
    /// Where the file is malformed, or one group has more than `max` samples.
    pub fn next_samples(&mut self, max: usize) -> Result<Option<SampleTable>, TrajectoryError> {
        let max = max.max(1);
        self.fill(max.saturating_add(1))?;
        if self.held.rows == 0 {
            return Ok(None);
        }
        let (group, rows) = (&self.held.group, self.held.rows);
        let begins = |row: usize| row == rows || group.is_empty() || group[row] != group[row - 1];
        match (1..=rows.min(max)).rev().find(|&row| begins(row)) {
            Some(row) => Ok(Some(self.held.take_front(row))),
            None => {
                let row = self.read - rows as u64;
                Err(Problem::GroupTooLarge { row, limit: max }.at(&self.file))
            }
        }
    }

    fn fill(&mut self, rows: usize) -> Result<(), TrajectoryError> {
        while !self.done && self.held.rows < rows {
            let chunk = self.source.next_chunk().and_then(|chunk| match chunk {
                Some(chunk) => self.check_groups(&chunk).map(|()| Some(chunk)),
                None => Ok(None),
            });
            match chunk {
                Ok(Some(chunk)) => {
                    self.read += chunk.rows as u64;
                    self.held.append(chunk);
                }
                Ok(None) => self.done = true,
                Err(problem) => {
                    self.done = true;
                    self.held = SampleTable::of(&self.schema);
                    return Err(problem.at(&self.file));
                }
            }
        }
        Ok(())
    }

    fn check_groups(&mut self, chunk: &SampleTable) -> Result<(), Problem> {
        let mut before = self.held.group.last();
        for (row, group) in chunk.group.iter().enumerate() {
            if before != Some(group) {
                let mut hasher = DefaultHasher::new();
                group.hash(&mut hasher);
                if !self.groups.insert(hasher.finish()) {
                    return Err(Problem::Order {
                        row: self.read + row as u64,
                        column: "group",
                        observed: format!("{group:?}"),
                        expected: "a new one, because other groups came after this one's samples".into(),
                    });
                }
            }
            before = Some(group);
        }
        Ok(())
    }
}
