//! Does the screen predict anything? Verifies many rewards of one task, sound ones and each kind of flaw at several strengths,
//! trains agents on each, and says how well each rule, and the verdict, foretold the true return after training.
//!
//! `cargo xtask screen` records the data and calls this: `screen run DATA OUT SEEDS WORKERS`, then `screen table OUT [--json]`.
//! Every part that is done is written at once, and not done again.

#![allow(clippy::print_stdout, reason = "a program's output")]

mod candidate;
mod outcome;
mod table;
mod task;

use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use meed_core::{RewardFactory, RewardSource};
use meed_train::{Actor, Play, Silent, TrainConfig, evaluate, train};
use meed_trajectory::open;
use meed_verify::{Environment, Reference, Settings, Subject, Verification};

use crate::candidate::candidates;
use crate::outcome::{Outcome, Screen, Trained};
use crate::task::{TASKS, Task};

/// Episodes that a trained policy, and the random one, is judged by.
const EPISODES: usize = 50;
/// Names of the two that nobody screens: what a policy earns that learnt from the environment's own reward, and the random one.
pub(crate) const ENVIRONMENT: &str = "environment";
pub(crate) const RANDOM: &str = "random";

/// What a candidate is held against.
#[derive(Clone, Copy, PartialEq)]
enum Against {
    Nothing,
    /// The environment's rewards, as they were recorded.
    Recorded,
    /// The reward that is known to teach the task, which can be asked about any step.
    Good,
}

/// What a candidate is verified on.
struct Offer {
    name: &'static str,
    /// Files of the task's folder.
    files: &'static [&'static str],
    against: Against,
    /// Whether the environment is there to be run.
    simulator: bool,
}

const ALL: &[&str] = &["random.parquet", "half.parquet", "trained.parquet"];
const OFFERS: [Offer; 4] = [
    Offer { name: "random", files: &["random.parquet"], against: Against::Nothing, simulator: false },
    Offer { name: "mixed", files: ALL, against: Against::Recorded, simulator: false },
    Offer { name: "simulator", files: ALL, against: Against::Recorded, simulator: true },
    Offer { name: "function", files: ALL, against: Against::Good, simulator: true },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["tasks"] => TASKS.iter().for_each(|task| println!("{} {}", task.env, task.steps)),
        ["run", data, out, seeds, workers] => {
            let seeds = seeds.parse().context("SEEDS is a number")?;
            let workers = workers.parse().context("WORKERS is a number")?;
            run(Path::new(data), Path::new(out), seeds, workers)?;
        }
        ["table", out] => print!("{}", table::text(&Outcome::read_all(Path::new(out))?)),
        ["table", out, "--json"] => {
            for row in table::rows(&Outcome::read_all(Path::new(out))?) {
                println!("{}", serde_json::to_string(&row)?);
            }
        }
        _ => bail!("usage: screen tasks | screen run DATA OUT SEEDS WORKERS | screen table OUT [--json]"),
    }
    Ok(())
}

/// One candidate of one task; without a reward, one of the two that nobody screens.
struct Job {
    task: &'static Task,
    flaw: &'static str,
    strength: f32,
    name: String,
    reward: Option<Box<dyn RewardFactory>>,
}

fn run(data: &Path, out: &Path, seeds: u64, workers: usize) -> Result<()> {
    let mut jobs = Vec::new();
    for task in &TASKS {
        let spec = meed_envs::spec(task.env)?;
        let plain = [RANDOM, ENVIRONMENT].map(|name| (name, 0.0, name.to_owned(), None));
        let screened = candidates(task, &spec);
        let screened = screened.into_iter().map(|one| (one.flaw, one.strength, one.name(), Some(one.reward)));
        let all = plain.into_iter().chain(screened);
        jobs.extend(all.map(|(flaw, strength, name, reward)| Job { task, flaw, strength, name, reward }));
    }
    let total = jobs.len();
    let left = Mutex::new(jobs.into_iter().enumerate());
    let next = || left.lock().ok().and_then(|mut left| left.next());
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some((index, job)) = next() {
                job.go(&data.join(job.task.env.replace('/', "-")), out, seeds)
                    .with_context(|| format!("{} {}", job.task.env, job.name))?;
                eprintln!("{}/{total} {} {}", index + 1, job.task.env, job.name);
            }
            Ok(())
        };
        let threads: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(done) => done,
            Err(_) => bail!("a worker died"),
        })
    })
}

impl Job {
    /// Does what is not done yet.
    fn go(&self, data: &Path, out: &Path, seeds: u64) -> Result<()> {
        let path = Outcome::path(out, self.task.env, &self.name);
        let fresh = || Outcome {
            task: self.task.env.into(),
            candidate: self.name.clone(),
            flaw: self.flaw.into(),
            strength: self.strength,
            steps: self.task.steps,
            ..Outcome::default()
        };
        let mut outcome = Outcome::read(&path)?.filter(|old| old.steps == self.task.steps).unwrap_or_else(fresh);
        if let Some(reward) = &self.reward {
            for offer in &OFFERS {
                // Nothing is held against itself.
                let itself = offer.against == Against::Good && self.flaw == "good";
                if !itself && !outcome.screens.contains_key(offer.name) {
                    outcome.screens.insert(offer.name.into(), self.screen(reward.as_ref(), data, offer)?);
                    outcome.write(&path)?;
                }
            }
        }
        for seed in 1..=seeds {
            if let Entry::Vacant(place) = outcome.trained.entry(seed) {
                place.insert(self.train(seed)?);
                outcome.write(&path)?;
            }
        }
        Ok(())
    }

    fn train(&self, seed: u64) -> Result<Trained> {
        if self.name == RANDOM {
            let totals = Play::new(self.task.env, Actor::Random, seed)?.take(EPISODES);
            let totals = totals.map(|episode| Ok(episode?.total)).collect::<Result<Vec<_>>>()?;
            return Ok(Trained::Return(totals.iter().sum::<f64>() / totals.len() as f64));
        }
        let config = TrainConfig::new(self.task.env, self.task.steps, seed);
        let source: Option<Box<dyn RewardSource>> =
            self.reward.as_ref().map(|reward| reward.source(seed)).transpose()?;
        Ok(match train(config.make_env()?, source, &config, None, &mut Silent) {
            Ok(summary) => Trained::Return(evaluate(&summary.policy, EPISODES, 1_000 + seed)?.mean),
            Err(error) => Trained::Stopped(error.to_string()),
        })
    }

    fn screen(&self, reward: &dyn RewardFactory, data: &Path, offer: &Offer) -> Result<Screen> {
        let data = offer.files.iter().map(|file| open(&data.join(file))).collect::<Result<Vec<_>, _>>()?;
        let good =
            candidates(self.task, &meed_envs::spec(self.task.env)?).into_iter().next().context("a good reward")?;
        let reference = match offer.against {
            Against::Nothing => None,
            Against::Recorded => Some(Reference::Recorded),
            Against::Good => Some(Reference::Reward(good.reward.as_ref())),
        };
        let subject = Subject { verify: reward, train: Some(reward), reference, hash: None, file: None };
        let (settings, environment) = (Settings::default(), Environment::new(self.task.env)?);
        let verification = Verification::new(&subject, &settings);
        let report = match offer.simulator {
            true => verification.simulation(&environment).run(data)?,
            false => verification.run(data)?,
        };
        Ok(Screen::of(&report))
    }
}
