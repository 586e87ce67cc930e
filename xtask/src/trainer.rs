//! Trainings that are long: each is a run directory, so that what was killed goes on where it stood and what is done is not done again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::mujoco;
use crate::run::{cargo, command, last_line, run, target};

/// A `meed` of an experiment's own.
pub(crate) struct Trainer {
    meed: PathBuf,
    /// Where MuJoCo is, if it has been fetched.
    mujoco: Option<PathBuf>,
}

impl Trainer {
    /// Builds `meed`, with MuJoCo where that has been fetched, and copies it into a folder of the target folder: trainings take hours,
    /// and later builds leave the copy alone. `built` is one that is there already.
    pub(crate) fn build(folder: &str, built: Option<&Path>) -> Result<Self> {
        let mujoco = mujoco::folder()?;
        if built.is_none() {
            let build = ["build", "--bin", "meed"];
            match &mujoco {
                Some(folder) => {
                    run(&mut mujoco::with_library(folder, cargo(&[&build[..], &mujoco::FEATURE].concat())))?;
                }
                None => run(&mut cargo(&[&build[..], &["--workspace"]].concat()))?,
            }
        }
        let built = built.map_or_else(|| target().join("debug/meed"), Path::to_path_buf);
        let meed = target().join(folder).join("meed");
        fs::create_dir_all(meed.with_file_name(""))?;
        // In place of one that runs, perhaps, which can't be written to.
        fs::copy(&built, meed.with_extension("new")).with_context(|| built.display().to_string())?;
        fs::rename(meed.with_extension("new"), &meed)?;
        Ok(Trainer { meed, mujoco })
    }

    /// Makes a command of `meed`.
    pub(crate) fn meed(&self, arguments: &[&str]) -> Command {
        let command = command(&self.meed, arguments);
        match &self.mujoco {
            Some(folder) => mujoco::with_library(folder, command),
            None => command,
        }
    }

    /// Trains into a run's directory, from where it stands, and keeps what `meed train --json` says in the end; does nothing where that
    /// has been kept. `start` adds what a run that has not begun yet is told.
    pub(crate) fn train(&self, dir: &Path, start: impl FnOnce(&mut Command)) -> Result<()> {
        if outcome(dir).exists() {
            return Ok(());
        }
        let mut train = self.meed(&["train", "--json"]);
        if dir.exists() {
            train.arg("--resume");
        } else {
            start(&mut train);
            train.args(["--checkpoint-every", "5000", "--out"]);
        }
        let line = last_line(train.arg(dir))?;
        let unfinished = dir.with_added_extension("new");
        fs::write(&unfinished, line)?;
        fs::rename(unfinished, outcome(dir))?;
        // A run that is done is not gone on with, and what it would go on from is hundreds of MB: of a hundred runs it fills a disk.
        fs::remove_dir_all(dir.join("resume"))?;
        Ok(())
    }
}

/// Names the file beside a run's directory that says what it came to.
fn outcome(dir: &Path) -> PathBuf {
    dir.with_added_extension("json")
}

/// What a run that is done came to.
pub(crate) struct Outcome(String);

impl Outcome {
    /// Reads it; none where the run is not done.
    pub(crate) fn of(dir: &Path) -> Option<Self> {
        fs::read_to_string(outcome(dir)).ok().map(Outcome)
    }

    /// Gives a number of what `meed train --json` said.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        let value = self.0.split_once(&format!("\"{name}\":")).map(|(_, rest)| rest.split([',', '}']).next());
        value.flatten().and_then(|value| value.parse().ok()).with_context(|| format!("no {name} in {}", self.0))
    }
}

/// Gives a run's mean return over its steps, thinned to at most so many pairs, the last one among them.
pub(crate) fn curve(dir: &Path, points: usize) -> Result<Vec<[String; 2]>> {
    let metrics = fs::read_to_string(dir.join("metrics.csv"))?;
    let rows: Vec<Vec<&str>> = metrics.lines().map(|line| line.split(',').collect()).collect();
    let columns = rows.first().context("a run without metrics")?;
    let column = |name: &str| columns.iter().position(|column| *column == name).context("a column");
    let (step, value) = (column("step")?, column("mean_return")?);
    let every = rows.len().div_ceil(points).max(1);
    // Backwards, so that the last one is kept.
    let mut kept: Vec<_> = rows.iter().skip(1).rev().step_by(every).collect();
    kept.reverse();
    Ok(kept.into_iter().map(|row| [step, value].map(|column| row[column].to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_by_its_name() {
        let outcome = Outcome("{\"a\":1,\"mean_true_return\":-3.5}".into());
        assert_eq!(outcome.number("mean_true_return").ok(), Some(-3.5));
        assert!(outcome.number("b").is_err());
    }

    #[test]
    fn a_curve_keeps_its_last_point() -> Result<()> {
        let dir = target().join(format!("curve-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        let rows: String = (1..=9).map(|row| format!("{row},x,{}\n", row * 10)).collect();
        fs::write(dir.join("metrics.csv"), format!("step,other,mean_return\n{rows}"))?;
        let kept = curve(&dir, 4)?;
        fs::remove_dir_all(&dir)?;
        assert_eq!(
            kept.iter().map(|[step, value]| format!("{step} {value}")).collect::<Vec<_>>(),
            ["3 30", "6 60", "9 90"]
        );
        Ok(())
    }
}
