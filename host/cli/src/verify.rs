//! `meed verify`.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use meed_core::RewardFactory;
use meed_design::Provenance;
use meed_runtime::{LoadError, Profile};
use meed_trajectory::{Dataset, open};
use meed_verify::{Environment, Progress, Reference, Refusal, Report, Settings, Subject, Verdict, Verification};
use serde::Serialize;

use crate::args::{Thoroughness, Verify};
use crate::exit::{Exit, UsageError};
use crate::{plugin, provenance};

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
}

pub(crate) fn run(args: Verify) -> Result<Exit> {
    let report = report(&args)?;
    if let Some(page) = &args.html {
        write_whole(page, &report.html()).with_context(|| format!("writing {}", page.display()))?;
        eprintln!("report: {}", page.display());
    }
    if args.verbose {
        eprint!("{}", report.time.table());
        if let Some(memory) = most_memory() {
            eprintln!("memory  {:>12} MiB at most", memory / 1024);
        }
    }
    let provenance = provenance::of(&args.file);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&Printed { report: &report, provenance })?);
    } else {
        print!("{}{}", report.table(), provenance.as_ref().map(provenance::text).unwrap_or_default());
    }
    Ok(match report.verdict {
        Verdict::Pass => Exit::Done,
        Verdict::Fail => Exit::PluginFailed,
        Verdict::Inconclusive => Exit::Inconclusive,
    })
}

fn report(args: &Verify) -> Result<Report> {
    let data = args.data.iter().map(|file| open(file)).collect::<Result<Vec<Dataset>, _>>()?;
    let plugin = match plugin::load(&args.file, Profile::Verify) {
        Ok(plugin) => plugin,
        Err(error) => return refused(&args.file, error),
    };
    let train = plugin::load(&args.file, Profile::Train)?;
    for file in &data {
        file.check_against(plugin.description())?;
    }
    let settings = settings(args.profile, args.settings.as_deref())?;
    let right = match args.reference.as_deref() {
        None | Some("env") => None,
        Some(file) => Some(plugin::load_sound(Path::new(file), Profile::Train)?),
    };
    let simulation = args.simulator.as_deref().map(|named| simulator(named, &data)).transpose()?;
    let subject = Subject {
        verify: &plugin,
        train: Some(&train),
        reference: match &right {
            Some(right) => Some(Reference::Reward(right)),
            None => args.reference.as_ref().map(|_| Reference::Recorded),
        },
        hash: Some(plugin.hash().to_owned()),
        file: Some(args.file.display().to_string()),
    };
    let bar = Bar::new(data.iter().map(Dataset::rows_hint).sum());
    let watch = |progress| bar.show(progress);
    let verification = Verification::new(&subject, &settings).watch(&watch);
    Ok(match &simulation {
        Some(simulation) => verification.simulation(simulation).run(data)?,
        None => verification.run(data)?,
    })
}

/// Finds the simulator: an environment by its id, or as `env` the one that the data say they were recorded in.
fn simulator(named: &str, data: &[Dataset]) -> Result<Environment> {
    let recorded = |dataset: &Dataset| match dataset {
        Dataset::Transitions(reader) => reader.schema().environment.clone(),
        Dataset::Samples(_) => None,
    };
    let id = match named {
        "env" => data.iter().find_map(recorded).ok_or_else(|| {
            UsageError("--simulator env: the data do not say which environment they come from; name it".into())
        })?,
        id => id.to_owned(),
    };
    // One that cannot be made is a mistake of the user's, not a rule's to report.
    Ok(Environment::new(&id).map_err(|error| UsageError(format!("--simulator {named}: {error}")))?)
}

/// Tells the most KiB that this process has held in memory, on systems that say it.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// Progress on standard error, where that is a terminal: first the rows, then the rules.
struct Bar {
    bar: ProgressBar,
    rows: Option<u64>,
}

impl Bar {
    fn new(rows: Option<u64>) -> Self {
        Bar { bar: ProgressBar::no_length(), rows }
    }

    fn show(&self, progress: Progress) {
        let (word, done, of) = match progress {
            Progress::Rows(read) => ("rows", read, self.rows),
            Progress::Rules { done, of } => ("rules", done as u64, Some(of as u64)),
            _ => return,
        };
        if let Some(of) = of {
            self.bar.set_length(of);
        }
        self.bar.set_message(word);
        self.bar.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Makes the settings of a thoroughness, changed as a file says.
fn settings(profile: Thoroughness, file: Option<&Path>) -> Result<Settings> {
    let settings = match profile {
        Thoroughness::Quick => Settings::quick(),
        Thoroughness::Full => Settings::default(),
    };
    let usual = Path::new("meed-verify.toml");
    let Some(file) = file.or_else(|| usual.is_file().then_some(usual)) else { return Ok(settings) };
    eprintln!("settings: {}", file.display());
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    settings.with_toml(&text).with_context(|| file.display().to_string())
}

/// Makes a failing report of a plugin that the host does not load. A file that can't be read is no verdict on a plugin.
fn refused(file: &Path, error: anyhow::Error) -> Result<Report> {
    let refusal = match error.downcast_ref::<LoadError>() {
        None | Some(LoadError::Read { .. }) => return Err(error),
        Some(LoadError::Imports { .. }) => Refusal::ForbiddenImport,
        Some(LoadError::NotAComponent { .. } | LoadError::CoreModule) => Refusal::NotAComponent,
        Some(LoadError::TooLarge { .. }) => Refusal::TooLarge,
        Some(LoadError::Compile { .. }) => Refusal::Compilation,
        Some(LoadError::Describe { .. }) => Refusal::Start,
        Some(LoadError::Description { .. }) => Refusal::Description,
        Some(LoadError::NoPlugin { .. } | LoadError::NoKind { .. } | LoadError::SeveralKinds { .. }) => {
            Refusal::NoReward
        }
        Some(_) => Refusal::WrongInterface,
    };
    let hint = error.downcast_ref::<LoadError>().map(LoadError::hint).unwrap_or_default();
    Ok(Report::refused(refusal, error.root_cause().to_string(), hint, Some(file.display().to_string()), None))
}

/// Writes a file under a temporary name and renames it.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
