//! `meed train`.

use std::path::Path;

use anyhow::Result;
use meed_core::{RewardFactory, RewardSource};
use meed_runtime::Profile;
use meed_train::{Bar, RewardIdentity, RunDir, RunInfo, TrainConfig, evaluate, train};
use serde::Serialize;

use crate::args::{Algorithm, OnAbstain, Train};
use crate::exit::Exit;
use crate::plugin;

/// Episodes that the trained policy is judged by.
const EVALUATION_EPISODES: usize = 100;

/// What `--json` prints, on one line.
#[derive(Serialize)]
struct Outcome<'a> {
    run: &'a Path,
    env: &'a str,
    reward: Option<&'a RewardIdentity>,
    seed: u64,
    steps: u64,
    episodes: u64,
    abstained: u64,
    train_seconds: f64,
    evaluation_episodes: usize,
    mean_true_return: f64,
    deviation_true_return: f64,
}

pub(crate) fn run(args: Train) -> Result<Exit> {
    let Algorithm::Ppo = args.algo;
    let mut config = TrainConfig::new(&args.env, args.steps, args.seed);
    config.device = args.device.parse()?;
    config.on_abstain = match args.on_abstain {
        OnAbstain::Stop => meed_train::OnAbstain::Stop,
        OnAbstain::Zero => meed_train::OnAbstain::Zero,
        OnAbstain::Environment => meed_train::OnAbstain::Environment,
    };
    let env = config.make_env()?;
    let (reward, identity): (Option<Box<dyn RewardSource>>, _) = match args.reward.as_str() {
        "environment" => (None, None),
        file => {
            let plugin = plugin::load_sound(Path::new(file), Profile::Train)?;
            let description = plugin.description();
            let identity = RewardIdentity {
                name: description.name.clone(),
                version: description.version.clone(),
                hash: Some(plugin.hash().to_owned()),
            };
            (Some(plugin.source(args.seed)?), Some(identity))
        }
    };
    config.check_fit(env.spec(), reward.as_ref().map(|reward| reward.description()))?;
    let mut run_dir = RunDir::create(&args.out, &RunInfo::new(config.clone(), identity.clone()))?;
    let summary = train(env, reward, &config, Some(&mut run_dir), &mut Bar::new())?;
    let judged = evaluate(&summary.policy, EVALUATION_EPISODES, args.seed)?;
    let report = run_dir.write_report(Some(&judged))?;
    let outcome = Outcome {
        run: run_dir.path(),
        env: &config.env,
        reward: identity.as_ref(),
        seed: args.seed,
        steps: summary.steps,
        episodes: summary.episodes,
        abstained: summary.abstained,
        train_seconds: summary.seconds,
        evaluation_episodes: EVALUATION_EPISODES,
        mean_true_return: judged.mean,
        deviation_true_return: judged.deviation,
    };
    eprintln!(
        "{} steps, {} episodes in {:.0} s; true return of the trained policy over {EVALUATION_EPISODES} episodes: {:.1} ± {:.1}",
        outcome.steps, outcome.episodes, outcome.train_seconds, judged.mean, judged.deviation
    );
    eprintln!("report: {}", report.display());
    if args.json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        println!("{}", args.out.display());
    }
    Ok(Exit::Done)
}
