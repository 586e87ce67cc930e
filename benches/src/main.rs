//! `cargo xtask bench evaluate [--json]`: what a row of reward costs, beside the same reward in what else one would use.
//!
//! Every candidate scores the same rows with the same reward and must first give the same numbers: the plugin bit for bit those
//! of its own source, the rest to within rounding. They are timed in turns within one run, so that a slow moment of the machine
//! meets all of them, and of each the fastest turn counts. A candidate whose tool this machine lacks has no
//! row; standard error says why.

mod candidate;
mod candidates;
mod measure;
mod rewards;
mod rows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use comfy_table::Table;
use serde::Serialize;

use crate::candidate::Candidate;
use crate::rewards::Reward;
use crate::rows::Batch;

/// Rows of a call: one step of one environment, of a few, and two sizes of a rollout.
const ROWS: [usize; 4] = [1, 64, 1_024, 16_384];
const USAGE: &str =
    "usage: cargo xtask bench evaluate [--json] [--reward NAME] [--rows N] [--candidate NAME] [--turns N]";

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Line {
    reward: &'static str,
    rows: usize,
    candidate: &'static str,
    ns_per_row: f64,
    ratio_to_native: f64,
}

/// What was asked for.
struct Options {
    json: bool,
    reward: Option<String>,
    rows: Option<usize>,
    /// The one beside the native loop.
    candidate: Option<String>,
    turns: usize,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options> {
    let mut options = Options { json: false, reward: None, rows: None, candidate: None, turns: 40 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value\n{USAGE}"));
        match word.as_str() {
            "--json" => options.json = true,
            "--reward" => options.reward = Some(value()?),
            "--rows" => options.rows = Some(value()?.parse()?),
            "--candidate" => options.candidate = Some(value()?),
            "--turns" => options.turns = value()?.parse::<usize>()?.max(1),
            _ => bail!("{word}?\n{USAGE}"),
        }
    }
    Ok(options)
}

fn root() -> PathBuf {
    PathBuf::from(env!("MEED_ROOT"))
}

fn run(options: &Options) -> Result<()> {
    let mut lines = Vec::new();
    let mut tools = candidates::Tools::new()?;
    for reward in rewards::ALL.iter().filter(|reward| options.reward.as_deref().is_none_or(|name| name == reward.name))
    {
        tools.load(reward).with_context(|| format!("building plugins/{}", reward.name))?;
        for rows in ROWS.into_iter().filter(|rows| options.rows.is_none_or(|only| only == *rows)) {
            let batch = reward.batch(rows);
            let mut candidates = tools.candidates(reward, &batch)?;
            candidates.retain(|candidate| {
                let name = candidate.name();
                name == "native" || options.candidate.as_deref().is_none_or(|only| only == name)
            });
            check(reward, &batch, &mut candidates)?;
            for (candidate, ns_per_row, ratio_to_native) in measure::turns(&mut candidates, rows, options.turns)? {
                lines.push(Line { reward: reward.name, rows, candidate, ns_per_row, ratio_to_native });
            }
            eprintln!("{}, {rows} rows: done", reward.name);
        }
    }
    if options.json {
        for line in &lines {
            println!("{}", serde_json::to_string(line)?);
        }
    } else {
        print!("{}", table(&lines));
    }
    Ok(())
}

/// Checks that all candidates do the same work.
fn check(reward: &Reward, batch: &Batch, candidates: &mut [Box<dyn Candidate>]) -> Result<()> {
    let mut expected = vec![0.0; batch.rows * reward.factors];
    (reward.native)(&batch.observation, &batch.action, &mut expected);
    for candidate in candidates {
        let name = candidate.name();
        let got = candidate.answer().with_context(|| format!("{name} on {}", reward.name))?;
        anyhow::ensure!(got.len() == expected.len(), "{name} gave {} numbers of {}", got.len(), expected.len());
        for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
            let same = if candidate.is_exact() {
                got.to_bits() == expected.to_bits()
            } else {
                (got - expected).abs() <= 1e-3 * expected.abs().max(1e-2)
            };
            anyhow::ensure!(same, "{name} on {}: number {index} is {got}, not {expected}", reward.name);
        }
    }
    Ok(())
}

/// Lays the answer out for reading: a line for each candidate, a pair of columns for each number of rows.
fn table(lines: &[Line]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["reward", "rows", "candidate", "ns/row", "x native"]);
    for line in lines {
        table.add_row([
            line.reward.to_owned(),
            line.rows.to_string(),
            line.candidate.to_owned(),
            format!("{:.2}", line.ns_per_row),
            format!("{:.2}", line.ratio_to_native),
        ]);
    }
    for column in [1, 3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    format!("{table}\n")
}
