//! `meed record`.

use std::path::Path;

use anyhow::{Result, anyhow};
use indicatif::ProgressBar;
use meed_envs::EnvSpec;
use meed_train::{Actor, Episode, Play, Policy};
use meed_trajectory::{Layout, Schema, Table, Writer};

use crate::args::Record;
use crate::exit::{Exit, UsageError};

pub(crate) fn run(args: Record) -> Result<Exit> {
    if args.out.extension().is_none_or(|extension| extension != "parquet") {
        return Err(UsageError(format!("{}: trajectories are written as .parquet", args.out.display())).into());
    }
    let actor = match args.policy.as_str() {
        "random" => Actor::Random,
        file => Actor::Best(Box::new(Policy::load(Path::new(file))?)),
    };
    let play = Play::new(&args.env, actor, args.seed)?;
    let spec = play.spec().clone();
    let mut schema = schema(&spec);
    schema.seed = Some(args.seed);
    schema.policy = Some(args.policy.clone());
    schema.creator = Some(format!("meed {}", env!("CARGO_PKG_VERSION")));

    let mut writer = Writer::create(&args.out, schema.clone())?;
    let bar = ProgressBar::new(args.episodes);
    let (mut rows, mut returns) = (0, 0.0);
    let episodes = u32::try_from(args.episodes).map_err(|_| anyhow!("more than {} episodes in one file", u32::MAX))?;
    for (index, episode) in (0..episodes).zip(play) {
        let episode = episode?;
        rows += episode.rows;
        returns += episode.total;
        writer.write(&table(episode, index, &schema))?;
        bar.inc(1);
    }
    writer.finish()?;
    bar.finish_and_clear();
    eprintln!("{episodes} episodes, {rows} rows, mean return {:.1}", returns / f64::from(episodes));
    println!("{}", args.out.display());
    Ok(Exit::Done)
}

/// Describes the columns of an environment's episodes.
pub(crate) fn schema(spec: &EnvSpec) -> Schema {
    let mut schema = Schema::new(Layout::from(&spec.observation[..]), Layout::from(&spec.action[..]))
        .with_reward()
        .with_next_observation();
    schema.agent = spec.agents > 1;
    schema.environment = Some(spec.id.to_string());
    schema
}

/// Makes a table of an episode.
pub(crate) fn table(episode: Episode, index: u32, schema: &Schema) -> Table {
    let (rows, agents) = (0..episode.rows as u32, episode.agents as u32);
    Table {
        rows: episode.rows,
        observation: episode.observation,
        action: episode.action,
        next_observation: episode.next_observation,
        reward: episode.reward,
        terminated: episode.terminated,
        truncated: episode.truncated,
        agent: if agents > 1 { rows.clone().map(|row| row % agents).collect() } else { Vec::new() },
        episode: vec![index; episode.rows],
        step: rows.map(|row| row / agents).collect(),
        ..schema.table()
    }
}
