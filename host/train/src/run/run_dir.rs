//! The directory of a training run.
//!
//! ```text
//! config.json                what was trained, with which reward
//! metrics.csv                a row an update
//! metrics.parquet            the same, as of the last checkpoint
//! events.out.tfevents.*      the same, for TensorBoard
//! status.json                how far it is, and whether it ended well
//! policy.json                the newest policy
//! decoder.json               the newest decoder, where returns are decomposed by one
//! checkpoints/00020480.json  the policy after so many steps
//! resume/00020480.state      all that a run goes on from; the last two are kept, until training has ended and was judged
//! rewards/                   the plugins that were trained with
//! evaluation.json            how well the trained policy did, once training has ended
//! report.html                the run as a page, likewise
//! lock                       held by the process that writes here
//! ```
//!
//! A run appears under its name complete, in one rename, so that no half-made one is ever seen; files that are written again
//! are written under a temporary name and renamed. Whenever the process is killed, [`RunDir::open`] reads what is left: only
//! the last line of the metrics can be cut short, and is then left out. A run whose status says `running` was killed, unless
//! a process holds its lock. [`RunDir::reopen`] opens it to go on: what was written after the checkpoint that training goes on from is
//! written again. Nothing outside the directory is touched.

use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::atomic::{replace, replace_on_disk};
use super::info::{RunInfo, State, Status};
use super::journal::{self, Journal, METRICS, PARQUET};
use super::lock::Lock;
use crate::credit::decoder::DecoderFile;
use crate::report::report;
use crate::{Evaluation, Metrics, Policy, TrainError};

const CONFIG: &str = "config.json";
const STATUS: &str = "status.json";
const POLICY: &str = "policy.json";
const DECODER: &str = "decoder.json";
const EVALUATION: &str = "evaluation.json";
const CHECKPOINTS: &str = "checkpoints";
const STATES: &str = "resume";
const REWARDS: &str = "rewards";
const REPORT: &str = "report.html";
/// States that are kept: the newest, and one to fall back on.
const KEPT: usize = 2;

/// A run directory that is being written.
pub struct RunDir {
    path: PathBuf,
    dir: Dir,
    journal: Journal,
    status: Status,
    _lock: Lock,
}

/// A run that is about to go on.
pub struct Reopened {
    /// What is trained.
    pub info: RunInfo,
    /// Where it is written to.
    pub run_dir: RunDir,
}

/// What a run directory holds.
#[derive(Clone, Debug)]
pub struct Run {
    /// The directory.
    pub path: PathBuf,
    /// What was trained.
    pub info: RunInfo,
    /// How it stands.
    pub status: Status,
    /// Whether a process is writing it now.
    pub live: bool,
    /// The updates, in order.
    pub metrics: Vec<Metrics>,
    /// The newest policy's file, where one was written.
    pub policy: Option<PathBuf>,
    /// The files of the checkpoints, in order.
    pub checkpoints: Vec<PathBuf>,
    /// How well the trained policy did, where it was judged.
    pub evaluation: Option<Evaluation>,
}

impl RunDir {
    /// Makes a run directory; those above it are made where they are missing.
    ///
    /// # Errors
    /// [`TrainError::RunExists`] where something is there already, other than an empty directory; [`TrainError::Io`].
    pub fn create(path: &Path, info: &RunInfo) -> Result<Self, TrainError> {
        RunDir::create_with(path, info, &[])
    }

    /// Makes a run directory as [`create`](Self::create) does, with copies of the plugins that are trained with: a file's name
    /// and content each, for [`RewardIdentity::file`](crate::RewardIdentity::file) as `rewards/NAME`.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn create_with(path: &Path, info: &RunInfo, rewards: &[(String, Vec<u8>)]) -> Result<Self, TrainError> {
        let shown = path.display().to_string();
        let io = |error| TrainError::Io { path: shown.clone(), error };
        let exists = || TrainError::RunExists { path: shown.clone() };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(exists()) };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Dir::create_ambient_dir_all(parent, ambient_authority()).map_err(io)?;
        let parent = Dir::open_ambient_dir(parent, ambient_authority()).map_err(io)?;
        match parent.symlink_metadata(name) {
            Err(_) => {}
            Ok(found) if found.is_dir() => {
                if parent.read_dir(name).map_err(io)?.next().is_some() {
                    return Err(exists());
                }
            }
            Ok(_) => return Err(exists()),
        }
        let status = Status { state: State::Running, steps: 0, total_steps: info.config.steps, error: None };
        let making = format!(".{}.making-{}", name.display(), std::process::id());
        let made = fill(&parent, &making, info, &status, rewards).and_then(|made| {
            // Renaming a directory replaces an empty one and fails over anything else, even over one made meanwhile.
            parent.rename(&making, &parent, name)?;
            Ok(made)
        });
        match made {
            Ok((dir, journal, lock)) => Ok(RunDir { path: path.into(), dir, journal, status, _lock: lock }),
            Err(error) => {
                let _ = parent.remove_dir_all(&making);
                Err(if error.kind() == std::io::ErrorKind::DirectoryNotEmpty { exists() } else { io(error) })
            }
        }
    }

    /// Reads a run directory, also that of a run that was killed.
    ///
    /// # Errors
    /// [`TrainError::NotARun`] where a file is missing or is not what it should be.
    pub fn open(path: &Path) -> Result<Run, TrainError> {
        let not_a_run = |reason: String| TrainError::NotARun { path: path.display().to_string(), reason };
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(|error| not_a_run(error.to_string()))?;
        let text = |name: &str| dir.read_to_string(name).map_err(|error| not_a_run(format!("{name}: {error}")));
        let info = parse(CONFIG, &text(CONFIG)?).map_err(not_a_run)?;
        let status = parse(STATUS, &text(STATUS)?).map_err(not_a_run)?;
        let live = Lock::is_taken(&dir);
        let metrics = journal::parse(&text(METRICS)?).map_err(not_a_run)?;
        let evaluation =
            if dir.exists(EVALUATION) { Some(parse(EVALUATION, &text(EVALUATION)?).map_err(not_a_run)?) } else { None };
        let policy = dir.exists(POLICY).then(|| path.join(POLICY));
        let mut checkpoints = Vec::new();
        for entry in dir.read_dir(CHECKPOINTS).map_err(|error| not_a_run(format!("{CHECKPOINTS}: {error}")))? {
            let name = PathBuf::from(entry.map_err(|error| not_a_run(error.to_string()))?.file_name());
            if name.extension().is_some_and(|extension| extension == "json") {
                checkpoints.push(path.join(CHECKPOINTS).join(name));
            }
        }
        checkpoints.sort();
        Ok(Run { path: path.into(), info, status, live, metrics, policy, checkpoints, evaluation })
    }

    /// Opens the directory of a run that was killed or failed, to [`resume`](crate::resume) it. One that was killed after training, before
    /// its policy was judged, goes on there.
    ///
    /// # Errors
    /// [`TrainError::NotARun`] as for [`open`](Self::open); [`TrainError::InUse`] where another process is writing it;
    /// [`TrainError::Finished`]; [`TrainError::Io`].
    pub fn reopen(path: &Path) -> Result<Reopened, TrainError> {
        RunDir::open(path)?;
        let shown = path.display().to_string();
        let io = |error| TrainError::Io { path: shown.clone(), error };
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(io)?;
        let lock = Lock::take(&dir).map_err(io)?.ok_or_else(|| TrainError::InUse { path: shown.clone() })?;
        // Only now does nobody else change what stands there.
        let Run { info, status, metrics, evaluation, .. } = RunDir::open(path)?;
        if status.state == State::Finished && evaluation.is_some() {
            return Err(TrainError::Finished { path: shown });
        }
        dir.create_dir_all(STATES).map_err(io)?;
        let (journal, _) = Journal::go_on(&dir, metrics.last().map_or(0, |last| last.step)).map_err(io)?;
        let status = Status { state: State::Running, error: None, ..status };
        Ok(Reopened { info, run_dir: RunDir { path: path.into(), dir, journal, status, _lock: lock } })
    }

    /// Names the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds an update to the metrics, and brings the status up to date.
    pub(crate) fn log(&mut self, metrics: &Metrics) -> Result<(), TrainError> {
        self.journal.add(metrics).map_err(TrainError::io(self.path.join(METRICS).display().to_string()))?;
        self.status.steps = metrics.step;
        self.write_status()
    }

    /// Gives the states there are, oldest first, each with its name. Whether they are whole is for the reader to see.
    pub(crate) fn states(&self) -> Result<Vec<(String, Vec<u8>)>, TrainError> {
        let names = self.state_names().map_err(TrainError::io(self.path.join(STATES).display().to_string()))?;
        let read = |name: String| {
            let name = format!("{STATES}/{name}");
            let bytes = self.dir.read(&name).map_err(TrainError::io(self.path.join(&name).display().to_string()))?;
            Ok((name, bytes))
        };
        names.into_iter().map(read).collect()
    }

    fn state_names(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in self.dir.read_dir(STATES)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".state") {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Cuts the metrics off after so many steps, to go on from there; gives the seconds that training had taken.
    pub(crate) fn cut(&mut self, steps: u64) -> Result<f64, TrainError> {
        let gone_on = Journal::go_on(&self.dir, steps);
        let (journal, seconds) = gone_on.map_err(TrainError::io(self.path.join(METRICS).display().to_string()))?;
        self.journal = journal;
        // States of later steps are ones that could not be read: the next ones take their place.
        let folder = self.path.join(STATES).display().to_string();
        let here = format!("{steps:012}.state");
        let later = self.state_names().map(|names| names.into_iter().filter(|name| *name > here).collect::<Vec<_>>());
        let remove = |name: String| self.dir.remove_file(format!("{STATES}/{name}"));
        later.and_then(|names| names.into_iter().try_for_each(remove)).map_err(TrainError::io(folder))?;
        self.status.steps = steps;
        self.write_status()?;
        Ok(seconds)
    }

    /// Keeps the policy as it is after so many steps, and the state that training can go on from.
    pub(crate) fn checkpoint(&self, policy: &Policy, steps: u64, state: &[u8]) -> Result<(), TrainError> {
        let text = policy.to_json();
        let name = format!("{steps:08}.json");
        let folder = self.path.join(CHECKPOINTS).display().to_string();
        self.dir
            .open_dir(CHECKPOINTS)
            .and_then(|checkpoints| replace(&checkpoints, &name, text.as_bytes()))
            .map_err(TrainError::io(folder))?;
        self.replace(POLICY, &text)?;
        let states = self.path.join(STATES).display().to_string();
        self.keep_state(&format!("{steps:012}.state"), state).map_err(TrainError::io(states))?;
        self.journal.write_parquet(&self.dir).map_err(TrainError::io(self.path.join(PARQUET).display().to_string()))
    }

    /// Keeps what has been learnt of the reward.
    pub(crate) fn keep_decoder(&self, decoder: &DecoderFile) -> Result<(), TrainError> {
        self.replace(DECODER, &json(decoder))
    }

    /// Writes a state and removes those that it makes superfluous.
    fn keep_state(&self, name: &str, state: &[u8]) -> std::io::Result<()> {
        let states = self.dir.open_dir(STATES)?;
        replace_on_disk(&states, name, state)?;
        let names = self.state_names()?;
        names.iter().rev().skip(KEPT).try_for_each(|old| states.remove_file(old))
    }

    /// Notes how training ended.
    pub(crate) fn end(&mut self, error: Option<&TrainError>) -> Result<(), TrainError> {
        self.status.state = if error.is_some() { State::Failed } else { State::Finished };
        self.status.error = error.map(ToString::to_string);
        self.write_status()
    }

    /// Keeps how well the trained policy did. Nothing goes on from a run that has been judged, so its states are removed: a sweep's
    /// would fill a disk.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn write_evaluation(&self, evaluation: &Evaluation) -> Result<(), TrainError> {
        self.replace(EVALUATION, &json(evaluation))?;
        self.dir.remove_dir_all(STATES).map_err(TrainError::io(self.path.join(STATES).display().to_string()))
    }

    /// Writes the run as a page and names the file.
    ///
    /// # Errors
    /// [`TrainError::NotARun`] where somebody has damaged the directory meanwhile; [`TrainError::Io`].
    pub fn write_report(&self) -> Result<PathBuf, TrainError> {
        self.replace(REPORT, &report(&[RunDir::open(&self.path)?]))?;
        Ok(self.path.join(REPORT))
    }

    fn write_status(&self) -> Result<(), TrainError> {
        self.replace(STATUS, &json(&self.status))
    }

    fn replace(&self, name: &str, text: &str) -> Result<(), TrainError> {
        replace(&self.dir, name, text.as_bytes()).map_err(TrainError::io(self.path.join(name).display().to_string()))
    }
}

/// Makes the directory `name` in `parent`, with all that a run begins with.
fn fill(
    parent: &Dir,
    name: &str,
    info: &RunInfo,
    status: &Status,
    rewards: &[(String, Vec<u8>)],
) -> std::io::Result<(Dir, Journal, Lock)> {
    parent.create_dir(name)?;
    let dir = parent.open_dir(name)?;
    dir.create_dir(CHECKPOINTS)?;
    dir.create_dir(STATES)?;
    if !rewards.is_empty() {
        dir.create_dir(REWARDS)?;
    }
    for (name, content) in rewards {
        replace(&dir.open_dir(REWARDS)?, name, content)?;
    }
    replace(&dir, CONFIG, json(info).as_bytes())?;
    replace(&dir, STATUS, json(status).as_bytes())?;
    let lock = Lock::take(&dir)?.ok_or(std::io::ErrorKind::WouldBlock)?;
    let journal = Journal::begin(&dir)?;
    Ok((dir, journal, lock))
}

/// Lists the run directories that lie in a directory, in the order of their names; none where it is a run itself, or not there.
pub(crate) fn find(path: &Path) -> Vec<PathBuf> {
    let is_run = |path: &Path| path.join(CONFIG).is_file() && path.join(STATUS).is_file();
    if is_run(path) {
        return Vec::new();
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut found: Vec<PathBuf> = entries.filter(|path| is_run(path) && !hidden(path)).collect();
    found.sort();
    found
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{RewardIdentity, TrainConfig};

    fn info() -> RunInfo {
        let reward = RewardIdentity {
            name: "p".into(),
            version: "0.1.0".into(),
            weight: 1.0,
            hash: Some("ab".into()),
            file: None,
        };
        RunInfo::new(TrainConfig::new("Pendulum-v1", 1000, 7), Some(reward))
    }

    fn metrics(step: u64) -> Metrics {
        Metrics { step, mean_return: (step > 1).then_some(-1.5), ..Metrics::default() }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs/one");
        let mut run = RunDir::create(&path, &info()).unwrap();
        let read = RunDir::open(&path).unwrap();
        assert_eq!((read.info, read.metrics, read.policy), (info(), vec![], None));
        assert_eq!(read.status, Status { state: State::Running, steps: 0, total_steps: 1000, error: None });
        run.log(&metrics(1)).unwrap();
        run.log(&metrics(2)).unwrap();
        let spec = meed_envs::spec("Pendulum-v1").unwrap();
        let policy = Policy::new(&spec, &info().config, &mut ChaCha8Rng::seed_from_u64(0)).unwrap();
        run.checkpoint(&policy, 2, b"state").unwrap();
        run.end(None).unwrap();
        let read = RunDir::open(&path).unwrap();
        assert_eq!(read.metrics, [metrics(1), metrics(2)]);
        assert_eq!((read.status.state, read.status.steps), (State::Finished, 2));
        assert_eq!(Policy::load(&read.policy.unwrap()).unwrap().to_json(), policy.to_json());
        assert_eq!(read.checkpoints, [path.join("checkpoints/00000002.json")]);
        // Nothing of the making is left beside the run.
        assert_eq!(std::fs::read_dir(folder.path().join("runs")).unwrap().count(), 1);
    }

    #[test]
    fn a_run_is_never_overwritten_and_a_failed_attempt_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        std::fs::create_dir(&path).unwrap();
        drop(RunDir::create(&path, &info()).unwrap());
        assert_eq!(RunDir::create(&path, &info()).err().unwrap().code(), "run-exists");
        let file = folder.path().join("file");
        std::fs::write(&file, "precious").unwrap();
        assert_eq!(RunDir::create(&file, &info()).err().unwrap().code(), "run-exists");
        assert_eq!(std::fs::read(&file).unwrap(), b"precious");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn metrics_cut_short_at_any_byte_are_read_up_to_the_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let mut run = RunDir::create(&path, &info()).unwrap();
        for step in 1..=3 {
            run.log(&metrics(step)).unwrap();
        }
        let file = path.join(METRICS);
        let whole = std::fs::read(&file).unwrap();
        for length in 0..=whole.len() {
            std::fs::write(&file, &whole[..length]).unwrap();
            let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(RunDir::open(&path).unwrap().metrics.len(), lines.saturating_sub(1), "{length} bytes");
        }
    }

    #[test]
    fn a_directory_without_a_run_is_refused_with_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let error = RunDir::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("config.json"), "{error}");
        assert_eq!(RunDir::open(&folder.path().join("nowhere")).unwrap_err().code(), "not-a-run");
    }
}
