//! `cargo xtask demo`: the main job from end to end, with the commands that a user would type.
//!
//! A reward plugin is built; trajectories of a random and of a trained policy are recorded; the plugin passes its checks on them
//! and a broken variant fails, with reasons; an agent is trained with the plugin until its true return shows that it learnt.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::run::{cargo, command, last_line, root, run, status, target};
use crate::setup;

const ENVIRONMENT: &str = "Pendulum-v1";
/// Steps of each training; the Stable-Baselines3 zoo's budget for the environment.
const STEPS: &str = "100000";
/// What the trained agent's mean true return over its evaluation episodes must exceed. A random policy gets about -1,200.
const LEARNT: f64 = -250.0;

/// Runs the demo.
pub(crate) fn demo() -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    let started = Instant::now();
    let demo = Demo::new()?;

    demo.say("Build a reward plugin: Pendulum's own cost as three factors, compiled to a sandboxed component.");
    let plugin = last_line(&mut demo.meed(&["build", "plugins/pendulum"]))?;
    let broken = last_line(&mut demo.meed(&["build", "plugins/pendulum-broken"]))?;
    run(&mut demo.meed(&["inspect", &plugin]))?;

    demo.say("Record trajectories: a random policy, and one trained on the environment's own reward.");
    let (random, trained) = (demo.file("random.parquet"), demo.file("trained.parquet"));
    let teacher = demo.file("teacher");
    demo.record("random", &random, "1")?;
    demo.train("environment", &teacher, "2")?;
    demo.record(&format!("{teacher}/policy.json"), &trained, "3")?;

    demo.say("Verify the plugin on them. It passes.");
    let report = demo.file("pendulum.html");
    let data = ["--data", &random, "--data", &trained];
    run(&mut demo.meed(&[&["verify", &plugin], &data[..], &["--html", &report]].concat()))?;

    demo.say("Verify a broken variant on the same data. It fails, with reasons.");
    let broken_report = demo.file("pendulum-broken.html");
    let verdict = status(&mut demo.meed(&[&["verify", &broken], &data[..], &["--html", &broken_report]].concat()))?;
    ensure!(verdict == 1, "the broken plugin should have failed its checks (exit code 1), but got {verdict}");

    demo.say("Train an agent with the plugin as its only reward, and look at the true return, which it never saw.");
    let agent = demo.file("agent");
    let summary = demo.train(&plugin, &agent, "1")?;
    let learnt = true_return(&summary)?;
    ensure!(learnt > LEARNT, "the agent's mean true return is {learnt:.1}, which is not better than {LEARNT}");

    let seconds = started.elapsed().as_secs();
    println!(
        "\nThe agent learnt: mean true return {learnt:.1} (better than {LEARNT}; a random policy gets about -1,200)."
    );
    println!("Done in {} min {} s after the build. Reports, for a browser:", seconds / 60, seconds % 60);
    for (page, what) in [
        (report.as_str(), "the plugin that passed"),
        (broken_report.as_str(), "the one that failed, and why"),
        (&format!("{agent}/report.html"), "the agent's training"),
    ] {
        println!("  {page}  {what}");
    }
    Ok(())
}

/// The demo's folder, made anew each time, and the binary.
struct Demo {
    folder: PathBuf,
    meed: PathBuf,
}

impl Demo {
    fn new() -> Result<Self> {
        let folder = root().join("target/demo");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("clearing {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Demo { folder, meed: target().join("debug/meed") })
    }

    fn say(&self, text: &str) {
        println!("\n== {text}");
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn meed(&self, arguments: &[&str]) -> Command {
        command(&self.meed, arguments)
    }

    fn record(&self, policy: &str, out: &str, seed: &str) -> Result<()> {
        let what = ["record", "--env", ENVIRONMENT, "--policy", policy, "--episodes", "20"];
        run(&mut self.meed(&[&what[..], &["--seed", seed, "--out", out]].concat()))
    }

    /// Trains and gives the summary, as JSON.
    fn train(&self, reward: &str, out: &str, seed: &str) -> Result<String> {
        let what = ["train", "--env", ENVIRONMENT, "--reward", reward, "--steps", STEPS];
        last_line(&mut self.meed(&[&what[..], &["--seed", seed, "--out", out, "--json"]].concat()))
    }
}

/// Takes the evaluation's mean true return out of a training summary.
fn true_return(summary: &str) -> Result<f64> {
    let key = "\"mean_true_return\":";
    let Some((_, rest)) = summary.split_once(key) else { bail!("the summary has no {key} {summary}") };
    let number = rest.trim_start().split([',', '}']).next().unwrap_or_default();
    number.trim().parse().with_context(|| format!("reading {number:?} in the summary"))
}
