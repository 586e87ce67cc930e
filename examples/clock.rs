//! Says what a training costs, in seconds of processor time: `clock train ENV ALGORITHM STEPS SEED [PLUGIN.wasm]`, or what
//! stepping an environment costs: `clock step ENV COPIES STEPS`. Prints one line of JSON; `cargo xtask bench train` reads it.

use anyhow::{Context, Result, bail};
use meed_core::{Batch, Cost, Description, RewardError, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Profile};
use meed_train::{Metrics, Progress, TrainConfig, train};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a training cost.
#[derive(Serialize)]
struct Training {
    config: TrainConfig,
    steps: u64,
    seconds: f64,
    /// Seconds within the reward.
    reward_seconds: f64,
    /// Steps, seconds and the mean return of the last hundred episodes, at every update.
    curve: Vec<(u64, f64, Option<f64>)>,
}

/// What stepping cost.
#[derive(Serialize)]
struct Stepping {
    steps: u64,
    seconds: f64,
}

fn main() -> Result<()> {
    meed_train::keep_memory();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let line = match arguments.as_slice() {
        ["train", env, algorithm, steps, seed, plugin @ ..] => {
            let mut config = TrainConfig::new(env, steps.parse()?, seed.parse()?);
            config.algorithm = serde_json::from_value((*algorithm).into())?;
            serde_json::to_string(&training(config, plugin.first().copied())?)?
        }
        ["step", env, copies, steps] => serde_json::to_string(&stepping(env, copies.parse()?, steps.parse()?)?)?,
        _ => bail!("usage: clock train ENV ALGORITHM STEPS SEED [PLUGIN.wasm] | clock step ENV COPIES STEPS"),
    };
    println!("{line}");
    Ok(())
}

fn training(config: TrainConfig, plugin: Option<&str>) -> Result<Training> {
    let spent = Arc::new(AtomicU64::new(0));
    let reward = match plugin {
        Some(file) => {
            let plugin = Host::new(HostConfig::new(Profile::Train))?.load_file(file.as_ref())?;
            Some(Box::new(Timed { source: plugin.source(config.seed)?, spent: spent.clone() }) as Box<dyn RewardSource>)
        }
        None => None,
    };
    let env = config.make_env()?;
    let mut curve = Curve { begun: processor_seconds(ClockId::ProcessCPUTime), points: Vec::new() };
    let summary = train(env, reward, &config, None, &mut curve)?;
    Ok(Training {
        steps: summary.steps,
        seconds: processor_seconds(ClockId::ProcessCPUTime) - curve.begun,
        reward_seconds: f64::from_bits(spent.load(Ordering::Relaxed)),
        curve: curve.points,
        config,
    })
}

fn stepping(env: &str, copies: usize, steps: u64) -> Result<Stepping> {
    let mut env = meed_envs::make(env, copies, 1)?;
    let meed_envs::ActionSpace::Discrete(choices) = env.spec().action_space else {
        bail!("its actions are not choices")
    };
    let rows = env.rows();
    let begun = processor_seconds(ClockId::ProcessCPUTime);
    for step in 0..steps {
        let actions: Vec<f32> = (0..rows as u64).map(|row| ((step * 31 + row * 17) % choices as u64) as f32).collect();
        env.step(&actions).context("a step")?;
    }
    Ok(Stepping { steps: steps * copies as u64, seconds: processor_seconds(ClockId::ProcessCPUTime) - begun })
}

fn processor_seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

struct Curve {
    begun: f64,
    points: Vec<(u64, f64, Option<f64>)>,
}

impl Progress for Curve {
    fn update(&mut self, metrics: &Metrics, _: u64) {
        let seconds = processor_seconds(ClockId::ProcessCPUTime) - self.begun;
        self.points.push((metrics.step, seconds, metrics.mean_return));
    }
}

/// A reward that says how long it took.
struct Timed {
    source: Box<dyn RewardSource>,
    /// Seconds, as the bits of an `f64`.
    spent: Arc<AtomicU64>,
}

impl Timed {
    fn timed<T>(&mut self, call: impl FnOnce(&mut dyn RewardSource) -> T) -> T {
        let begun = processor_seconds(ClockId::ThreadCPUTime);
        let answer = call(self.source.as_mut());
        let seconds = processor_seconds(ClockId::ThreadCPUTime) - begun;
        let sum = f64::from_bits(self.spent.load(Ordering::Relaxed)) + seconds;
        self.spent.store(sum.to_bits(), Ordering::Relaxed);
        answer
    }
}

impl RewardSource for Timed {
    fn description(&self) -> &Description {
        self.source.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        self.timed(|source| source.evaluate(batch, scores))
    }

    fn observe(&mut self, batch: &Transitions<'_>) -> Result<(), RewardError> {
        self.timed(|source| source.observe(batch))
    }

    fn cost(&self) -> Cost {
        self.source.cost()
    }
}
