//! Reads transitions from NumPy's NPZ: one array a column, each through a reader of its own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use npyz::{DType, NpyFile, Order, TypeChar};
use zip::{CompressionMethod, ZipArchive};

use crate::chunk::{Chunk, Source};
use crate::convert::Cell;
use crate::parquet_rows::TASK_PREFIX;
use crate::schema::{Layout, NamedField};
use crate::{Problem, Schema};

/// Rows decoded at a time.
const CHUNK_ROWS: usize = 4096;

/// The names that an array may have, in the order of preference. The first one stands in messages.
const OBSERVATION: &[&str] = &["observations", "observation"];
const ACTION: &[&str] = &["actions", "action"];
const REWARD: &[&str] = &["rewards", "reward"];
const TERMINATED: &[&str] = &["terminated", "terminations", "terminals"];
const TRUNCATED: &[&str] = &["truncated", "truncations", "timeouts"];
const NEXT_OBSERVATION: &[&str] = &["next_observations", "next_observation"];
const EPISODE: &[&str] = &["episode", "episode_ids"];
const STEP: &[&str] = &["step", "steps"];
const AGENT: &[&str] = &["agent", "agents"];
const GROUP: &[&str] = &["group", "groups"];

/// An NPZ file of transitions.
pub(crate) struct NpzRows {
    schema: Schema,
    rows: u64,
    row: u64,
    observation: Array,
    action: Array,
    terminated: Array,
    truncated: Array,
    reward: Option<Array>,
    next_observation: Option<Array>,
    episode: Option<Array>,
    step: Option<Array>,
    agent: Option<Array>,
    group: Option<Array>,
    tasks: Vec<Array>,
}

impl NpzRows {
    /// Opens every array and compares their shapes.
    pub(crate) fn open(file: &Path) -> Result<NpzRows, Problem> {
        let mut archive = ZipArchive::new(BufReader::new(File::open(file)?)).map_err(|error| damaged(0, error))?;
        let mut find = |names: &[&str]| {
            let known = names.iter().find_map(|name| Some((name, archive.index_for_name(&format!("{name}.npy"))?)));
            known.map(|(name, index)| Array::open(file, &mut archive, index, name)).transpose()
        };
        let missing = |names: &[&str], expected: &str| {
            let column = names.first().copied().unwrap_or_default().to_owned();
            Problem::MissingColumn { column, expected: expected.to_owned() }
        };
        let observation = find(OBSERVATION)?.ok_or_else(|| missing(OBSERVATION, "an array of N x D numbers"))?;
        let action = find(ACTION)?.ok_or_else(|| missing(ACTION, "an array of N x A or N numbers"))?;
        let terminated = find(TERMINATED)?.ok_or_else(|| missing(TERMINATED, "an array of N flags"))?;
        let truncated = find(TRUNCATED)?.ok_or_else(|| missing(TRUNCATED, "an array of N flags"))?;
        let (reward, next_observation) = (find(REWARD)?, find(NEXT_OBSERVATION)?);
        let (episode, step, agent, group) = (find(EPISODE)?, find(STEP)?, find(AGENT)?, find(GROUP)?);
        if agent.is_some() && episode.is_none() {
            return Err(missing(EPISODE, "an array of N integers, because there are several agents"));
        }
        let mut tasks = Vec::new();
        for index in 0..archive.len() {
            let name = archive.name_for_index(index).and_then(Result::ok).unwrap_or_default().into_owned();
            if let Some(name) = name.strip_suffix(".npy").filter(|name| name.starts_with(TASK_PREFIX)) {
                tasks.push(Array::open(file, &mut archive, index, name)?);
            }
        }
        let field = |array: &Array| NamedField {
            name: array.name[TASK_PREFIX.len()..].to_owned(),
            size: array.width,
            unit: String::new(),
        };
        let schema = Schema {
            observation: Layout::from(observation.width),
            action: Layout::from(action.width),
            task: tasks.iter().map(field).collect::<Vec<_>>().into(),
            reward: reward.is_some(),
            next_observation: next_observation.is_some(),
            agent: agent.is_some(),
            group: group.is_some(),
            ..Schema::default()
        };
        schema.check()?;
        let rows = observation.rows;
        let found = NpzRows {
            schema,
            rows,
            row: 0,
            observation,
            action,
            terminated,
            truncated,
            reward,
            next_observation,
            episode,
            step,
            agent,
            group,
            tasks,
        };
        found.check_shapes()?;
        if rows == 0 { Err(Problem::Empty) } else { Ok(found) }
    }

    /// Says what the arrays' names and shapes told.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check_shapes(&self) -> Result<(), Problem> {
        let single = [Some(&self.terminated), Some(&self.truncated), self.reward.as_ref()];
        let single =
            single.into_iter().chain([&self.episode, &self.step, &self.agent, &self.group].map(Option::as_ref));
        let mut widths: Vec<(&Array, usize)> = single.flatten().map(|array| (array, 1)).collect();
        widths.extend(self.next_observation.iter().map(|array| (array, self.schema.observation.size)));
        for &(array, expected) in &widths {
            if array.width != expected {
                let (column, observed) = (array.name.clone(), array.width);
                return Err(Problem::Width { row: 0, column, observed, expected });
            }
        }
        let arrays = widths.iter().map(|(array, _)| *array).chain([&self.action]).chain(&self.tasks);
        for array in arrays {
            if array.rows != self.rows {
                return Err(Problem::ArrayLength {
                    column: array.name.clone(),
                    observed: array.rows,
                    expected: self.rows,
                    other: self.observation.name.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Source for NpzRows {
    fn next_chunk(&mut self) -> Result<Option<Chunk>, Problem> {
        let rows = usize::try_from(self.rows - self.row).unwrap_or(usize::MAX).min(CHUNK_ROWS);
        if rows == 0 {
            return Ok(None);
        }
        let row = self.row;
        self.row += rows as u64;
        let mut chunk = Chunk { table: self.schema.table(), stored: Vec::new() };
        let table = &mut chunk.table;
        table.rows = rows;
        self.observation.read(row, rows, &mut table.observation)?;
        self.action.read(row, rows, &mut table.action)?;
        self.terminated.read(row, rows, &mut table.terminated)?;
        self.truncated.read(row, rows, &mut table.truncated)?;
        if let Some(array) = &mut self.reward {
            array.read(row, rows, &mut table.reward)?;
        }
        if let Some(array) = &mut self.next_observation {
            array.read(row, rows, &mut table.next_observation)?;
            chunk.stored = vec![true; rows];
        }
        for (array, column) in [
            (&mut self.episode, &mut table.episode),
            (&mut self.step, &mut table.step),
            (&mut self.agent, &mut table.agent),
            (&mut self.group, &mut table.group),
        ] {
            if let Some(array) = array {
                array.read(row, rows, column)?;
            }
        }
        for row in row..row + rows as u64 {
            for array in &mut self.tasks {
                array.read(row, 1, &mut table.task)?;
            }
        }
        Ok(Some(chunk))
    }

    fn rows_hint(&self) -> Option<u64> {
        Some(self.rows)
    }
}

/// An array of N rows that is read from its start to its end.
struct Array {
    name: String,
    rows: u64,
    width: usize,
    whole: bool,
    values: Box<dyn Iterator<Item = io::Result<f64>> + Send>,
}

impl Array {
    fn open<R: Read + Seek>(
        file: &Path,
        archive: &mut ZipArchive<R>,
        index: usize,
        name: &str,
    ) -> Result<Array, Problem> {
        let entry = Entry::open(file, archive, index, name)?;
        let array =
            NpyFile::new(BufReader::new(entry)).map_err(|error| damaged(0, format_args!("array {name}: {error}")))?;
        let type_error = |observed: String, expected: &str| {
            Err(Problem::ColumnType { column: name.to_owned(), observed, expected: expected.to_owned() })
        };
        let shape = array.shape().to_vec();
        let (rows, width) = match shape.as_slice() {
            [rows] => (*rows, 1),
            [rows, width] => (*rows, usize::try_from(*width).unwrap_or(usize::MAX)),
            _ => return type_error(format!("shape {shape:?}"), "an array of one or two dimensions"),
        };
        if array.order() == Order::Fortran && shape.len() > 1 {
            return type_error("Fortran order".into(), "C order, as numpy.ascontiguousarray gives it");
        }
        let DType::Plain(dtype) = array.dtype() else {
            return type_error("a structure".into(), "an array of numbers or flags");
        };
        let whole = dtype.type_char() != TypeChar::Float;
        let Some(values) = values(array, dtype.type_char(), dtype.size_field()) else {
            return type_error(dtype.to_string(), "float32, float64, bool or an integer type");
        };
        Ok(Array { name: name.to_owned(), rows, width, whole, values })
    }

    /// Adds the numbers of the next rows to `out`; `row` is the first one.
    fn read<T: Cell>(&mut self, row: u64, rows: usize, out: &mut Vec<T>) -> Result<(), Problem> {
        for index in 0..rows * self.width {
            let at = row + (index / self.width) as u64;
            let name = &self.name;
            let value = match self.values.next() {
                Some(Ok(value)) => value,
                Some(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    return Err(damaged(at, format_args!("array {name}: {error}")));
                }
                _ => return Err(damaged(at, format_args!("array {name} ends early"))),
            };
            out.push(T::from_number(value, self.whole).map_err(|error| {
                let column = if self.width == 1 { name.clone() } else { format!("{name}[{}]", index % self.width) };
                Problem::Value { row: at, column, observed: error.observed, expected: error.expected.to_owned() }
            })?);
        }
        Ok(())
    }
}

/// Widens the values of an array of any number type.
fn values<R: Read + Send + 'static>(
    array: NpyFile<R>,
    kind: TypeChar,
    size: u64,
) -> Option<Box<dyn Iterator<Item = io::Result<f64>> + Send>> {
    fn widen<T: npyz::Deserialize + 'static, R: Read + Send + 'static>(
        array: NpyFile<R>,
        wide: fn(T) -> f64,
    ) -> Option<Box<dyn Iterator<Item = io::Result<f64>> + Send>>
    where
        T::TypeReader: Send,
    {
        Some(Box::new(array.data::<T>().ok()?.map(move |value| value.map(wide))))
    }
    match (kind, size) {
        (TypeChar::Float, 4) => widen::<f32, R>(array, f64::from),
        (TypeChar::Float, 8) => widen::<f64, R>(array, |value| value),
        (TypeChar::Bool, _) => widen::<bool, R>(array, f64::from),
        (TypeChar::Int, 1) => widen::<i8, R>(array, f64::from),
        (TypeChar::Int, 2) => widen::<i16, R>(array, f64::from),
        (TypeChar::Int, 4) => widen::<i32, R>(array, f64::from),
        (TypeChar::Int, 8) => widen::<i64, R>(array, |value| value as f64),
        (TypeChar::Uint, 1) => widen::<u8, R>(array, f64::from),
        (TypeChar::Uint, 2) => widen::<u16, R>(array, f64::from),
        (TypeChar::Uint, 4) => widen::<u32, R>(array, f64::from),
        (TypeChar::Uint, 8) => widen::<u64, R>(array, |value| value as f64),
        _ => None,
    }
}

/// The bytes of one archive member, with a file handle of its own, checked against its length and checksum at its end.
struct Entry {
    reader: CrcReader<Box<dyn Read + Send>>,
    left: u64,
    checksum: u32,
}

impl Entry {
    fn open<R: Read + Seek>(
        file: &Path,
        archive: &mut ZipArchive<R>,
        index: usize,
        name: &str,
    ) -> Result<Entry, Problem> {
        let member = archive.by_index_raw(index).map_err(|error| damaged(0, error))?;
        let start = member.data_start().ok_or_else(|| damaged(0, format_args!("array {name} has no data")))?;
        let mut handle = File::open(file)?;
        handle.seek(SeekFrom::Start(start))?;
        let bytes = BufReader::new(handle).take(member.compressed_size());
        let reader: Box<dyn Read + Send> = match (member.compression(), member.encrypted()) {
            (CompressionMethod::Stored, false) => Box::new(bytes),
            (CompressionMethod::Deflated, false) => Box::new(DeflateDecoder::new(bytes)),
            (method, encrypted) => {
                let reason = format!("array {name} is compressed by {method:?}, encrypted: {encrypted}");
                return Err(damaged(0, reason));
            }
        };
        Ok(Entry { reader: CrcReader::new(reader), left: member.size(), checksum: member.crc32() })
    }
}

impl Read for Entry {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(&mut buffer[..most])?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        if self.left == 0 && self.reader.crc().sum() != self.checksum {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum does not match"));
        }
        Ok(read)
    }
}

fn damaged(row: u64, error: impl std::fmt::Display) -> Problem {
    Problem::Damaged { format: "NPZ", row, reason: error.to_string() }
}
