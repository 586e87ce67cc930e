//! Opens a file by its extension.

use std::fs::File;
use std::path::Path;

use crate::json::Lines;
use crate::jsonl_rows::JsonlRows;
use crate::jsonl_samples::JsonlSamples;
use crate::minari::MinariRows;
use crate::npz::NpzRows;
use crate::parquet_file::ParquetFile;
use crate::parquet_rows::ParquetRows;
use crate::parquet_samples::ParquetSamples;
use crate::{Problem, Reader, SampleReader, TrajectoryError};

/// A file that is open for reading, of either kind of data.
#[derive(Debug)]
pub enum Dataset {
    /// Recorded transitions, for transition, episode and stateful rewards.
    Transitions(Reader),
    /// Prompts and completions, for text rewards.
    Samples(SampleReader),
}

impl Dataset {
    /// Names the file.
    pub fn file(&self) -> &Path {
        match self {
            Dataset::Transitions(reader) => reader.file(),
            Dataset::Samples(reader) => reader.file(),
        }
    }

    /// Counts all rows or samples of the file, where that is known without reading it.
    pub fn rows_hint(&self) -> Option<u64> {
        match self {
            Dataset::Transitions(reader) => reader.rows_hint(),
            Dataset::Samples(reader) => reader.rows_hint(),
        }
    }
}

/// Opens a recording: Parquet, JSON lines, NPZ, or Minari's HDF5 and Arrow by the file's extension, the folder of a Minari dataset;
/// text samples where it has a `completion`.
///
/// # Errors
/// Where the extension is unknown, the file is empty or damaged, or a column is missing or of a type that cannot be read.
pub fn open(file: &Path) -> Result<Dataset, TrajectoryError> {
    let at = |problem: Problem| problem.at(file);
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    let rows = |source: MinariRows| {
        let schema = source.schema().clone();
        Ok(Dataset::Transitions(Reader::new(file, schema, Box::new(source))?))
    };
    if file.is_dir() {
        return rows(MinariRows::open_folder(file).map_err(at)?);
    }
    if !["parquet", "jsonl", "ndjson", "npz", "hdf5", "h5", "arrow"].contains(&extension.as_str()) {
        return Err(at(Problem::Extension { observed: extension }));
    }
    let length = File::open(file).and_then(|file| file.metadata()).map_err(|error| at(error.into()))?.len();
    if length == 0 {
        return Err(at(Problem::Empty));
    }
    match extension.as_str() {
        "parquet" => {
            let parquet = ParquetFile::open(file).map_err(at)?;
            if parquet.column_type("completion").is_some() {
                let source = ParquetSamples::open(&parquet).map_err(at)?;
                let schema = source.schema().clone();
                return Ok(Dataset::Samples(SampleReader::new(file, schema, Box::new(source))?));
            }
            let source = ParquetRows::open(&parquet).map_err(at)?;
            let schema = source.schema().clone();
            Ok(Dataset::Transitions(Reader::new(file, schema, Box::new(source))?))
        }
        "hdf5" | "h5" => rows(MinariRows::open_hdf5(file).map_err(at)?),
        "arrow" => rows(MinariRows::open_arrow(file).map_err(at)?),
        "npz" => {
            let source = NpzRows::open(file).map_err(at)?;
            let schema = source.schema().clone();
            Ok(Dataset::Transitions(Reader::new(file, schema, Box::new(source))?))
        }
        _ => {
            let first = Lines::open(file).and_then(|mut lines| lines.next_object()).map_err(at)?;
            let Some((_, first)) = first else { return Err(at(Problem::Empty)) };
            if first.get("completion").is_some() {
                let source = JsonlSamples::open(file).map_err(at)?;
                let schema = source.schema().clone();
                return Ok(Dataset::Samples(SampleReader::new(file, schema, Box::new(source))?));
            }
            let source = JsonlRows::open(file).map_err(at)?;
            let schema = source.schema().clone();
            Ok(Dataset::Transitions(Reader::new(file, schema, Box::new(source))?))
        }
    }
}
