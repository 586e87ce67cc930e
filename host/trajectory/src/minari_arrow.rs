//! The episodes of a Minari dataset as Arrow's IPC files, or as Parquet: a folder each.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::reader::FileReader;

use crate::Problem;
use crate::guarded::guarded;
use crate::minari::{Column, Episode, Episodes, FLAT};
use crate::parquet_file::{ParquetFile, numbers};

const READ: [&str; 5] = ["observations", "actions", "rewards", "terminations", "truncations"];

/// Episodes by the folders or files that hold them.
pub(crate) struct ArrowEpisodes {
    places: std::vec::IntoIter<PathBuf>,
    extension: &'static str,
}

impl ArrowEpisodes {
    /// Takes the folders of the episodes, in their order.
    pub(crate) fn open(folders: Vec<PathBuf>, format: &str) -> ArrowEpisodes {
        ArrowEpisodes { places: folders.into_iter(), extension: if format == "arrow" { "arrow" } else { "parquet" } }
    }

    /// Takes a single file for a single episode.
    pub(crate) fn of_file(file: &Path) -> ArrowEpisodes {
        ArrowEpisodes { places: vec![file.to_owned()].into_iter(), extension: "arrow" }
    }

    fn batches(&self, place: &Path, row: u64) -> Result<Vec<RecordBatch>, Problem> {
        let mut files = Vec::new();
        if place.is_dir() {
            for entry in std::fs::read_dir(place)? {
                let path = entry?.path();
                files.extend(Some(path).filter(|path| path.extension().is_some_and(|ending| ending == self.extension)));
            }
            files.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        } else {
            files.push(place.to_owned());
        }
        let mut batches = Vec::new();
        for file in files {
            if self.extension == "arrow" {
                batches.extend(arrow_batches(&file, row)?);
            } else {
                let mut reader = ParquetFile::open(&file)?.batches(4096, |name| READ.contains(&name))?;
                while let Some((_, batch)) = reader.next_batch()? {
                    batches.push(batch);
                }
            }
        }
        Ok(batches)
    }
}

impl Episodes for ArrowEpisodes {
    fn next_episode(&mut self, row: u64) -> Result<Option<Episode>, Problem> {
        let Some(place) = self.places.next() else { return Ok(None) };
        let batches = self.batches(&place, row)?;
        let column = |name: &str, expected: &str| -> Result<Column, Problem> {
            let mut column = Column::default();
            for batch in &batches {
                let Some(array) = batch.column_by_name(name) else {
                    return Err(Problem::MissingColumn { column: name.to_owned(), expected: expected.to_owned() });
                };
                append(&mut column, name, array, expected, row)?;
            }
            Ok(column)
        };
        let mut episode = Episode {
            observations: column("observations", FLAT)?,
            actions: column("actions", FLAT)?,
            rewards: column("rewards", "a number")?,
            terminations: column("terminations", "true or false")?,
            truncations: column("truncations", "true or false")?,
        };
        if batches.is_empty() {
            let reason = format!("{} holds no .{} file", place.display(), self.extension);
            return Err(Problem::Folder { reason });
        }
        // The row of the final observation has nothing else.
        let Episode { actions, rewards, terminations, truncations, .. } = &mut episode;
        for column in [actions, rewards, terminations, truncations] {
            column.values.truncate(column.values.len().saturating_sub(column.width));
        }
        Ok(Some(episode))
    }
}

fn arrow_batches(file: &Path, row: u64) -> Result<Vec<RecordBatch>, Problem> {
    let handle = File::open(file)?;
    guarded("Arrow", row, || {
        let mut reader = FileReader::try_new(handle, None)?;
        let known = reader.schema();
        let read: Vec<usize> = READ.iter().filter_map(|name| known.index_of(name).ok()).collect();
        reader = FileReader::try_new(File::open(file)?, Some(read))?;
        reader.collect::<Result<Vec<_>, _>>()
    })
}

/// Adds the numbers of an array of lists, or of numbers.
fn append(column: &mut Column, name: &str, array: &ArrayRef, expected: &str, row: u64) -> Result<(), Problem> {
    let unfit = || Problem::ColumnType {
        column: name.to_owned(),
        observed: array.data_type().to_string(),
        expected: expected.to_owned(),
    };
    let rows = array.len();
    let values: ArrayRef = if let Some(list) = array.as_fixed_size_list_opt() {
        list.values().clone()
    } else if let Some(list) = array.as_list_opt::<i32>() {
        let (first, last) = (list.offsets()[0] as usize, list.offsets()[rows] as usize);
        list.values().slice(first, last.saturating_sub(first))
    } else {
        array.clone()
    };
    if array.null_count() + values.null_count() > 0 {
        let (observed, expected) = ("null".to_owned(), expected.to_owned());
        return Err(Problem::Value { row, column: name.to_owned(), observed, expected });
    }
    let (numbers, whole) = numbers(&values).ok_or_else(unfit)?;
    let width = numbers.len().checked_div(rows).unwrap_or(0);
    if rows == 0 {
        return Ok(());
    }
    if width * rows != numbers.len() || (column.width != 0 && column.width != width) {
        let expected = if column.width == 0 { width } else { column.width };
        return Err(Problem::Width { row, column: name.to_owned(), observed: numbers.len() / rows, expected });
    }
    *column = Column { width, whole, values: [std::mem::take(&mut column.values), numbers].concat() };
    Ok(())
}
