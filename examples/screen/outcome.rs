//! What became of a candidate: a file that is written anew after each part, so that a screening that was killed goes on.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use meed_verify::{Report, Verdict};
use serde::{Deserialize, Serialize};

/// What became of a candidate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) task: String,
    pub(crate) candidate: String,
    pub(crate) flaw: String,
    pub(crate) strength: f32,
    /// Environment steps of each training.
    pub(crate) steps: u64,
    /// What the verifier came to, by the data that it looked at.
    pub(crate) screens: BTreeMap<String, Screen>,
    /// What the trained policy earned in the end, by seed.
    pub(crate) trained: BTreeMap<u64, Trained>,
}

/// What the verifier came to on some data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Screen {
    pub(crate) verdict: Said,
    /// Every rule that applied, by its code.
    pub(crate) rules: BTreeMap<String, RuleSaid>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleSaid {
    pub(crate) verdict: Said,
    /// Whether the rule is an error's, and so decides the whole.
    pub(crate) error: bool,
    /// The first number that it measured, where it is finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) measured: Option<f64>,
}

/// A verdict, as a file keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Said {
    Fail,
    Inconclusive,
    Pass,
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Trained {
    /// The mean of the environment's own return over the evaluation's episodes.
    Return(f64),
    /// Training stopped: there is no policy.
    Stopped(String),
}

impl From<Verdict> for Said {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Fail => Said::Fail,
            Verdict::Inconclusive => Said::Inconclusive,
            Verdict::Pass => Said::Pass,
        }
    }
}

impl Screen {
    pub(crate) fn of(report: &Report) -> Self {
        let rules = report.rules.iter().filter_map(|rule| {
            let said = RuleSaid {
                verdict: rule.verdict?.into(),
                error: rule.severity == meed_verify::Severity::Error,
                measured: rule.measured.first().map(|number| number.value).filter(|value| value.is_finite()),
            };
            Some((rule.code.to_owned(), said))
        });
        Screen { verdict: report.verdict.into(), rules: rules.collect() }
    }
}

impl Outcome {
    /// Gives the file of a candidate in the folder of results.
    pub(crate) fn path(folder: &Path, task: &str, candidate: &str) -> PathBuf {
        folder.join(task.replace('/', "-")).join(format!("{candidate}.json"))
    }

    /// Reads a file, where there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Outcome>> {
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map(Some).with_context(|| path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Writes the file whole, under a temporary name first.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let folder = path.parent().context("a file in a folder")?;
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(format!("{}\n", serde_json::to_string_pretty(self)?).as_bytes())?;
        file.persist(path).with_context(|| path.display().to_string())?;
        Ok(())
    }

    /// Reads all that a folder of results holds, in the order of their names.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Outcome>> {
        let mut paths = Vec::new();
        for task in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let task = task?.path();
            if task.is_dir() {
                for file in std::fs::read_dir(&task)? {
                    paths.push(file?.path());
                }
            }
        }
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().filter_map(|path| Outcome::read(path).transpose()).collect()
    }

    /// Gives the mean true return over the seeds; a training that stopped counts as `stopped`.
    pub(crate) fn mean_return(&self, stopped: f64) -> Option<f64> {
        let returns = self.trained.values().map(|trained| match trained {
            Trained::Return(value) => *value,
            Trained::Stopped(_) => stopped,
        });
        let count = self.trained.len();
        (count > 0).then(|| returns.sum::<f64>() / count as f64)
    }
}
