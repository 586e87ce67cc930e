//! `cargo xtask lare`: LaRe beside every other decomposition of returns, one protocol, agent and memory for all.
//!
//! The raw numbers go to `docs/lare/runs.csv` and `docs/lare/curves.csv`; the table of intervals and the page are made from these alone.

mod sweep;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::mujoco;
use crate::run::{cargo, command, example, root, run, target};
use crate::trainer::{Outcome, Trainer, curve, seconds};

/// A task: environment, algorithm, the plugin of its factors in `plugins/latent`, and steps at the two budgets.
struct Task {
    env: &'static str,
    algorithm: &'static str,
    factors: &'static str,
    /// What fits two cores in a few hours, and what LaRe's own study took; none where a task is not part of a budget.
    steps: [Option<u64>; 2],
}

impl Task {
    fn several(&self) -> bool {
        self.env.contains('/')
    }
}

const fn task(env: &'static str, algorithm: &'static str, factors: &'static str, steps: [Option<u64>; 2]) -> Task {
    Task { env, algorithm, factors, steps }
}

const MILLION: u64 = 1_000_000;

const TASKS: [Task; 13] = [
    task("Pendulum-v1", "sac", "pendulum", [Some(6_000), Some(20_000)]),
    task("CartPole-v1", "dqn", "cartpole", [None, Some(50_176)]),
    task("lare/triangle-area", "ppo", "triangle-area", [Some(200_000), Some(2 * MILLION)]),
    task("lare/spread-6", "ppo", "spread", [Some(100_000), Some(2 * MILLION)]),
    task("Reacher-v4", "sac", "reacher", [Some(30_000), Some(MILLION)]),
    task("lare/spread-15", "ppo", "spread", [None, Some(2 * MILLION)]),
    task("lare/spread-30", "ppo", "spread", [None, Some(2 * MILLION)]),
    task("lare/tag-6", "ppo", "tag-6", [Some(100_000), Some(2 * MILLION)]),
    task("lare/tag-15", "ppo", "tag-15", [None, Some(2 * MILLION)]),
    task("lare/tag-30", "ppo", "tag-30", [None, Some(2 * MILLION)]),
    task("HalfCheetah-v4", "sac", "half-cheetah", [None, Some(MILLION)]),
    task("Walker2d-v4", "sac", "walker2d", [None, Some(MILLION)]),
    task("HumanoidStandup-v4", "sac", "humanoid-standup", [None, Some(MILLION)]),
];

/// A method.
struct Method {
    name: &'static str,
    /// What variant of the task's factors is the reward; none for the environment's own.
    factors: Option<&'static str>,
    /// The decomposition; none for a reward at every step.
    credit: Option<&'static str>,
    /// An ablation's switch.
    switch: Option<&'static str>,
}

const fn plain(name: &'static str, credit: Option<&'static str>) -> Method {
    Method { name, factors: None, credit, switch: None }
}

const fn latent(name: &'static str, factors: &'static str, credit: &'static str) -> Method {
    Method { name, factors: Some(factors), credit: Some(credit), switch: None }
}

/// Those that the claim is about: they are run first, on all seeds.
const CLAIM: [Method; 6] = [
    plain("dense", None),
    latent("lare-rrd", "", "lare-rrd"),
    plain("rrd", Some("rrd")),
    plain("episodic", Some("episodic")),
    latent("lare-rd", "", "lare-rd"),
    plain("rd", Some("rd")),
];

/// All others.
const OTHERS: [Method; 10] = [
    plain("uniform", Some("uniform")),
    Method { name: "direct", factors: Some(""), credit: None, switch: None },
    plain("rrd-unbiased", Some("rrd-unbiased")),
    plain("ircr", Some("ircr")),
    latent("lare-rrd.distracted", "-distracted", "lare-rrd"),
    latent("lare-rrd.wrong", "-wrong", "lare-rrd"),
    Method { switch: Some("--state-only"), ..latent("lare-rrd.state-only", "", "lare-rrd") },
    plain("spa", Some("spa")),
    plain("vib", Some("vib")),
    plain("diaster", Some("diaster")),
];

/// Those for several agents.
const SEVERAL: [Method; 4] = [
    latent("lare-ma", "", "lare-ma"),
    plain("arel", Some("arel")),
    plain("stas", Some("stas")),
    Method { switch: Some("--team"), ..latent("lare-ma.team", "", "lare-ma") },
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
    /// Only the methods that the claim is about.
    claim: bool,
    /// Only the table and the page, of what is done.
    table: bool,
    /// A `meed` that is built already, with MuJoCo where its tasks are asked for.
    meed: Option<PathBuf>,
    /// Where the raw numbers and the page go.
    out: PathBuf,
}

/// One training.
struct Job<'a> {
    task: &'a Task,
    method: &'a Method,
    seed: u32,
    steps: u64,
}

/// Trains what has not been trained yet, and writes raw numbers, table and page.
pub(crate) fn lare(arguments: &[&str]) -> Result<()> {
    if arguments == ["--files"] {
        return sweep::write();
    }
    let asked = parse(arguments)?;
    let jobs = jobs(&asked, mujoco::folder()?.is_some());
    if !asked.table {
        let trainer = Trainer::build("lare", asked.meed.as_deref())?;
        let mut built = Vec::new();
        for job in &jobs {
            if let Some(variant) = job.method.factors {
                let name = format!("{}{variant}", job.task.factors);
                if !built.contains(&name) {
                    run(trainer.meed(&["build"]).arg(plugin_folder(&name)).stdout(Stdio::null()))?;
                    built.push(name);
                }
            }
        }
        let queue = Mutex::new(jobs.iter().collect::<VecDeque<_>>());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || -> Result<()> {
            while let Some(job) = next() {
                job.train(&trainer)?;
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
    run(example("lare", &[&out])?.args(asked.json.then_some("--json")))
}

/// Measures what a step with LaRe costs, and, where the yardstick of `bench train` is there, the released Python way.
pub(crate) fn cost() -> Result<()> {
    run(&mut cargo(&["build", "--bin", "meed", "--workspace"]))?;
    run(command(target().join("debug/meed"), &["build"]).arg(plugin_folder("reacher")))?;
    let mut example = example("lare_cost", &[])?;
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
        claim: false,
        table: false,
        meed: None,
        out: root().join("docs/lare"),
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value"));
        match *word {
            "--json" => asked.json = true,
            "--claim" => asked.claim = true,
            "--table" => asked.table = true,
            "--full" => asked.budget = 1,
            "--only" => asked.only = value()?,
            "--seeds" => asked.seeds = value()?.parse().context("--seeds")?,
            "--workers" => asked.workers = value()?.parse().context("--workers")?,
            "--steps" => asked.steps = Some(value()?.parse().context("--steps")?),
            "--meed" => asked.meed = Some(std::path::absolute(value()?)?),
            "--out" => asked.out = std::path::absolute(value()?)?,
            other => bail!("{other} is no option of lare"),
        }
    }
    Ok(asked)
}

/// Lists the trainings: first what the claim is about, on all tasks; of a task, all methods on one seed before the next, so that
/// what is there can be compared at any time.
fn jobs(asked: &Asked<'_>, mujoco: bool) -> Vec<Job<'static>> {
    let mut jobs = Vec::new();
    for methods in [&CLAIM[..], &SEVERAL, &OTHERS].into_iter().take(if asked.claim { 1 } else { 3 }) {
        for task in &TASKS {
            let known = mujoco || task.several() || matches!(task.env, "Pendulum-v1" | "CartPole-v1");
            let Some(steps) = asked.steps.or(task.steps[asked.budget]).filter(|_| known) else { continue };
            let wanted = |method: &&Method| {
                // Not every task's factors have the variants.
                let folder = |variant| plugin_folder(&format!("{}{variant}", task.factors));
                let there = method.factors.is_none_or(|variant| folder(variant).exists());
                let fits = task.several() || !SEVERAL.iter().any(|several| several.name == method.name);
                there && fits && format!("{}/{}", task.env, method.name).contains(asked.only)
            };
            for seed in 1..=asked.seeds {
                jobs.extend(methods.iter().filter(wanted).map(|method| Job { task, method, seed, steps }));
            }
        }
    }
    jobs
}

fn plugin_folder(name: &str) -> PathBuf {
    root().join("plugins/latent").join(name)
}

impl Job<'_> {
    /// Names the run's folder. A run at another budget is another run.
    fn dir(&self) -> PathBuf {
        let env = self.task.env.replace('/', "-");
        target().join(format!("lare/{env}-{}-{}-{}", self.method.name, self.steps, self.seed))
    }

    fn train(&self, trainer: &Trainer) -> Result<()> {
        let Method { factors, credit, switch, .. } = self.method;
        trainer.train(&self.dir(), |train| {
            let (steps, seed) = (self.steps.to_string(), self.seed.to_string());
            train.args(["--env", self.task.env, "--algo", self.task.algorithm, "--steps", &steps, "--seed", &seed]);
            match factors {
                None => train.args(["--reward", "environment"]),
                Some(variant) => {
                    let name = format!("{}{variant}", self.task.factors);
                    train.arg("--reward").arg(plugin_folder(&name).join(format!("build/latent-{name}.wasm")))
                }
            };
            train.args(credit.iter().flat_map(|credit| ["--credit", *credit])).args(*switch);
        })
    }
}

/// Writes the raw numbers of all runs that are done: what each came to, and its curve, thinned. Those of runs that were done elsewhere
/// stay.
fn write(jobs: &[Job<'_>], out: &Path) -> Result<()> {
    let (mut runs, mut curves) = (Vec::new(), Vec::new());
    for job in jobs {
        let Some(outcome) = Outcome::of(&job.dir()) else { continue };
        let name = format!("{},{},{},{}", job.task.env, job.method.name, job.steps, job.seed);
        let (mean, deviation) = (outcome.number("mean")?, outcome.number("deviation")?);
        runs.push(format!("{name},{mean},{deviation},{:.0}", seconds(&job.dir())?));
        curves.extend(curve(&job.dir(), POINTS)?.into_iter().map(|[step, value]| format!("{name},{step},{value}")));
    }
    for (file, head, rows) in [
        ("runs.csv", "env,method,steps,seed,return,deviation,seconds", runs),
        ("curves.csv", "env,method,steps,seed,step,mean_return", curves),
    ] {
        let old = fs::read_to_string(out.join(file)).unwrap_or_default();
        let text = merged(&old, head, rows);
        fs::write(out.join(file), text).with_context(|| file.to_owned())?;
    }
    Ok(())
}

/// Puts rows after those of other runs that a file has already.
fn merged(old: &str, head: &str, rows: Vec<String>) -> String {
    // Environment, method, steps and seed.
    fn run(row: &str) -> Vec<&str> {
        row.split(',').take(4).collect()
    }
    let new: std::collections::HashSet<_> = rows.iter().map(|row| run(row)).collect();
    let kept = old.lines().skip(1).filter(|row| !new.contains(&run(row)));
    let lines: Vec<&str> = [head].into_iter().chain(kept).chain(rows.iter().map(String::as_str)).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_method_is_run_on_one_seed_before_the_next() {
        let asked = parse(&["--only", "Pendulum", "--seeds", "2"]).unwrap();
        let jobs = jobs(&asked, false);
        assert_eq!(jobs.len(), 2 * (CLAIM.len() + OTHERS.len()));
        assert!(jobs[..CLAIM.len()].iter().all(|job| job.seed == 1 && job.steps == 6_000));
        let names: std::collections::BTreeSet<_> = jobs.iter().map(Job::dir).collect();
        assert_eq!(names.len(), jobs.len());
        assert!(parse(&["--never"]).is_err());
    }

    #[test]
    fn what_was_run_elsewhere_stays() {
        let old = "head\na,m,1,1,old\na,m,1,2,kept\n";
        assert_eq!(merged(old, "head", vec!["a,m,1,1,new".into()]), "head\na,m,1,2,kept\na,m,1,1,new\n");
        assert_eq!(merged("", "head", Vec::new()), "head\n");
    }
}
