//! Reads transitions from Minari's datasets, as the package lays them out: a folder `data` with `metadata.json` and either one
//! HDF5 file with a group an episode, or a folder an episode with Arrow or Parquet files.
//!
//! Every episode has one observation more than it has steps: the last one is where it ended. An episode is held whole.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::chunk::{Chunk, Source};
use crate::convert::Cell;
use crate::minari_arrow::ArrowEpisodes;
use crate::minari_hdf5::Hdf5Episodes;
use crate::schema::Layout;
use crate::{Problem, Schema};

/// What a column of observations or actions must be.
pub(crate) const FLAT: &str = "numbers, as many in every row: a Box, Discrete, MultiDiscrete or MultiBinary space. Record others \
                               through gymnasium's FlattenObservation";

/// A column of an episode: rows of as many numbers each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Column {
    pub(crate) width: usize,
    pub(crate) values: Vec<f64>,
    /// Whether the file holds integers.
    pub(crate) whole: bool,
}

/// An episode's columns. The observations have a row more than the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Episode {
    pub(crate) observations: Column,
    pub(crate) actions: Column,
    pub(crate) rewards: Column,
    pub(crate) terminations: Column,
    pub(crate) truncations: Column,
}

/// Where episodes come from.
pub(crate) trait Episodes: Send {
    /// Reads the next episode; `None` at the end. `row` is the number of its first step.
    fn next_episode(&mut self, row: u64) -> Result<Option<Episode>, Problem>;
}

/// What `metadata.json` says. Whatever else stands there is left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    data_format: Option<String>,
    total_steps: Option<u64>,
    env_spec: Option<String>,
    algorithm_name: Option<String>,
    minari_version: Option<String>,
}

/// A Minari dataset.
pub(crate) struct MinariRows {
    episodes: Box<dyn Episodes>,
    schema: Schema,
    steps: Option<u64>,
    /// The episode that is given next.
    next: Option<Episode>,
    number: u32,
    row: u64,
}

impl MinariRows {
    /// Opens a dataset's folder, or the folder `data` in it.
    pub(crate) fn open_folder(folder: &Path) -> Result<MinariRows, Problem> {
        let data = [folder.to_owned(), folder.join("data")];
        let Some(data) = data.into_iter().find(|data| data.join("metadata.json").is_file()) else {
            return Err(Problem::Folder {
                reason: "there is no metadata.json in it, nor in a folder `data` in it".into(),
            });
        };
        let metadata = read_metadata(&data)?;
        let hdf5 = data.join("main_data.hdf5");
        let episodes: Box<dyn Episodes> = match metadata.data_format.as_deref() {
            Some("hdf5") => Box::new(Hdf5Episodes::open(&hdf5)?),
            // Minari 0.4 knew nothing else, and did not say.
            None if hdf5.is_file() => Box::new(Hdf5Episodes::open(&hdf5)?),
            Some(format @ ("arrow" | "parquet")) => Box::new(ArrowEpisodes::open(folders(&data)?, format)),
            other => {
                let format = other.unwrap_or("none");
                let reason = format!("its metadata name the format {format}, known are hdf5, arrow and parquet");
                return Err(Problem::Folder { reason });
            }
        };
        MinariRows::new(episodes, metadata)
    }

    /// Opens the HDF5 file of a dataset by itself.
    pub(crate) fn open_hdf5(file: &Path) -> Result<MinariRows, Problem> {
        let folder = file.parent().filter(|folder| folder.join("metadata.json").is_file());
        let metadata = folder.map(read_metadata).transpose()?.unwrap_or_default();
        MinariRows::new(Box::new(Hdf5Episodes::open(file)?), metadata)
    }

    /// Opens the Arrow file of a single episode by itself.
    pub(crate) fn open_arrow(file: &Path) -> Result<MinariRows, Problem> {
        MinariRows::new(Box::new(ArrowEpisodes::of_file(file)), Metadata::default())
    }

    fn new(mut episodes: Box<dyn Episodes>, metadata: Metadata) -> Result<MinariRows, Problem> {
        let first = episodes.next_episode(0)?.ok_or(Problem::Empty)?;
        #[derive(Deserialize)]
        struct Environment {
            id: String,
        }
        let environment = metadata.env_spec.as_deref().and_then(|spec| serde_json::from_str::<Environment>(spec).ok());
        let schema = Schema {
            observation: Layout::from(first.observations.width),
            action: Layout::from(first.actions.width),
            reward: true,
            next_observation: true,
            environment: environment.map(|environment| environment.id),
            policy: metadata.algorithm_name,
            creator: metadata.minari_version.map(|version| format!("minari {version}")),
            ..Schema::default()
        };
        schema.check()?;
        Ok(MinariRows { episodes, schema, steps: metadata.total_steps, next: Some(first), number: 0, row: 0 })
    }

    /// Says what the dataset holds.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    fn chunk(&self, episode: &Episode) -> Result<Chunk, Problem> {
        let rows = episode.rewards.values.len();
        let seen = episode.observations.values.len() / self.schema.observation.size.max(1);
        if seen != rows + 1 {
            let (column, other) = ("observations".to_owned(), "rewards, and the final one".to_owned());
            return Err(Problem::ArrayLength { column, observed: seen as u64, expected: rows as u64 + 1, other });
        }
        let mut chunk = Chunk { table: self.schema.table(), stored: vec![true; rows] };
        let (table, width) = (&mut chunk.table, self.schema.observation.size);
        table.rows = rows;
        let mut observation = Vec::new();
        self.read("observations", &episode.observations, width, seen, &mut observation)?;
        table.next_observation = observation.get(width..).unwrap_or_default().to_vec();
        observation.truncate(rows * width);
        table.observation = observation;
        self.read("actions", &episode.actions, self.schema.action.size, rows, &mut table.action)?;
        self.read("rewards", &episode.rewards, 1, rows, &mut table.reward)?;
        self.read("terminations", &episode.terminations, 1, rows, &mut table.terminated)?;
        self.read("truncations", &episode.truncations, 1, rows, &mut table.truncated)?;
        table.episode = vec![self.number; rows];
        table.step = (0..rows as u32).collect();
        Ok(chunk)
    }

    fn read<T: Cell>(
        &self,
        name: &str,
        column: &Column,
        width: usize,
        rows: usize,
        out: &mut Vec<T>,
    ) -> Result<(), Problem> {
        let name = format!("{name} of episode {}", self.number);
        if column.width != width {
            return Err(Problem::Width { row: self.row, column: name, observed: column.width, expected: width });
        }
        if column.values.len() != rows * width {
            let (observed, other) = ((column.values.len() / width.max(1)) as u64, "rewards".to_owned());
            return Err(Problem::ArrayLength { column: name, observed, expected: rows as u64, other });
        }
        for (place, value) in column.values.iter().enumerate() {
            let cell = T::from_number(*value, column.whole).map_err(|unfit| Problem::Value {
                row: self.row + (place / width.max(1)) as u64,
                column: if width == 1 { name.clone() } else { format!("{name}, number {}", place % width) },
                observed: unfit.observed,
                expected: unfit.expected.to_owned(),
            })?;
            out.push(cell);
        }
        Ok(())
    }
}

impl Source for MinariRows {
    fn next_chunk(&mut self) -> Result<Option<Chunk>, Problem> {
        let episode = match self.next.take() {
            Some(first) => first,
            None => match self.episodes.next_episode(self.row)? {
                Some(episode) => episode,
                None => return Ok(None),
            },
        };
        let chunk = self.chunk(&episode)?;
        self.row += chunk.table.rows as u64;
        self.number = self.number.saturating_add(1);
        Ok(Some(chunk))
    }

    fn rows_hint(&self) -> Option<u64> {
        self.steps
    }
}

fn read_metadata(data: &Path) -> Result<Metadata, Problem> {
    let text = std::fs::read_to_string(data.join("metadata.json"))?;
    serde_json::from_str(&text).map_err(|error| Problem::Folder { reason: format!("its metadata.json: {error}") })
}

/// Lists the folders of the episodes in their order.
fn folders(data: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut numbered: Vec<(u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(data)? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        numbered.extend(number.filter(|_| path.is_dir()).map(|number| (number, path)));
    }
    numbered.sort_unstable();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}
