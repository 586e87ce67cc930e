//! Scores rows in LuaJIT, Rhai and Extism when told to: one order a line on standard input, one answer a line on standard output, as
//! `python/server.py` does.

mod extism;
mod luajit;
mod rhai;

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// A batch of one reward.
#[derive(Debug)]
struct Batch {
    reward: String,
    rows: usize,
    factors: usize,
    observation: Vec<f32>,
    action: Vec<f32>,
}

/// One way to score a batch that it was made for.
trait Candidate {
    /// Scores the batch, as often as it is to be measured.
    fn call(&mut self) -> Result<()>;

    /// Gives what the last call gave: rows x factors numbers, row-major.
    fn answer(&mut self) -> Result<Vec<f32>>;
}

#[derive(Deserialize)]
#[serde(tag = "order", rename_all = "lowercase")]
enum Order {
    Kinds,
    Load { kind: String, reward: String, rows: usize, factors: usize, observation: PathBuf, action: PathBuf },
    Answer { kind: String, path: PathBuf },
    Time { kind: String, times: u32 },
}

fn main() -> Result<()> {
    let extism = extism::Extism::load();
    let mut candidates: BTreeMap<String, Box<dyn Candidate>> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Order::Kinds => {
                let extism = extism.as_ref().err().map(|error| format!("{error:#}"));
                json!({"luajit": null, "rhai": null, "extism": extism})
            }
            Order::Load { kind, reward, rows, factors, observation, action } => {
                let (observation, action) = (read(&observation)?, read(&action)?);
                let batch = Batch { reward, rows, factors, observation, action };
                let candidate: Box<dyn Candidate> = match (kind.as_str(), &extism) {
                    ("luajit", _) => Box::new(luajit::LuaJit::new(&batch)?),
                    ("rhai", _) => Box::new(rhai::Rhai::new(&batch)?),
                    (_, Ok(extism)) => Box::new(extism.candidate(&batch)?),
                    (_, Err(error)) => anyhow::bail!("{error:#}"),
                };
                candidates.insert(kind, candidate);
                json!({})
            }
            Order::Answer { kind, path } => {
                let candidate = candidates.get_mut(&kind).context("not loaded")?;
                candidate.call()?;
                let bytes: Vec<u8> = candidate.answer()?.iter().flat_map(|value| value.to_le_bytes()).collect();
                std::fs::write(path, bytes)?;
                json!({})
            }
            Order::Time { kind, times } => {
                let candidate = candidates.get_mut(&kind).context("not loaded")?;
                json!({"seconds": time(candidate.as_mut(), times)?.as_secs_f64()})
            }
        };
        say(&answer)?;
    }
    Ok(())
}

fn time(candidate: &mut dyn Candidate, times: u32) -> Result<Duration> {
    let begin = Instant::now();
    for _ in 0..times {
        candidate.call()?;
    }
    Ok(begin.elapsed())
}

fn read(path: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let (cells, _) = bytes.as_chunks::<4>();
    Ok(cells.iter().map(|cell| f32::from_le_bytes(*cell)).collect())
}

fn say(answer: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}
