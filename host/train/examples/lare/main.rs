//! Makes the table and the page of `cargo xtask lare` from its raw numbers: `lare FOLDER [--json] [--check]`.
//!
//! `FOLDER` holds `runs.csv` and `curves.csv`; the page is written beside them as `index.html`, and the table is put between its marks in
//! `FOLDER.md`, where there is such a file. With `--check` both must be there already as they would be written. A row of the table is one method on
//! one task: the interquartile mean of its runs' true returns and its 95 % interval, by stratified bootstrap.
#![allow(clippy::print_stdout, reason = "the table is what it is for")]

mod markdown;
mod page;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use meed_train::aggregate::{RESAMPLES, bootstrap, interquartile_mean};
use serde::{Deserialize, Serialize};

/// What one run came to.
#[derive(Debug, Deserialize)]
struct Run {
    env: String,
    method: String,
    steps: u64,
    r#return: f64,
}

/// A point of a run's curve.
#[derive(Debug, Deserialize)]
struct Point {
    env: String,
    method: String,
    steps: u64,
    seed: u32,
    step: f64,
    mean_return: Option<f64>,
}

/// What `--json` prints, a line each.
#[derive(Debug, Serialize)]
struct Row {
    env: String,
    method: String,
    seeds: usize,
    steps: u64,
    iqm_return: f64,
    low: f64,
    high: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |option: &str| arguments.iter().any(|argument| argument == option);
    let folder = Path::new(arguments.first().ok_or("usage: lare FOLDER [--json] [--check]")?);
    let runs: Vec<Run> =
        csv::Reader::from_path(folder.join("runs.csv"))?.into_deserialize().collect::<Result<_, _>>()?;
    let points: Vec<Point> =
        csv::Reader::from_path(folder.join("curves.csv"))?.into_deserialize().collect::<Result<_, _>>()?;
    let rows = table(&runs);
    let mut files = vec![(folder.join("index.html"), page::page(&rows, &runs, &points))];
    let text = folder.with_extension("md");
    if text.exists() {
        let old = std::fs::read_to_string(&text)?;
        files.push((text, markdown::put(&old, &markdown::table(&rows)).ok_or("no marks for the table")?));
    }
    for (file, content) in files {
        if !asked("--check") {
            std::fs::write(file, content)?;
        } else if std::fs::read_to_string(&file)? != content {
            return Err(format!("{} is not what its numbers make: `cargo xtask lare --table`", file.display()).into());
        }
    }
    for row in rows.iter().filter(|_| !asked("--check")) {
        if asked("--json") {
            println!("{}", serde_json::to_string(row)?);
        } else {
            let Row { env, method, seeds, steps, iqm_return, low, high } = row;
            println!("{env:<20} {method:<22} {steps:>8} steps, {seeds} seeds: {iqm_return:>9.1} [{low:.1}, {high:.1}]");
        }
    }
    Ok(())
}

/// Gives a row for each method on each task, the best of a task first.
fn table(runs: &[Run]) -> Vec<Row> {
    let mut groups: BTreeMap<(&str, u64, &str), Vec<f64>> = BTreeMap::new();
    for run in runs {
        groups.entry((&run.env, run.steps, &run.method)).or_default().push(run.r#return);
    }
    let mut rows: Vec<Row> = groups
        .into_iter()
        .map(|((env, steps, method), returns)| {
            let seeds = returns.len();
            let estimate = bootstrap(&[returns], interquartile_mean, 0.95, RESAMPLES, 0);
            let (iqm_return, low, high) = (estimate.value, estimate.low, estimate.high);
            Row { env: env.into(), method: method.into(), seeds, steps, iqm_return, low, high }
        })
        .collect();
    rows.sort_by(|a, b| (&a.env, a.steps).cmp(&(&b.env, b.steps)).then(b.iqm_return.total_cmp(&a.iqm_return)));
    rows
}
