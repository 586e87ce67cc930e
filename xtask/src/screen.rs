//! `cargo xtask screen`: does the screen predict anything? See `docs/screening.md`.
//!
//! Trajectories are recorded of a random policy, one half trained and one trained on the environment's own reward; then the
//! example `screen` verifies and trains its candidates. Everything that is done is kept, and not done again: results in
//! `benches/results/screen`, trajectories and their policies in `target/screen`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{capture, cargo, command, example, root, run, target};

/// Episodes of each recording.
const EPISODES: &str = "60";
/// How much sooner than the others the training of the half-trained policy ends.
const HALF: u64 = 6;

/// Runs what is not done yet, and prints the table.
pub(crate) fn screen(arguments: &[&str]) -> Result<()> {
    let (mut json, mut table, mut seeds, mut workers) = (false, false, "3", "2");
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "--json" => json = true,
            "--table" => table = true,
            "--seeds" => seeds = words.next().context("--seeds needs a number")?,
            "--workers" => workers = words.next().context("--workers needs a number")?,
            other => bail!("{other} is no option: there are --json, --table, --seeds N and --workers N"),
        }
    }
    run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    let screen = |arguments: &[&str]| example("screen", arguments);
    let results = root().join("benches/results/screen");
    if !table {
        let data = root().join("target/screen");
        for line in capture(&mut screen(&["tasks"])?)?.lines() {
            let (task, steps) = line.split_once(' ').context("a task and its steps")?;
            record(task, steps.parse()?, &data.join(task.replace('/', "-")))?;
        }
        let (data, results) = (data.display().to_string(), results.display().to_string());
        run(&mut screen(&["run", &data, &results, seeds, workers])?)?;
    }
    let results = results.display().to_string();
    let mut arguments = vec!["table", &results];
    arguments.extend(json.then_some("--json"));
    run(&mut screen(&arguments)?)
}

/// Records a task's trajectories, unless they are there.
fn record(task: &str, steps: u64, folder: &Path) -> Result<()> {
    let meed = target().join("debug/meed");
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = |name: &str| folder.join(name).display().to_string();
    let recording = |policy: &str, out: &str, seed: &str| -> Result<()> {
        if PathBuf::from(out).exists() {
            return Ok(());
        }
        let words = ["record", "--env", task, "--policy", policy, "--episodes", EPISODES, "--seed", seed, "--out", out];
        run(&mut command(&meed, &words))
    };
    recording("random", &path("random.parquet"), "21")?;
    for (name, steps, seed) in [("half", steps / HALF, "22"), ("trained", steps, "23")] {
        let (teacher, out) = (path(name), path(&format!("{name}.parquet")));
        if PathBuf::from(&out).exists() {
            continue;
        }
        if PathBuf::from(&teacher).exists() {
            fs::remove_dir_all(&teacher).with_context(|| teacher.clone())?;
        }
        let steps = steps.to_string();
        let words =
            ["train", "--env", task, "--reward", "environment", "--steps", &steps, "--seed", seed, "--out", &teacher];
        run(&mut command(&meed, &words))?;
        recording(&format!("{teacher}/policy.json"), &out, seed)?;
    }
    Ok(())
}
