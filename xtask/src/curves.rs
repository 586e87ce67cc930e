//! `cargo xtask curves`: learning curves on three seeds beside the returns that others report.
//!
//! Every training is a run directory, so that what was killed goes on where it stood and what is done is not done again. The curves,
//! thinned, stand in `docs/curves.csv`: what a run takes is minutes to hours, and its numbers should not have to be believed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::mujoco;
use crate::run::{self, cargo, command, root, run};

/// Environment, algorithm, steps, and what others report for as many.
const RUNS: [(&str, &str, u64, &str); 11] = [
    ("CartPole-v1", "ppo", 100_000, "500 (SB3 zoo)"),
    ("Pendulum-v1", "ppo", 100_000, "-172 (SB3 zoo)"),
    ("Pendulum-v1", "sac", 20_000, "-157 (SB3 zoo)"),
    ("Pendulum-v1", "td3", 20_000, "-"),
    ("Reacher-v4", "ppo", 1_000_000, "-4.65 at 8 million (CleanRL)"),
    ("Reacher-v4", "sac", 20_000, "-"),
    ("Reacher-v4", "td3", 50_000, "-"),
    ("HalfCheetah-v4", "ppo", 1_000_000, "1443 (CleanRL)"),
    ("HalfCheetah-v4", "sac", 1_000_000, "9635 (CleanRL)"),
    ("Walker2d-v4", "ppo", 1_000_000, "2288 (CleanRL)"),
    ("Walker2d-v4", "sac", 1_000_000, "3591 (CleanRL)"),
];
const SEEDS: [&str; 3] = ["1", "2", "3"];
/// Points kept of a curve.
const POINTS: usize = 40;

/// Trains what has not been trained yet of `ENV/ALGORITHM`, all where none is named, and writes the curves.
pub(crate) fn curves(arguments: &[&str]) -> Result<()> {
    let folder = mujoco::folder()?;
    let build = ["build", "--bin", "meed"];
    match &folder {
        Some(folder) => run(&mut mujoco::with_library(folder, cargo(&[&build[..], &mujoco::FEATURE].concat())))?,
        None => run(&mut cargo(&[&build[..], &["--workspace"]].concat()))?,
    }
    let meed = run::target().join("debug/meed");
    for (env, algorithm, steps, _) in RUNS {
        let wanted =
            arguments.is_empty() || arguments.iter().any(|name| format!("{env}/{algorithm}").starts_with(name));
        if !wanted || (folder.is_none() && !["CartPole-v1", "Pendulum-v1"].contains(&env)) {
            continue;
        }
        for seed in SEEDS {
            let dir = dir(env, algorithm, seed);
            let outcome = dir.with_extension("json");
            if outcome.exists() {
                continue;
            }
            let steps = steps.to_string();
            let words = if dir.exists() {
                vec!["train", "--json", "--resume"]
            } else {
                let reward = ["--reward", "environment"];
                let run = ["--env", env, "--algo", algorithm, "--steps", &steps, "--seed", seed];
                [&["train", "--json"][..], &reward, &run, &["--checkpoint-every", "5000", "--out"]].concat()
            };
            let mut train = command(&meed, &words);
            train.arg(&dir);
            let mut train = match &folder {
                Some(folder) => mujoco::with_library(folder, train),
                None => train,
            };
            fs::create_dir_all(dir.parent().context("the run's folder")?)?;
            fs::write(&outcome, run::last_line(&mut train)?)?;
        }
    }
    write(&root().join("docs/curves.csv"))
}

fn dir(env: &str, algorithm: &str, seed: &str) -> PathBuf {
    run::target().join("curves").join(format!("{env}-{algorithm}-{seed}"))
}

/// Writes the curves of all runs that are done, and prints a line for each three.
fn write(file: &Path) -> Result<()> {
    let mut table = String::from("env,algorithm,seed,step,mean_return\n");
    for (env, algorithm, steps, reference) in RUNS {
        let mut evaluated = Vec::new();
        for seed in SEEDS {
            let dir = dir(env, algorithm, seed);
            let Ok(outcome) = fs::read_to_string(dir.with_extension("json")) else { continue };
            let mean = number(&outcome, "\"mean_true_return\":").context("a run without its evaluation")?;
            let metrics = fs::read_to_string(dir.join("metrics.csv"))?;
            let rows: Vec<Vec<&str>> = metrics.lines().map(|line| line.split(',').collect()).collect();
            let columns = rows.first().context("a run without metrics")?;
            let column = |name: &str| columns.iter().position(|column| *column == name).context("a column");
            let (step, value) = (column("step")?, column("mean_return")?);
            let every = rows.len().div_ceil(POINTS).max(1);
            for row in rows.iter().skip(1).rev().step_by(every).collect::<Vec<_>>().into_iter().rev() {
                table += &format!("{env},{algorithm},{seed},{},{}\n", row[step], row[value]);
            }
            evaluated.push(mean);
        }
        if !evaluated.is_empty() {
            let each: Vec<String> = evaluated.iter().map(|mean| format!("{mean:.1}")).collect();
            println!("{env:<16} {algorithm:<4} {steps:>9} steps: {:<28} others: {reference}", each.join(", "));
            let rows = SEEDS.iter().zip(&evaluated);
            table.extend(rows.map(|(seed, mean)| format!("{env},{algorithm},{seed},evaluated,{mean}\n")));
        }
    }
    fs::write(file, table).with_context(|| format!("writing {}", file.display()))
}

/// Reads the number behind a name in a line of JSON.
fn number(line: &str, name: &str) -> Option<f64> {
    let (_, rest) = line.split_once(name)?;
    rest.split([',', '}']).next()?.parse().ok()
}
