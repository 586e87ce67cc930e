//! `meed train`.

use std::path::Path;

use anyhow::{Context, Result};
use meed_core::{RewardFactory, RewardSource};
use meed_envs::{EnvSpec, VectorEnv, Wrappers};
use meed_runtime::Profile;
use meed_train::{
    AlgorithmName, Bar, CreditConfig, RewardIdentity, RunDir, RunInfo, Summary, TrainConfig, combine, environment,
    evaluate, resume, train,
};
use serde::Serialize;

use crate::args::{Algorithm, Critics, OnAbstain, Train};
use crate::exit::{Exit, PluginError, UsageError};
use crate::plugin;

/// Episodes that the trained policy is judged by.
const EVALUATION_EPISODES: usize = 100;
/// What stands for the environment's own reward in place of a file.
pub(crate) const ENVIRONMENT: &str = "environment";

/// What `--json` prints, on one line.
#[derive(Serialize)]
struct Outcome<'a> {
    run: &'a Path,
    env: &'a str,
    rewards: &'a [RewardIdentity],
    seed: u64,
    steps: u64,
    episodes: u64,
    abstained: u64,
    train_seconds: f64,
    evaluation_episodes: usize,
    mean_true_return: f64,
    deviation_true_return: f64,
}

/// A reward as it is asked for: a file or the environment's own, and its weight.
struct Asked {
    identity: RewardIdentity,
    source: Box<dyn RewardSource>,
    /// The component, to be kept with the run.
    content: Option<Vec<u8>>,
}

pub(crate) fn run(args: Train) -> Result<Exit> {
    if args.with_parent {
        end_with_stdin();
    }
    if let Some(dir) = &args.resume {
        return go_on(dir, args.json);
    }
    let (Some(env), Some(steps), Some(out)) = (&args.env, args.steps, &args.out) else {
        return Err(UsageError("--env, --steps and --out are needed".into()).into());
    };
    let mut config = TrainConfig::new(env, steps, args.seed);
    config.algorithm = match args.algo {
        Algorithm::Ppo => AlgorithmName::Ppo,
        Algorithm::Sac => AlgorithmName::Sac,
        Algorithm::Td3 => AlgorithmName::Td3,
        Algorithm::Dqn => AlgorithmName::Dqn,
    };
    config.device = args.device.parse()?;
    if let Some(method) = &args.credit {
        let credit = CreditConfig::of(method.parse()?, &config);
        config.credit = Some(CreditConfig { state_only: args.state_only, team: args.team, ..credit });
    }
    config.checkpoint_every = args.checkpoint_every;
    config.ppo.critics = match args.critics {
        Critics::One => meed_train::Critics::One,
        Critics::PerFactor => meed_train::Critics::PerFactor,
    };
    config.wrappers =
        Wrappers { scale_action: args.scale_action, time_limit: args.time_limit, episodic: args.episodic };
    for text in &args.weights {
        let weight = text.rsplit_once('=').and_then(|(factor, weight)| Some((factor, weight.parse::<f32>().ok()?)));
        let Some((factor, weight)) = weight.filter(|(factor, weight)| !factor.is_empty() && weight.is_finite()) else {
            return Err(UsageError(format!("{text:?} is not FACTOR=WEIGHT")).into());
        };
        config.weights.insert(factor.into(), weight);
    }
    config.transforms = args.transform.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    config.on_abstain = match args.on_abstain {
        OnAbstain::Stop => meed_train::OnAbstain::Stop,
        OnAbstain::Zero => meed_train::OnAbstain::Zero,
        OnAbstain::Environment => meed_train::OnAbstain::Environment,
    };
    let Prepared { info, contents, env, reward } = prepare(config, &args.reward)?;
    let mut run_dir = RunDir::create_with(out, &info, &contents)?;
    let summary = train(env, reward, &info.config, Some(&mut run_dir), &mut Bar::new())?;
    tell(&info, &run_dir, &summary, args.json)
}

/// A run that may begin: everything has been loaded and fits together.
pub(crate) struct Prepared {
    pub(crate) info: RunInfo,
    /// The plugins to be kept with the run: a name and a component each.
    pub(crate) contents: Vec<(String, Vec<u8>)>,
    env: Box<dyn VectorEnv>,
    reward: Option<Box<dyn RewardSource>>,
}

/// Loads the rewards as `--reward` names them and checks that all fits together.
pub(crate) fn prepare(config: TrainConfig, rewards: &[String]) -> Result<Prepared> {
    let env = config.make_env()?;
    let (mut identities, mut sources, mut contents) = (Vec::new(), Vec::new(), Vec::new());
    if rewards != [ENVIRONMENT] {
        for (index, text) in rewards.iter().enumerate() {
            let Asked { mut identity, source, content } = ask(text, env.spec(), config.seed)?;
            if let Some(content) = content {
                let name = format!("{index}-{}.wasm", identity.name);
                identity.file = Some(format!("rewards/{name}"));
                contents.push((name, content));
            }
            sources.push((source, identity.weight));
            identities.push(identity);
        }
    }
    let reward = together(sources, env.spec())?;
    config.check_fit(env.spec(), reward.as_ref().map(|reward| reward.description()))?;
    Ok(Prepared { info: RunInfo::new(config, identities), contents, env, reward })
}

/// Ends this process when its standard input ends: as whoever holds its other end does, however that ends.
fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(i32::from(Exit::HostFailed as u8));
    });
}

/// Goes on with a run that was killed or failed: everything stands in its directory.
fn go_on(dir: &Path, json: bool) -> Result<Exit> {
    let mut reopened = RunDir::reopen(dir)?;
    let info = reopened.info.clone();
    let env = info.config.make_env()?;
    let mut sources = Vec::new();
    for identity in &info.rewards {
        let source = match &identity.file {
            Some(file) => {
                let plugin = plugin::load_sound(&dir.join(file), Profile::Train)?;
                if identity.hash.as_deref() != Some(plugin.hash()) {
                    return Err(PluginError(format!("{file} is not the plugin that the run began with")).into());
                }
                plugin.source(info.config.seed)?
            }
            None => environment(env.spec()),
        };
        sources.push((source, identity.weight));
    }
    let reward = together(sources, env.spec())?;
    let summary = resume(env, reward, &mut reopened, &mut Bar::new())?;
    tell(&info, &reopened.run_dir, &summary, json)
}

/// Loads what `--reward` names: `FILE`, `environment`, or either with `=WEIGHT` behind it.
fn ask(text: &str, spec: &EnvSpec, seed: u64) -> Result<Asked> {
    let (file, weight) = match text.rsplit_once('=') {
        Some((file, weight)) if !Path::new(text).exists() => {
            let number = weight.parse::<f32>().ok().filter(|number| number.is_finite());
            (file, number.ok_or_else(|| UsageError(format!("{weight:?} is not the weight of a reward")))?)
        }
        _ => (text, 1.0),
    };
    if file == ENVIRONMENT {
        let identity =
            RewardIdentity { name: ENVIRONMENT.into(), version: "0.1.0".into(), weight, hash: None, file: None };
        return Ok(Asked { identity, source: environment(spec), content: None });
    }
    let plugin = plugin::load_sound(Path::new(file), Profile::Train)?;
    let content = std::fs::read(file).with_context(|| file.to_owned())?;
    let description = plugin.description();
    let identity = RewardIdentity {
        name: description.name.clone(),
        version: description.version.clone(),
        weight,
        hash: Some(plugin.hash().to_owned()),
        file: None,
    };
    Ok(Asked { identity, source: plugin.source(seed)?, content: Some(content) })
}

/// Makes one reward of what was asked for. A single one at its own weight stays as it is.
fn together(mut sources: Vec<(Box<dyn RewardSource>, f32)>, spec: &EnvSpec) -> Result<Option<Box<dyn RewardSource>>> {
    if sources.len() == 1 && sources[0].1 == 1.0 {
        return Ok(sources.pop().map(|(source, _)| source));
    }
    if sources.is_empty() { Ok(None) } else { Ok(Some(combine(sources, spec)?)) }
}

/// Judges the policy and says what came of the run.
fn tell(info: &RunInfo, run_dir: &RunDir, summary: &Summary, json: bool) -> Result<Exit> {
    let judged = evaluate(&summary.policy, EVALUATION_EPISODES, info.config.seed)?;
    run_dir.write_evaluation(&judged)?;
    let report = run_dir.write_report()?;
    let outcome = Outcome {
        run: run_dir.path(),
        env: &info.config.env,
        rewards: &info.rewards,
        seed: info.config.seed,
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
    if json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        println!("{}", run_dir.path().display());
    }
    Ok(Exit::Done)
}
