//! `meed eval`.

use anyhow::{Result, bail};
use meed_core::{Batch, Episodes, Kind, RewardFactory, RewardSource, Scores, Transitions, part_range};
use meed_runtime::{Plugin, Profile};
use meed_trajectory::{Dataset, Reader, SampleReader, ScoreWriter, Table, open};

use crate::args::Eval;
use crate::exit::{Exit, UsageError};
use crate::plugin;

/// Rows, or samples, that are held and asked about at once.
const CHUNK: usize = 4_096;
/// Rows of whole episodes at once, at the most: what one call may take.
const EPISODES_CHUNK: usize = 262_144;

pub(crate) fn run(args: Eval) -> Result<Exit> {
    if args.out.extension().is_none_or(|extension| extension != "parquet") {
        return Err(UsageError(format!("{}: scores are written as .parquet", args.out.display())).into());
    }
    let plugin = plugin::load_sound(&args.file, Profile::Train)?;
    let data = open(&args.data)?;
    data.check_against(plugin.description())?;
    let mut tally = Tally::default();
    match data {
        Dataset::Transitions(reader) => rows(&args, &plugin, reader, &mut tally)?,
        Dataset::Samples(reader) => samples(&args, &plugin, reader, &mut tally)?,
    }
    eprintln!("{} scored, {} abstained, {} at fault", tally.scored, tally.abstained, tally.faults);
    println!("{}", args.out.display());
    Ok(if tally.faults == 0 { Exit::Done } else { Exit::PluginFailed })
}

/// How many rows came out how.
#[derive(Default)]
struct Tally {
    scored: usize,
    abstained: usize,
    faults: usize,
}

impl Tally {
    fn add(&mut self, scores: &Scores) {
        let (abstained, faults) = scores.counts();
        self.abstained += abstained;
        self.faults += faults;
        self.scored += scores.rows() - abstained - faults;
    }
}

fn rows(args: &Eval, plugin: &Plugin, mut reader: Reader, tally: &mut Tally) -> Result<()> {
    let mut source = plugin.source(0)?;
    let mut writer = ScoreWriter::for_rows(&args.out, plugin.description(), reader.schema())?;
    let description = plugin.description();
    let mut scores = Scores::default();
    loop {
        let table = match plugin.kind() {
            Kind::Episode => reader.next_episodes(EPISODES_CHUNK)?,
            _ => reader.next_rows(CHUNK)?,
        };
        let Some(table) = table else { break };
        match plugin.kind() {
            Kind::Transition => source.evaluate(Batch::Transitions(&table.view_for(description)), &mut scores)?,
            Kind::Stateful => step_by_step(source.as_mut(), &table, &mut scores)?,
            Kind::Episode => {
                let offsets = table.episode_offsets();
                let siblings = if description.inputs.group { table.sibling_offsets() } else { Vec::new() };
                let episodes = Episodes {
                    steps: table.view_for(description),
                    episode_offsets: &offsets,
                    group_offsets: &siblings,
                };
                source.evaluate(Batch::Episodes(&episodes), &mut scores)?;
            }
            Kind::Text => bail!("a text reward was given rows"),
        }
        tally.add(&scores);
        writer.write_rows(&table, &scores)?;
    }
    Ok(writer.finish()?)
}

/// Takes each time step into the state and then scores it, as training does, so that the result does not depend on the chunks.
fn step_by_step(source: &mut dyn RewardSource, table: &Table, scores: &mut Scores) -> Result<()> {
    let all = table.view_for(source.description());
    let steps = if table.group_offsets.is_empty() { table.rows } else { table.group_offsets.len() - 1 };
    scores.reset(0, source.description().factors.len());
    let mut part = Scores::default();
    for step in 0..steps {
        let range = part_range(&table.group_offsets, step);
        let group = [0, range.len() as u32];
        let batch = Transitions { group_offsets: &group, ..all.slice(range.start, range.end) };
        source.observe(&batch)?;
        source.evaluate(Batch::Transitions(&batch), &mut part)?;
        scores.values.extend_from_slice(&part.values);
        scores.unscored.extend(part.unscored.drain(..).map(|mut unscored| {
            unscored.row += range.start;
            unscored
        }));
    }
    Ok(())
}

fn samples(args: &Eval, plugin: &Plugin, mut reader: SampleReader, tally: &mut Tally) -> Result<()> {
    let mut source = plugin.source(0)?;
    let mut writer = ScoreWriter::for_samples(&args.out, plugin.description())?;
    let mut scores = Scores::default();
    while let Some(table) = reader.next_samples(CHUNK)? {
        table.with_view(|samples| source.evaluate(Batch::Samples(samples), &mut scores))?;
        tally.add(&scores);
        writer.write_samples(&scores)?;
    }
    Ok(writer.finish()?)
}
