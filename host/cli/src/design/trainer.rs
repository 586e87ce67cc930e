//! What the design's trainer is: `meed train`, in a process of its own each time.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Result, anyhow};
use meed_core::{Batch, RewardFactory, Scores};
use meed_design::{Course, Point, Task, Trainer, Training};
use meed_runtime::Profile;
use meed_train::{Actor, Episode, Metrics, Play, Policy, RunDir, State, evaluate};
use serde_json::Value;

use super::{meed, said};
use crate::exit::Exit;
use crate::{plugin, record};

/// All trainings of all designs have the same chance: what differs between candidates is the candidates.
const SEED: u64 = 1;
/// Episodes of the trained policy among which the worst are looked for.
const EPISODES: usize = 20;
/// Episodes that are shown, and steps of each.
const WORST: usize = 2;
const STEPS: usize = 12;
/// Numbers of a row that are shown.
const COLUMNS: usize = 24;
/// Most points that are kept of a course.
const POINTS: usize = 100;

/// Trains agents in a task's environment.
pub(super) struct Gym {
    env: String,
    steps: u64,
}

impl Gym {
    /// Gives the task's trainer; `None` where the task wants nothing trained.
    pub(super) fn new(task: &Task) -> Option<Gym> {
        let env = task.environment.clone().filter(|_| task.budget.training_steps > 0)?;
        Some(Gym { env, steps: task.budget.training_steps })
    }

    fn train(&self, component: &Path, folder: &Path) -> Result<Training> {
        let finished = || RunDir::open(folder).is_ok_and(|run| run.status.state == State::Finished);
        let mut score = None;
        if !finished() {
            let flags: Vec<OsString> = match RunDir::open(folder) {
                Ok(_) => vec!["train".into(), "--resume".into(), folder.into()],
                Err(_) => {
                    let (steps, seed) = (self.steps.to_string(), SEED.to_string());
                    let flags = ["train", "--env", &self.env, "--steps", &steps, "--seed", &seed, "--reward"];
                    let paths = [component.into(), "--out".into(), folder.into()];
                    flags.into_iter().map(OsString::from).chain(paths).collect()
                }
            };
            let done = meed(flags.into_iter().chain(["--json".into()]))?;
            match done.status.code() {
                Some(0) => score = serde_json::from_slice::<Value>(&done.stdout)?["mean_true_return"].as_f64(),
                Some(code) if code == Exit::PluginFailed as i32 => {
                    return Ok(Training { failure: Some(said(&done)), ..self.course(folder) });
                }
                _ => return Err(anyhow!("training: {}", said(&done))),
            }
        }
        let policy = Policy::load(&folder.join("policy.json"))?;
        // Where the process was killed before it said what came of it.
        let score = match score {
            Some(score) => score,
            None => evaluate(&policy, 100, SEED)?.mean,
        };
        let failures = self.worst(component, policy)?;
        Ok(Training { score: Some(score), failures, ..self.course(folder) })
    }

    /// Reads how a training went, as far as it came.
    fn course(&self, folder: &Path) -> Training {
        let Ok(run) = RunDir::open(folder) else { return Training::default() };
        let rows: Vec<&Metrics> = evenly(&run.metrics).collect();
        let curve =
            rows.iter().map(|row| Point { step: row.step, true_return: row.mean_return, reward: row.mean_reward });
        let names = run.metrics.first().map(|row| &row.factors).into_iter().flatten().map(|(name, _)| name.clone());
        let means = |place: usize| rows.iter().map(|row| row.factors.get(place).and_then(|(_, mean)| *mean)).collect();
        let factors = names.enumerate().map(|(place, name)| Course { name, means: means(place) });
        Training { curve: curve.collect(), factors: factors.collect(), ..Training::default() }
    }

    /// Writes down the episodes in which a policy does worst.
    fn worst(&self, component: &Path, policy: Policy) -> Result<Vec<String>> {
        let play = Play::new(&self.env, Actor::Best(Box::new(policy)), SEED)?;
        let spec = play.spec().clone();
        let mut episodes = play.take(EPISODES).collect::<Result<Vec<Episode>, _>>()?;
        episodes.sort_by(|a, b| a.total.total_cmp(&b.total));
        episodes.truncate(WORST);
        let plugin = plugin::load_sound(component, Profile::Train)?;
        let mut texts = Vec::new();
        for episode in episodes {
            let mut text = format!(
                "true return {:.2}, {} steps, {}\n",
                episode.total,
                episode.rows / episode.agents.max(1),
                if episode.terminated.last() == Some(&true) { "ended by itself" } else { "ended by the time limit" }
            );
            let table = record::table(episode, 0, &record::schema(&spec));
            let mut scores = Scores::default();
            // Words on what goes wrong are worth having without numbers on each factor.
            let scored = plugin.source(SEED).and_then(|mut source| {
                source.evaluate(Batch::Transitions(&table.view_for(plugin.description())), &mut scores)
            });
            let factors = plugin.description().factors.iter().map(|factor| factor.name.as_str());
            let factors: Vec<&str> = if scored.is_ok() { factors.collect() } else { Vec::new() };
            let rows: Vec<usize> = (0..table.rows).collect();
            for row in evenly_of(&rows, STEPS) {
                let _ = write!(text, "step {}:", table.step[*row]);
                let observation = columns(&spec.observation)
                    .zip(table.observation.chunks(table.observation_size).nth(*row).into_iter().flatten());
                let action = columns(&spec.action)
                    .zip(table.action.chunks(table.action_size.max(1)).nth(*row).into_iter().flatten());
                for (name, value) in observation.take(COLUMNS).chain(action) {
                    let _ = write!(text, " {name} {value:.3}");
                }
                for (place, name) in factors.iter().enumerate() {
                    if let Some(value) = scores.values.get(row * factors.len() + place) {
                        let _ = write!(text, "; {name} {value:.3}");
                    }
                }
                text.push('\n');
            }
            texts.push(text);
        }
        Ok(texts)
    }
}

impl Trainer for Gym {
    fn train(&self, component: &Path, folder: &Path) -> Result<Training, Box<dyn Error + Send + Sync>> {
        Ok(Gym::train(self, component, folder)?)
    }
}

/// Names each column of a row.
fn columns(fields: &[meed_core::Field]) -> impl Iterator<Item = String> {
    fields.iter().flat_map(|field| {
        (0..field.size).map(|index| match field.size {
            1 => field.name.clone(),
            _ => format!("{}[{index}]", field.name),
        })
    })
}

fn evenly(rows: &[Metrics]) -> impl Iterator<Item = &Metrics> {
    evenly_of(rows, POINTS)
}

/// Takes at most so many, evenly, with the first and the last.
fn evenly_of<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    let count = all.len().min(most);
    (0..count).map(move |index| &all[if count > 1 { index * (all.len() - 1) / (count - 1) } else { 0 }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_choice_has_both_ends() {
        let all: Vec<usize> = (0..1000).collect();
        let chosen: Vec<usize> = evenly_of(&all, 5).copied().collect();
        assert_eq!(chosen, [0, 249, 499, 749, 999]);
        assert_eq!(evenly_of(&all[..3], 5).count(), 3);
        assert_eq!(evenly_of(&all[..0], 5).count(), 0);
        assert_eq!(evenly_of(&all[..1], 5).count(), 1);
    }
}
