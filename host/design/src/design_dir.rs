//! The folder of a design: everything that was asked, answered, built and found, written as it happens.
//!
//! ```text
//! task.json  run.json  transcript.jsonl  result.json  winner.rs (or .c)  winner.wasm
//! attempts/c1-0/  prompt.json  answer.json  source.rs  component.wasm  report.json  timing.json  outcome.json
//!                 hidden.json  hidden-report.json  training/  training.json
//! attempts/c1-0-critic/  prompt.json  answer.json
//! ```
//!
//! Each file appears under its name when it is whole, so that a process can be killed at any time: what is there is true. An attempt's
//! `outcome.json` is its last file but for those of the hidden data and of the training. What is asked for words alone has no outcome. `transcript.jsonl` is what [`ReplayModel`](crate::ReplayModel) reads.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::client::Spent;
use crate::provenance::Provenance;
use crate::strategy::{DesignError, Outcome, Part, Strategy, Summary, Verdict};
use crate::training::Training;
use crate::{BuildError, Language, Recorded, Request, Task, files};

/// What a design was begun with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// 1. Fields may be added under one number; none changes or goes.
    pub schema_version: u32,
    /// The version of Meed.
    pub meed_version: String,
    /// The strategy.
    pub strategy: Strategy,
    /// The model's name.
    pub model: String,
    /// Where the model is asked, such as a server's address; `None` where it is not known.
    pub place: Option<String>,
}

/// Where the time of an attempt went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The model's answer.
    pub model: f64,
    /// The check of the source and the build.
    pub build: f64,
    /// The verification.
    pub judge: f64,
}

impl RunInfo {
    /// Describes a design that this version begins.
    pub fn new(strategy: Strategy, model: &str, place: Option<String>) -> RunInfo {
        let meed_version = env!("CARGO_PKG_VERSION").into();
        RunInfo { schema_version: 1, meed_version, strategy, model: model.into(), place }
    }
}

/// The folder of a design that is under way. One process at a time has it.
#[derive(Debug)]
pub struct DesignDir {
    root: PathBuf,
    /// What the file of a source is called.
    source: &'static str,
    /// The answers there are, with what they cost, in the order of their names.
    answers: BTreeMap<String, Kept>,
    /// Locked as long as the value lives.
    _lock: File,
}

/// An answer as it is kept: what a transcript has, and what it cost.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    recorded: Recorded,
    spent: Spent,
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
        Ok(DesignDir { root: root.into(), source: source_name(task), answers: BTreeMap::new(), _lock: lock })
    }

    /// Goes on with a design that was begun with the same task and strategy.
    ///
    /// # Errors
    /// Where there is none, its task or strategy is another one, another process has it, or a file in it is damaged.
    pub fn resume(root: &Path, task: &Task, strategy: Strategy) -> Result<DesignDir, DesignError> {
        let begun: Task = need(&root.join("task.json"), root)?;
        if begun != *task {
            return Err(DesignError::Other { path: root.into(), what: "task" });
        }
        let info: RunInfo = need(&root.join("run.json"), root)?;
        if info.strategy != strategy {
            return Err(DesignError::Other { path: root.into(), what: "strategy" });
        }
        let lock = lock(root)?;
        let mut answers = BTreeMap::new();
        for id in attempts(root)? {
            if let Some(kept) = read_json::<Kept>(&root.join("attempts").join(&id).join("answer.json"))? {
                answers.insert(id, kept);
            }
        }
        Ok(DesignDir { root: root.into(), source: source_name(task), answers, _lock: lock })
    }

    /// Counts what all answers cost.
    pub(crate) fn spent(&self) -> Spent {
        self.answers.values().fold(Spent::default(), |spent, kept| spent.and(kept.spent))
    }

    /// Names the file of an attempt's component.
    pub fn component(&self, id: &str) -> PathBuf {
        self.file(id, "component.wasm")
    }

    pub(crate) fn answer(&self, id: &str) -> Option<Recorded> {
        self.answers.get(id).map(|kept| kept.recorded.clone())
    }

    /// Names the folder of an attempt's training.
    pub(crate) fn training_folder(&self, id: &str) -> PathBuf {
        self.file(id, "training")
    }

    pub(crate) fn training(&self, id: &str) -> Result<Option<Training>, DesignError> {
        read_json(&self.file(id, "training.json"))
    }

    pub(crate) fn outcome(&self, id: &str) -> Result<Option<Outcome>, DesignError> {
        read_json(&self.file(id, "outcome.json"))
    }

    pub(crate) fn hidden_verdict(&self, id: &str) -> Result<Option<Verdict>, DesignError> {
        read_json(&self.file(id, "hidden.json"))
    }

    pub(crate) fn write_prompt(&self, request: &Request) -> Result<(), DesignError> {
        files::create_folder(&self.root.join("attempts").join(&request.id))?;
        write_json(&self.file(&request.id, "prompt.json"), request)
    }

    pub(crate) fn write_answer(&mut self, recorded: &Recorded, spent: Spent, model: &str) -> Result<(), DesignError> {
        let kept = Kept { recorded: recorded.clone(), spent };
        write_json(&self.file(&recorded.id, "answer.json"), &kept)?;
        self.answers.insert(recorded.id.clone(), kept);
        let mut lines = format!("{}\n", serde_json::json!({ "note": "what a model answered", "model": model }));
        for kept in self.answers.values() {
            lines.push_str(&serde_json::to_string(&kept.recorded).map_err(|error| damaged(&self.root, &error))?);
            lines.push('\n');
        }
        Ok(files::write_atomically(&self.root.join("transcript.jsonl"), lines.as_bytes())?)
    }

    pub(crate) fn write_source(&self, id: &str, source: &str) -> Result<(), DesignError> {
        Ok(files::write_atomically(&self.file(id, self.source), source.as_bytes())?)
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

    pub(crate) fn write_training(&self, id: &str, training: &Training) -> Result<(), DesignError> {
        write_json(&self.file(id, "training.json"), training)
    }

    pub(crate) fn write_timing(&self, id: &str, timing: &Timing) -> Result<(), DesignError> {
        write_json(&self.file(id, "timing.json"), timing)
    }

    pub(crate) fn write_outcome(&self, outcome: &Outcome) -> Result<(), DesignError> {
        files::create_folder(&self.root.join("attempts").join(&outcome.id))?;
        write_json(&self.file(&outcome.id, "outcome.json"), outcome)
    }

    /// Writes what the design came to, the winner beside it with its provenance inside.
    pub(crate) fn write_summary(&self, summary: &Summary, provenance: Option<&Provenance>) -> Result<(), DesignError> {
        if let (Some(winner), Some(provenance)) = (&summary.winner, provenance) {
            let component = self.component(winner);
            let bytes = provenance.write(&files::read(&component)?).map_err(|error| damaged(&component, &error))?;
            files::write_atomically(&self.root.join("winner.wasm"), &bytes)?;
            let name = self.source.replace("source", "winner");
            files::write_atomically(&self.root.join(name), &files::read(&self.file(winner, self.source))?)?;
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
    pub attempts: Vec<AttemptView>,
    /// What it came to; `None` while it is under way, or where it was stopped.
    pub result: Option<Summary>,
}

/// What is known of an attempt.
#[derive(Clone, Debug, Serialize)]
pub struct AttemptView {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Its verdict on the hidden part of the data, where it came so far.
    pub hidden: Option<Verdict>,
    /// What came of the training with it.
    pub training: Option<Training>,
    /// Where its time went; `None` where it was not built.
    pub timing: Option<Timing>,
    /// Its source.
    #[serde(skip)]
    pub source: Option<String>,
    /// What the verifier said of it.
    #[serde(skip)]
    pub report: Option<serde_json::Value>,
}

/// Reads the folder of a design, also of one that is under way or was killed.
///
/// # Errors
/// Where there is none, or a file in it is damaged.
pub fn show(root: &Path) -> Result<DesignView, DesignError> {
    let mut views: Vec<AttemptView> = Vec::new();
    let task: Task = need(&root.join("task.json"), root)?;
    for id in attempts(root)? {
        let file = |name: &str| root.join("attempts").join(&id).join(name);
        let Some(outcome) = read_json::<Outcome>(&file("outcome.json"))? else { continue };
        let source = file(source_name(&task));
        views.push(AttemptView {
            outcome,
            hidden: read_json(&file("hidden.json"))?,
            training: read_json(&file("training.json"))?,
            timing: read_json(&file("timing.json"))?,
            source: if source.is_file() { Some(files::read_text(&source)?) } else { None },
            report: read_json(&file("report.json"))?,
        });
    }
    views.sort_by_key(|view| order(&view.outcome.id));
    Ok(DesignView {
        run: need(&root.join("run.json"), root)?,
        task,
        attempts: views,
        result: read_json(&root.join("result.json"))?,
    })
}

/// Names the file of a source by its language.
fn source_name(task: &Task) -> &'static str {
    match task.language {
        Language::C => "source.c",
        Language::Python => "source.py",
        Language::Rust => "source.rs",
    }
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
