//! Trains an agent on a plugin without the command line: `train_from_rust PLUGIN.wasm ENV STEPS`.

use anyhow::{Context, Result};
use meed_core::RewardFactory;
use meed_runtime::{Host, HostConfig, Profile};
use meed_train::{Bar, TrainConfig, evaluate, train};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, env, steps] = arguments.as_slice() else {
        anyhow::bail!("usage: train_from_rust PLUGIN.wasm ENV STEPS");
    };
    let plugin = Host::new(HostConfig::new(Profile::Train))?.load_file(file.as_ref())?;

    let config = TrainConfig::new(env, steps.parse().context("STEPS is a number")?, 1);
    let summary = train(config.make_env()?, Some(plugin.source(1)?), &config, None, &mut Bar::new())?;

    let judged = evaluate(&summary.policy, 10, 1)?;
    println!("{} steps on {}: true return {:.1}", summary.steps, plugin.description().name, judged.mean);
    Ok(())
}
