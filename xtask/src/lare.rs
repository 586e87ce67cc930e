//! `cargo xtask lare`: LaRe beside every other decomposition of returns, one protocol, agent and memory for all.
//!
//! Every training is a run directory, so that what was killed goes on where it stood and what is done is not done again. The raw
//! numbers go to `docs/lare/runs.csv` and `docs/lare/curves.csv`; the table of intervals and the page are made from these alone.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::mujoco;
use crate::run::{self, cargo, command, root, run};

/// A task: environment, algorithm, the plugin of its factors in `plugins/latent`, and steps at the two budgets.
struct Task {
    env: &'static str,
    algorithm: &'static str,
    factors: &'static str,
    /// What fits two cores in a few hours, and what LaRe's own study took; none where a task is not part of a budget.
    steps: [Option<u64>; 2],
}

const TASKS: [Task; 6] = [
    Task { env: "Pendulum-v1", algorithm: "sac", factors: "pendulum", steps: [Some(6_000), Some(20_000)] },
    Task { env: "CartPole-v1", algorithm: "dqn", factors: "cartpole", steps: [None, Some(50_176)] },
    Task { env: "Reacher-v4", algorithm: "sac", factors: "reacher", steps: [Some(20_000), Some(1_000_000)] },
    Task { env: "HalfCheetah-v4", algorithm: "sac", factors: "half-cheetah", steps: [None, Some(1_000_000)] },
    Task { env: "Walker2d-v4", algorithm: "sac", factors: "walker2d", steps: [None, Some(1_000_000)] },
    Task { env: "HumanoidStandup-v4", algorithm: "sac", factors: "humanoid-standup", steps: [None, Some(1_000_000)] },
];

/// Who is rewarded with what.
enum Reward {
    Environment,
    /// The task's factors, or a variant of them.
    Factors(&'static str),
}

/// A method: its name, the reward, the decomposition, and whether actions are hidden. The first few are those that the claim is
/// about, so that they are there first.
const METHODS: [(&str, Reward, Option<&str>, bool); 16] = [
    ("dense", Reward::Environment, None, false),
    ("lare-rrd", Reward::Factors(""), Some("lare-rrd"), false),
    ("rrd", Reward::Environment, Some("rrd"), false),
    ("episodic", Reward::Environment, Some("episodic"), false),
    ("lare-rd", Reward::Factors(""), Some("lare-rd"), false),
    ("rd", Reward::Environment, Some("rd"), false),
    ("uniform", Reward::Environment, Some("uniform"), false),
    ("direct", Reward::Factors(""), None, false),
    ("rrd-unbiased", Reward::Environment, Some("rrd-unbiased"), false),
    ("ircr", Reward::Environment, Some("ircr"), false),
    ("lare-rrd.distracted", Reward::Factors("-distracted"), Some("lare-rrd"), false),
    ("lare-rrd.wrong", Reward::Factors("-wrong"), Some("lare-rrd"), false),
    ("lare-rrd.state-only", Reward::Factors(""), Some("lare-rrd"), true),
    ("spa", Reward::Environment, Some("spa"), false),
    ("vib", Reward::Environment, Some("vib"), false),
    ("diaster", Reward::Environment, Some("diaster"), false),
];
/// Points kept of a curve.
const POINTS: usize = 40;

struct Asked<'a> {
    json: bool,
    only: &'a str,
    seeds: u32,
    workers: usize,
    budget: usize,
    /// Steps in place of the budget's.
    steps: Option<u64>,
    /// Only the table and the page, of what is done.
    table: bool,
    /// Where the raw numbers and the page go.
    out: PathBuf,
}

/// One training.
struct Job<'a> {
    task: &'a Task,
    method: &'a (&'static str, Reward, Option<&'static str>, bool),
    seed: u32,
    steps: u64,
}

/// Trains what has not been trained yet, and writes raw numbers, table and page.
pub(crate) fn lare(arguments: &[&str]) -> Result<()> {
    let asked = parse(arguments)?;
    let folder = mujoco::folder()?;
    let jobs = jobs(&asked, folder.is_some());
    if !asked.table {
        let build = ["build", "--bin", "meed"];
        match &folder {
            Some(folder) => run(&mut mujoco::with_library(folder, cargo(&[&build[..], &mujoco::FEATURE].concat())))?,
            None => run(&mut cargo(&[&build[..], &["--workspace"]].concat()))?,
        }
        let mut built = Vec::new();
        for job in &jobs {
            if let Reward::Factors(variant) = job.method.1 {
                let name = format!("{}{variant}", job.task.factors);
                if !built.contains(&name) {
                    run(command(meed(), &["build"]).arg(plugin_folder(&name)))?;
                    built.push(name);
                }
            }
        }
        let queue = Mutex::new(jobs.iter().collect::<VecDeque<_>>());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || -> Result<()> {
            while let Some(job) = next() {
                job.train(folder.as_deref())?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..asked.workers).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| match worker.join() {
                Ok(done) => done,
                Err(_) => bail!("a worker stopped"),
            })
        })?;
    }
    fs::create_dir_all(&asked.out)?;
    write(&jobs, &asked.out)?;
    let out = asked.out.display().to_string();
    let mut table = vec!["run", "--quiet", "--package", "meed-train", "--example", "lare", "--", &out];
    table.extend(asked.json.then_some("--json"));
    run(&mut cargo(&table))
}

/// Measures what a step with LaRe costs, and, where the yardstick of `bench train` is there, the released Python way.
pub(crate) fn cost() -> Result<()> {
    run(&mut cargo(&["build", "--bin", "meed", "--workspace"]))?;
    run(command(meed(), &["build"]).arg(plugin_folder("reacher")))?;
    let mut example = cargo(&["run", "--quiet", "--package", "meed-examples", "--example", "lare_cost", "--"]);
    example.arg(plugin_folder("reacher").join("build/latent-reacher.wasm"));
    let python = crate::setup::tools_folder()?.with_file_name("sb3").join("bin/python");
    if python.exists() {
        example.arg(python);
    } else {
        eprintln!("without PyTorch, which `cargo xtask bench train` fetches: only what is measured here");
    }
    run(&mut example)
}

fn parse<'a>(arguments: &[&'a str]) -> Result<Asked<'a>> {
    let mut asked = Asked {
        json: false,
        only: "",
        seeds: 3,
        workers: 2,
        budget: 0,
        steps: None,
        table: false,
        out: root().join("docs/lare"),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match *word {
            "--json" => asked.json = true,
            "--table" => asked.table = true,
            "--full" => asked.budget = 1,
            "--only" => asked.only = value()?,
            "--seeds" => asked.seeds = value()?.parse().context("--seeds")?,
            "--workers" => asked.workers = value()?.parse().context("--workers")?,
            "--steps" => asked.steps = Some(value()?.parse().context("--steps")?),
            "--out" => asked.out = std::path::absolute(value()?)?,
            other => bail!("{other} is no option of lare"),
        }
    }
    Ok(asked)
}

/// Lists the trainings, all methods on one seed before the next, so that what is there can be compared at any time.
fn jobs(asked: &Asked<'_>, mujoco: bool) -> Vec<Job<'static>> {
    let mut jobs = Vec::new();
    for task in &TASKS {
        let known = mujoco || matches!(task.env, "Pendulum-v1" | "CartPole-v1");
        let Some(steps) = asked.steps.or(task.steps[asked.budget]).filter(|_| known) else { continue };
        for seed in 1..=asked.seeds {
            for method in &METHODS {
                if format!("{}/{}", task.env, method.0).contains(asked.only) {
                    jobs.push(Job { task, method, seed, steps });
                }
            }
        }
    }
    jobs
}

fn meed() -> PathBuf {
    run::target().join("debug/meed")
}

fn plugin_folder(name: &str) -> PathBuf {
    root().join("plugins/latent").join(name)
}

impl Job<'_> {
    /// Names the run's folder. A run at another budget is another run.
    fn dir(&self) -> PathBuf {
        run::target().join(format!("lare/{}-{}-{}-{}", self.task.env, self.method.0, self.steps, self.seed))
    }

    fn outcome(&self) -> PathBuf {
        self.dir().with_added_extension("json")
    }

    fn train(&self, mujoco: Option<&Path>) -> Result<()> {
        let (dir, outcome) = (self.dir(), self.outcome());
        if outcome.exists() {
            return Ok(());
        }
        let mut train = command(meed(), &["train", "--json"]);
        if dir.exists() {
            train.arg("--resume");
        } else {
            let (_, reward, credit, state_only) = self.method;
            let (steps, seed) = (self.steps.to_string(), self.seed.to_string());
            train.args(["--env", self.task.env, "--algo", self.task.algorithm, "--steps", &steps, "--seed", &seed]);
            match reward {
                Reward::Environment => train.args(["--reward", "environment"]),
                Reward::Factors(variant) => {
                    let name = format!("{}{variant}", self.task.factors);
                    train.arg("--reward").arg(plugin_folder(&name).join(format!("build/latent-{name}.wasm")))
                }
            };
            train.args(credit.iter().flat_map(|credit| ["--credit", *credit]));
            train.args(state_only.then_some("--state-only"));
            train.args(["--checkpoint-every", "5000", "--out"]);
        }
        train.arg(&dir);
        let mut train = match mujoco {
            Some(folder) => mujoco::with_library(folder, train),
            None => train,
        };
        fs::create_dir_all(dir.parent().context("the run's folder")?)?;
        let line = run::last_line(&mut train)?;
        fs::write(&outcome, line)?;
        Ok(())
    }
}

/// Writes the raw numbers of all runs that are done: what each came to, and its curve, thinned.
fn write(jobs: &[Job<'_>], out: &Path) -> Result<()> {
    let mut runs = String::from("env,method,steps,seed,return,deviation,seconds\n");
    let mut curves = String::from("env,method,steps,seed,step,mean_return\n");
    for job in jobs {
        let Ok(outcome) = fs::read_to_string(job.outcome()) else { continue };
        let read = |name: &str| number(&outcome, name).with_context(|| format!("{}: no {name}", job.dir().display()));
        let name = format!("{},{},{},{}", job.task.env, job.method.0, job.steps, job.seed);
        let (mean, deviation) = (read("mean_true_return")?, read("deviation_true_return")?);
        runs += &format!("{name},{mean},{deviation},{:.0}\n", read("train_seconds")?);
        let metrics = fs::read_to_string(job.dir().join("metrics.csv"))?;
        let rows: Vec<Vec<&str>> = metrics.lines().map(|line| line.split(',').collect()).collect();
        let columns = rows.first().context("a run without metrics")?;
        let column = |name: &str| columns.iter().position(|column| *column == name).context("a column");
        let (step, value) = (column("step")?, column("mean_return")?);
        let every = rows.len().div_ceil(POINTS).max(1);
        // Backwards, so that the last one is kept.
        let mut kept: Vec<_> = rows.iter().skip(1).rev().step_by(every).collect();
        kept.reverse();
        for row in kept {
            curves += &format!("{name},{},{}\n", row[step], row[value]);
        }
    }
    fs::write(out.join("runs.csv"), runs)?;
    fs::write(out.join("curves.csv"), curves).context("writing the curves")
}

/// Reads the number behind a name in a line of JSON.
fn number(line: &str, name: &str) -> Option<f64> {
    let (_, rest) = line.split_once(&format!("\"{name}\":"))?;
    rest.split([',', '}']).next()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_run_on_one_seed_before_the_next() {
        let asked = parse(&["--only", "Pendulum", "--seeds", "2"]).unwrap();
        let jobs = jobs(&asked, false);
        assert_eq!(jobs.len(), 2 * METHODS.len());
        assert!(jobs[..METHODS.len()].iter().all(|job| job.seed == 1 && job.steps == 6_000));
        let names: std::collections::BTreeSet<_> = jobs.iter().map(Job::dir).collect();
        assert_eq!(names.len(), jobs.len());
        assert!(parse(&["--never"]).is_err());
    }

    #[test]
    fn a_number_is_read_by_its_name() {
        assert_eq!(number("{\"a\":1,\"mean_true_return\":-3.5}", "mean_true_return"), Some(-3.5));
        assert_eq!(number("{}", "a"), None);
    }
}
