//! The folder of a design: everything that was asked, answered, built and found, written as it happens.
//!
//! ```text
//! task.json  run.json  transcript.jsonl  result.json  winner.rs  winner.wasm
//! attempts/c1-0/  prompt.json  answer.json  source.rs  component.wasm  report.json  outcome.json  hidden.json  hidden-report.json
//! ```
//!
//! Each file appears under its name when it is whole, so that a process can be killed at any time: what is there is true. An attempt's
//! `outcome.json` is its last file but for the hidden ones. `transcript.jsonl` is what [`ReplayModel`](crate::ReplayModel) reads.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::strategy::{DesignError, Outcome, Part, Summary, Verdict};
use crate::{BuildError, Recorded, Request, Task, files};

/// What a design was begun with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// 1. Fields may be added under one number; none changes or goes.
    pub schema_version: u32,
    /// The version of Meed.
    pub meed_version: String,
    /// The strategy.
    pub strategy: String,
    /// The model's name.
    pub model: String,
}

impl RunInfo {
    /// Describes a design that this version begins.
    pub fn new(strategy: &str, model: &str) -> RunInfo {
        let meed_version = env!("CARGO_PKG_VERSION").into();
        RunInfo { schema_version: 1, meed_version, strategy: strategy.into(), model: model.into() }
    }
}

/// The folder of a design that is under way. One process at a time has it.
#[derive(Debug)]
pub struct DesignDir {
    root: PathBuf,
    /// The answers there are, with their costs in tokens, in the order of their names.
    answers: BTreeMap<String, (Recorded, u64)>,
    /// Locked as long as the value lives.
    _lock: File,
}

/// An answer as it is kept: what a transcript has, and its cost.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    recorded: Recorded,
    tokens: u64,
}

impl DesignDir {
    /// Begins a design in a folder that must not exist.
    ///
    /// # Errors
    /// Where it exists, or the file system refuses.
    pub fn create(root: &Path, task: &Task, info: &RunInfo) -> Result<DesignDir, DesignError> {
        if fs::symlink_metadata(root).is_ok() {
            return Err(DesignError::Exists { path: root.into() });
        }
        files::create_folder(&root.join("attempts"))?;
        let lock = lock(root)?;
        write_json(&root.join("run.json"), info)?;
        // The task last: a folder with a task is a design that was begun.
        write_json(&root.join("task.json"), task)?;
        Ok(DesignDir { root: root.into(), answers: BTreeMap::new(), _lock: lock })
    }

    /// Goes on with a design that was begun with the same task.
    ///
    /// # Errors
    /// Where there is none, its task is another one, another process has it, or a file in it is damaged.
    pub fn resume(root: &Path, task: &Task) -> Result<DesignDir, DesignError> {
        let begun: Task = need(&root.join("task.json"), root)?;
        if begun != *task {
            return Err(DesignError::OtherTask { path: root.into() });
        }
        let lock = lock(root)?;
        let mut answers = BTreeMap::new();
        for id in attempts(root)? {
            if let Some(kept) = read_json::<Kept>(&root.join("attempts").join(&id).join("answer.json"))? {
                answers.insert(id, (kept.recorded, kept.tokens));
            }
        }
        Ok(DesignDir { root: root.into(), answers, _lock: lock })
    }

    /// Counts the tokens of all answers.
    pub fn tokens(&self) -> u64 {
        self.answers.values().map(|(_, tokens)| tokens).sum()
    }

    /// Names the file of an attempt's component.
    pub fn component(&self, id: &str) -> PathBuf {
        self.file(id, "component.wasm")
    }

    pub(crate) fn answer(&self, id: &str) -> Result<Option<Recorded>, DesignError> {
        Ok(self.answers.get(id).map(|(recorded, _)| recorded.clone()))
    }

    pub(crate) fn outcome(&self, id: &str) -> Result<Option<Outcome>, DesignError> {
        read_json(&self.file(id, "outcome.json"))
    }

    pub(crate) fn source(&self, id: &str) -> Result<Option<String>, DesignError> {
        let path = self.file(id, "source.rs");
        if path.is_file() { Ok(Some(files::read_text(&path)?)) } else { Ok(None) }
    }

    pub(crate) fn hidden_verdict(&self, id: &str) -> Result<Option<Verdict>, DesignError> {
        read_json(&self.file(id, "hidden.json"))
    }

    pub(crate) fn write_prompt(&self, request: &Request) -> Result<(), DesignError> {
        files::create_folder(&self.root.join("attempts").join(&request.id))?;
        write_json(&self.file(&request.id, "prompt.json"), request)
    }

    pub(crate) fn write_answer(&mut self, recorded: &Recorded, tokens: u64) -> Result<(), DesignError> {
        let kept = Kept { recorded: recorded.clone(), tokens };
        write_json(&self.file(&recorded.id, "answer.json"), &kept)?;
        self.answers.insert(recorded.id.clone(), (kept.recorded, tokens));
        let mut lines = String::new();
        for (recorded, _) in self.answers.values() {
            lines.push_str(&serde_json::to_string(recorded).map_err(|error| damaged(&self.root, &error))?);
            lines.push('\n');
        }
        Ok(files::write_atomically(&self.root.join("transcript.jsonl"), lines.as_bytes())?)
    }

    pub(crate) fn write_source(&self, id: &str, source: &str) -> Result<(), DesignError> {
        Ok(files::write_atomically(&self.file(id, "source.rs"), source.as_bytes())?)
    }

    pub(crate) fn write_component(&self, id: &str, component: &[u8]) -> Result<PathBuf, DesignError> {
        files::write_atomically(&self.component(id), component)?;
        Ok(self.component(id))
    }

    pub(crate) fn write_report(&self, id: &str, part: Part, report: &serde_json::Value) -> Result<(), DesignError> {
        let name = if part == Part::Shown { "report.json" } else { "hidden-report.json" };
        write_json(&self.file(id, name), report)
    }

    pub(crate) fn write_hidden_verdict(&self, id: &str, verdict: Verdict) -> Result<(), DesignError> {
        write_json(&self.file(id, "hidden.json"), &verdict)
    }

    pub(crate) fn write_outcome(&self, outcome: &Outcome) -> Result<(), DesignError> {
        files::create_folder(&self.root.join("attempts").join(&outcome.id))?;
        write_json(&self.file(&outcome.id, "outcome.json"), outcome)
    }

    /// Writes what the design came to, the winner beside it.
    pub(crate) fn write_summary(&self, summary: &Summary) -> Result<(), DesignError> {
        if let Some(winner) = &summary.winner {
            for (from, to) in [("source.rs", "winner.rs"), ("component.wasm", "winner.wasm")] {
                files::write_atomically(&self.root.join(to), &files::read(&self.file(winner, from))?)?;
            }
        }
        write_json(&self.root.join("result.json"), summary)
    }

    fn file(&self, id: &str, name: &str) -> PathBuf {
        self.root.join("attempts").join(id).join(name)
    }
}

/// What is known of a design, finished or not.
#[derive(Clone, Debug, Serialize)]
pub struct DesignView {
    /// What it was begun with.
    pub run: RunInfo,
    /// Its task.
    pub task: Task,
    /// Its attempts so far, those of one round side by side.
    pub attempts: Vec<Outcome>,
    /// What it came to; `None` while it is under way, or where it was stopped.
    pub result: Option<Summary>,
}

/// Reads the folder of a design, also of one that is under way or was killed.
///
/// # Errors
/// Where there is none, or a file in it is damaged.
pub fn show(root: &Path) -> Result<DesignView, DesignError> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for id in attempts(root)? {
        outcomes.extend(read_json::<Outcome>(&root.join("attempts").join(&id).join("outcome.json"))?);
    }
    outcomes.sort_by_key(|outcome| order(&outcome.id));
    Ok(DesignView {
        run: need(&root.join("run.json"), root)?,
        task: need(&root.join("task.json"), root)?,
        attempts: outcomes,
        result: read_json(&root.join("result.json"))?,
    })
}

/// Orders names such as `c10-2`: by round, then by candidate.
fn order(id: &str) -> (u32, u32) {
    let numbers = id.strip_prefix('c').and_then(|id| id.split_once('-'));
    numbers.and_then(|(candidate, round)| Some((round.parse().ok()?, candidate.parse().ok()?))).unwrap_or_default()
}

fn attempts(root: &Path) -> Result<Vec<String>, DesignError> {
    let folder = root.join("attempts");
    let entries = fs::read_dir(&folder)
        .map_err(|error| DesignError::NoDesign { path: root.into(), problem: format!("attempts: {error}") })?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| name.starts_with('c')).collect())
}

fn lock(root: &Path) -> Result<File, DesignError> {
    let path = root.join(".lock");
    let file = File::create(&path).map_err(|source| BuildError::io("create", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(DesignError::InUse { path: root.into() }),
        Err(fs::TryLockError::Error(source)) => Err(BuildError::io("lock", &path, source).into()),
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), DesignError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| damaged(path, &error))?;
    Ok(files::write_atomically(path, (text + "\n").as_bytes())?)
}

/// Reads a file that may not be there yet.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, DesignError> {
    if !path.is_file() {
        return Ok(None);
    }
    serde_json::from_str(&files::read_text(path)?).map(Some).map_err(|error| damaged(path, &error))
}

fn need<T: DeserializeOwned>(path: &Path, root: &Path) -> Result<T, DesignError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    read_json(path)?
        .ok_or_else(|| DesignError::NoDesign { path: root.into(), problem: format!("there is no {name} in it") })
}

fn damaged(path: &Path, error: &serde_json::Error) -> DesignError {
    DesignError::NoDesign { path: path.into(), problem: error.to_string() }
}
