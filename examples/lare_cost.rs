//! What LaRe costs: a training step with it beside one with the dense reward, and factors beside the released Python way.
//!
//! `cargo run -p meed-examples --example lare_cost -- PLUGIN [PYTHON]`: `PLUGIN` is `plugins/latent/reacher`'s component, `PYTHON`
//! one that has NumPy and PyTorch. `cargo xtask lare-cost` runs it. Prints one line of JSON. All is processor time, steps
//! are taken in turns, and of calls the median counts: a busy machine changes little.

use anyhow::{Context, Result};
use meed_core::{Batch, Description, Factor, NativeReward, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Profile};
use meed_train::{AlgorithmName, CreditConfig, Dense, LearntReward, Silent, TrainConfig, train};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows of a gradient step, and the width of LaRe's decoder.
const ROWS: usize = 256;
const HIDDEN: usize = 256;

fn main() -> Result<()> {
    // As `meed` does.
    meed_train::keep_memory();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let plugin = arguments.first().context("usage: lare_cost PLUGIN [PYTHON]")?;
    let (mut dense, mut rd, mut rrd) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..5 {
        dense.push(step(None, turn)?);
        rd.push(step(Some("lare-rd"), turn)?);
        rrd.push(step(Some("lare-rrd"), turn)?);
    }
    let (dense, rd, rrd) = (median(dense), median(rd), median(rrd));
    let mut line = serde_json::json!({
        "step_dense_us": dense, "step_lare_rd_us": rd, "step_lare_rrd_us": rrd,
        "lare_rd_to_dense": rd / dense, "lare_rrd_to_dense": rrd / dense,
        "factors_us": factors(plugin)?, "relabelling_us": relabelling(),
    });
    if let Some(python) = arguments.get(1) {
        let script = concat!(env!("MEED_ROOT"), "/benches/python/lare.py");
        let output = std::process::Command::new(python).arg(script).output().context("starting Python")?;
        let python: serde_json::Value = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        let own = |name: &str| line[name].as_f64().unwrap_or(f64::NAN);
        let their = |name: &str| python[name].as_f64().unwrap_or(f64::NAN);
        let both = (their("factors") + their("decoder")) / (own("factors_us") + own("relabelling_us"));
        line["python_to_meed_factors"] = (their("factors") / own("factors_us")).into();
        line["python_to_meed_factors_and_relabelling"] = both.into();
        line["python"] = python;
    }
    println!("{line}");
    Ok(())
}

/// Gives the microseconds of processor time of a step of SAC with LaRe's sizes, environment and all.
fn step(credit: Option<&str>, seed: u64) -> Result<f64> {
    let mut config = TrainConfig { algorithm: AlgorithmName::Sac, ..TrainConfig::new("Pendulum-v1", 600, seed) };
    (config.sac.hidden, config.sac.batch, config.sac.learning_starts) = (HIDDEN, ROWS, 200);
    config.credit =
        credit.map(|method| Ok::<_, meed_train::TrainError>(CreditConfig::of(method.parse()?, &config))).transpose()?;
    let reward = credit.map(|_| native()).transpose()?;
    let (env, begun) = (config.make_env()?, processor());
    train(env, reward, &config, None, &mut Silent)?;
    Ok(1e6 * (processor() - begun) / 400.0)
}

/// Gives the seconds of processor time that this process has had, of all its threads.
fn processor() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// Pendulum's factors in native code, so that it is decomposition alone that is compared.
fn native() -> Result<Box<dyn RewardSource>> {
    let spec = meed_envs::spec("Pendulum-v1")?;
    let factor = |name: &str| Factor::new(name, f32::NEG_INFINITY, f32::INFINITY, 1.0, "");
    let description = Description::transition("factors", "0.1.0")
        .observation(spec.observation)
        .action(spec.action)
        .factors(["upright", "calm"].map(factor));
    Ok(Box::new(NativeReward::per_row(description, |row, out| {
        (out[0], out[1]) = (row.observation[0], -row.observation[2] * row.observation[2]);
    })))
}

/// Gives the microseconds that a gradient step spends on factors: the plugin's call for the one transition that was stored.
fn factors(plugin: &str) -> Result<f64> {
    let plugin = Host::new(HostConfig::new(Profile::Train))?.load_file(plugin.as_ref())?;
    let mut source = plugin.source(0)?;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut row = |columns| (0..columns).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f32>>();
    let (observation, action, next) = (row(11), row(2), row(11));
    let rows = Transitions {
        rows: 1,
        observation: &observation,
        action: &action,
        next_observation: &next,
        ..Transitions::default()
    };
    let mut scores = Scores::default();
    timed(2_000, || source.evaluate(Batch::Transitions(&rows), &mut scores).is_ok())
}

/// Gives the microseconds of relabelling a batch whose factors are stored.
fn relabelling() -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut draw = |count: usize| (0..count).map(|_| rng.random_range(-0.1..0.1)).collect::<Vec<f32>>();
    let mut layer = |inputs, outputs| Dense { inputs, outputs, weight: draw(inputs * outputs), bias: draw(outputs) };
    let decoder = LearntReward { layers: vec![layer(2, HIDDEN), layer(HIDDEN, HIDDEN), layer(HIDDEN, 1)] };
    let rows = draw(ROWS * 2);
    timed(100, || decoder.values(&rows).len() == ROWS).unwrap_or(f64::NAN)
}

/// Gives the median microseconds of processor time of so many calls, each of which must come out well.
fn timed(turns: usize, mut call: impl FnMut() -> bool) -> Result<f64> {
    let mut taken = Vec::with_capacity(turns);
    for _ in 0..turns {
        let begun = processor();
        anyhow::ensure!(call(), "a call failed");
        taken.push(1e6 * (processor() - begun));
    }
    Ok(median(taken))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
