//! `cargo xtask curves`: learning curves on three seeds beside the returns that others report.
//!
//! The curves, thinned, stand in `docs/curves.csv`: what a run takes is minutes to hours, and its numbers should not have to be believed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::mujoco;
use crate::run::{root, target};
use crate::trainer::{Outcome, Trainer, curve};

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
    let trainer = Trainer::build("curves", None)?;
    let mujoco = mujoco::folder()?.is_some();
    for (env, algorithm, steps, _) in RUNS {
        let wanted =
            arguments.is_empty() || arguments.iter().any(|name| format!("{env}/{algorithm}").starts_with(name));
        if !wanted || !(mujoco || ["CartPole-v1", "Pendulum-v1"].contains(&env)) {
            continue;
        }
        for seed in SEEDS {
            trainer.train(&dir(env, algorithm, seed), |train| {
                train.args(["--reward", "environment", "--env", env, "--algo", algorithm, "--seed", seed]);
                train.args(["--steps", &steps.to_string()]);
            })?;
        }
    }
    write(&root().join("docs/curves.csv"))
}

fn dir(env: &str, algorithm: &str, seed: &str) -> PathBuf {
    target().join("curves").join(format!("{env}-{algorithm}-{seed}"))
}

/// Writes the curves of all runs that are done, and prints a line for each three.
fn write(file: &Path) -> Result<()> {
    let mut table = String::from("env,algorithm,seed,step,mean_return\n");
    for (env, algorithm, steps, reference) in RUNS {
        let mut evaluated = Vec::new();
        for seed in SEEDS {
            let dir = dir(env, algorithm, seed);
            let Some(outcome) = Outcome::of(&dir) else { continue };
            let mean = outcome.number("mean")?;
            for [step, value] in curve(&dir, POINTS)? {
                table += &format!("{env},{algorithm},{seed},{step},{value}\n");
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
