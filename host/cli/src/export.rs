//! `meed export`.

mod rows;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use meed_core::{Batch, RewardFactory, Scores, Transitions};
use meed_design::{Decoder, DecoderLayer, with_decoder};
use meed_runtime::{Host, HostConfig, Plugin, Profile};
use meed_train::{Actor, Episode, LearntReward, Play, Reads, RunDir, RunInfo, TrainConfig};
use serde::Serialize;

use crate::exit::{Exit, PluginError, UsageError};
use crate::plugin;

/// Rows of a call.
const CALL: usize = 4_096;

/// What `meed export` takes.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The run's folder: one that was trained with `--credit` and a decoder, of one plugin's factors or of rows.
    pub(crate) dir: PathBuf,
    /// The component's file.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Rows of random play on which the component must give the run's own bits before it is written.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rows: u64,
    /// Prints what was compared as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `--json` prints, on one line.
#[derive(Serialize)]
struct Outcome<'a> {
    component: &'a Path,
    bytes: usize,
    /// Rows on which the component gave the bits of the run's decoder.
    rows: usize,
    /// By how much Burn's product, which sums in another order, differs at the most, as a share of the largest value.
    burn_differs_by: f32,
}

pub(crate) fn run(args: Export) -> Result<Exit> {
    let run = RunDir::open(&args.dir)?;
    if run.info.config.credit.as_ref().is_some_and(|credit| credit.team) {
        let why = "the run's agents share what they earn (--team), and a component values each agent's row alone";
        return Err(UsageError(why.into()).into());
    }
    let (learnt, reads) = LearntReward::open(&args.dir)?;
    let host = Host::new(HostConfig::new(Profile::Train))?;
    let (plugin, component) = match reads {
        Reads::Factors => own(&args.dir, &run.info)?,
        rows => {
            let component = rows::build_plugin(run.info.config.make_env()?.spec(), rows)?;
            (host.load(&component)?, component)
        }
    };
    let component = with_decoder(&component, &decoder(&learnt, reads, &plugin, &run.info))?;
    let made = host.load(&component)?;
    let judged = Judged { learnt: &learnt, reads, plugin: &plugin, made: &made };
    let (rows, burn_differs_by) = judged.compare(&run.info.config, args.rows as usize)?;

    let partial = args.out.with_extension("wasm.partial");
    std::fs::write(&partial, &component)
        .and_then(|()| std::fs::rename(&partial, &args.out))
        .with_context(|| args.out.display().to_string())?;
    eprintln!(
        "{} bytes; the same bits as the run's decoder on {rows} rows (Burn's product differs by up to {burn_differs_by:.1e} of the largest value)",
        component.len()
    );
    if args.json {
        let outcome = Outcome { component: &args.out, bytes: component.len(), rows, burn_differs_by };
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        println!("{}", args.out.display());
    }
    Ok(Exit::Done)
}

/// Loads the one plugin that a run was trained with.
fn own(dir: &Path, info: &RunInfo) -> Result<(Plugin, Vec<u8>)> {
    if info.config.credit.as_ref().is_some_and(|credit| credit.state_only) {
        let why = "the run hid the actions from its plugin (--state-only), which a component cannot be made to do";
        return Err(UsageError(why.into()).into());
    }
    let path = dir.join(plugin_of(info)?);
    let component = std::fs::read(&path).with_context(|| path.display().to_string())?;
    Ok((plugin::load_sound(&path, Profile::Train)?, component))
}

/// Names the one plugin that a run was trained with.
fn plugin_of(info: &RunInfo) -> Result<&str> {
    match &info.rewards[..] {
        [reward] => match &reward.file {
            Some(file) if reward.weight == 1.0 => Ok(file),
            _ => Err(UsageError("the run's reward is not one plugin at its own weight".into()).into()),
        },
        others => Err(UsageError(format!("the run has {} rewards; a decoder reads one plugin's", others.len())).into()),
    }
}

fn decoder(learnt: &LearntReward, reads: Reads, plugin: &Plugin, info: &RunInfo) -> Decoder {
    let description = plugin.description();
    let method = info.config.credit.as_ref().map_or("", |credit| credit.method.name());
    let names: Vec<&str> = description.factors.iter().map(|factor| factor.name.as_str()).collect();
    let layers = learnt.layers.iter().map(|layer| DecoderLayer {
        inputs: layer.inputs,
        outputs: layer.outputs,
        weight: layer.weight.clone(),
        bias: layer.bias.clone(),
    });
    Decoder {
        name: format!("{}-learnt", description.name),
        summary: format!("What {method} learnt in {} from the factors of {}", info.config.env, description.name),
        meaning: match reads {
            Reads::Factors => format!("learnt from {}", names.join(", ")),
            Reads::Rows { .. } => "learnt from rows".into(),
        },
        layers: layers.collect(),
    }
}

/// A component, and what it is held against.
struct Judged<'a> {
    learnt: &'a LearntReward,
    reads: Reads,
    /// The plugin whose factors the decoder reads, or the one that gives it rows.
    plugin: &'a Plugin,
    made: &'a Plugin,
}

impl Judged<'_> {
    /// Has the component score random play, and counts the rows on which it gives the bits of the run's decoder: of its plugin's
    /// factors, or of rows as the run itself reads them. Gives how far Burn is from them, too.
    fn compare(&self, config: &TrainConfig, rows: usize) -> Result<(usize, f32)> {
        let (mut old, mut new) = (self.plugin.source(0)?, self.made.source(0)?);
        let (mut factors, mut values) = (Scores::default(), Scores::default());
        let (mut compared, mut differs, mut largest) = (0, 0f32, 0f32);
        let mut play = Play::new(&config.env, Actor::Random, 0)?;
        let space = config.make_env()?.spec().action_space.clone();
        while compared < rows {
            let episode = play.next().context("play has no end")??;
            let numbered = Numbered::of(&episode);
            let whole = numbered.view(&episode);
            let read = match self.reads {
                Reads::Factors => Vec::new(),
                rows => rows.rows(&space, &episode),
            };
            let call = CALL.next_multiple_of(episode.agents);
            for start in (0..whole.rows).step_by(call) {
                let end = (start + call).min(whole.rows);
                let part = whole.slice(start, end);
                old.evaluate(Batch::Transitions(&part), &mut factors)?;
                new.evaluate(Batch::Transitions(&part), &mut values)?;
                if factors.unscored != values.unscored {
                    bail!("the component leaves other rows without a score than its plugin");
                }
                let width = self.learnt.factors();
                let seen = if read.is_empty() { &factors.values[..] } else { &read[start * width..end * width] };
                let own = self.learnt.values(seen);
                let device = self.learnt.values_by_burn(seen);
                for row in (0..part.rows).filter(|row| factors.reason(*row).is_none()) {
                    if own[row].to_bits() != values.values[row].to_bits() {
                        let (own, new) = (own[row], values.values[row]);
                        let why = format!("the component gives {new:e} where the run gave {own:e}");
                        return Err(PluginError(why).into());
                    }
                    differs = differs.max((own[row] - device[row]).abs());
                    largest = largest.max(own[row].abs());
                    compared += 1;
                }
            }
        }
        Ok((compared, if largest > 0.0 { differs / largest } else { 0.0 }))
    }
}

/// Which agent and step each row of an episode is of.
struct Numbered {
    agent: Vec<u32>,
    step: Vec<u32>,
    episode: Vec<u32>,
}

impl Numbered {
    fn of(episode: &Episode) -> Self {
        let rows = 0..episode.rows as u32;
        let agents = episode.agents as u32;
        Numbered {
            agent: rows.clone().map(|row| row % agents).collect(),
            step: rows.map(|row| row / agents).collect(),
            episode: vec![0; episode.rows],
        }
    }

    /// Borrows an episode as a reward sees it.
    fn view<'a>(&'a self, episode: &'a Episode) -> Transitions<'a> {
        Transitions {
            rows: episode.rows,
            observation: &episode.observation,
            action: &episode.action,
            next_observation: &episode.next_observation,
            task: &[],
            terminated: &episode.terminated,
            truncated: &episode.truncated,
            reward: &episode.reward,
            agent: &self.agent,
            episode: &self.episode,
            step: &self.step,
            ..Transitions::default()
        }
    }
}
