//! Trainings that are long: each is a run directory, so that what was killed goes on where it stood and what is done is not done again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::mujoco;
use crate::run::{command, run, target};

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
            run(&mut mujoco::cargo_with(mujoco.as_deref(), &["build", "--bin", "meed"]))?;
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

    /// Trains into a run's directory, from where it stands; does nothing where that is done. `start` adds what a run that has not begun
    /// yet is told.
    pub(crate) fn train(&self, dir: &Path, start: impl FnOnce(&mut Command)) -> Result<()> {
        if evaluation(dir).exists() {
            return Ok(());
        }
        let mut train = self.meed(&["train"]);
        if dir.exists() {
            train.arg("--resume");
        } else {
            start(&mut train);
            train.args(["--checkpoint-every", "5000", "--out"]);
        }
        // Standard output is for what the experiment itself has to say.
        run(train.arg(dir).stdout(Stdio::null()))
    }
}

/// Names the file of a run that is written last.
fn evaluation(dir: &Path) -> PathBuf {
    dir.join("evaluation.json")
}

/// What a run that is done came to.
pub(crate) struct Outcome(String);

impl Outcome {
    /// Reads it; none where the run is not done.
    pub(crate) fn of(dir: &Path) -> Option<Self> {
        fs::read_to_string(evaluation(dir)).ok().map(Outcome)
    }

    /// Gives a number of the run's evaluation.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        let value = self.0.split_once(&format!("\"{name}\":")).map(|(_, rest)| rest.split([',', '}']).next());
        value.flatten().and_then(|value| value.trim().parse().ok()).with_context(|| format!("no {name} in {}", self.0))
    }
}

/// Gives two columns of a run's metrics.
fn columns(dir: &Path, names: [&str; 2]) -> Result<Vec<[String; 2]>> {
    let metrics = fs::read_to_string(dir.join("metrics.csv"))?;
    let mut rows = metrics.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().context("a run without metrics")?;
    let column = |name: &str| head.iter().position(|column| *column == name).context("a column");
    let [first, second] = [column(names[0])?, column(names[1])?];
    Ok(rows.map(|row| [first, second].map(|column| row[column].to_owned())).collect())
}

/// Gives a run's mean return over its steps, thinned to at most so many pairs, the last one among them.
pub(crate) fn curve(dir: &Path, points: usize) -> Result<Vec<[String; 2]>> {
    let rows = columns(dir, ["step", "mean_return"])?;
    let every = rows.len().div_ceil(points).max(1);
    // Backwards, so that the last one is kept.
    let mut kept: Vec<_> = rows.into_iter().rev().step_by(every).collect();
    kept.reverse();
    Ok(kept)
}

/// Gives the seconds that a run's training took.
pub(crate) fn seconds(dir: &Path) -> Result<f64> {
    let rows = columns(dir, ["step", "seconds"])?;
    let [_, seconds] = rows.last().context("a run without updates")?;
    seconds.parse().context("seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_by_its_name() {
        let outcome = Outcome("{\n  \"returns\": [\n    1\n  ],\n  \"mean\": -3.5\n}".into());
        assert_eq!(outcome.number("mean").ok(), Some(-3.5));
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
