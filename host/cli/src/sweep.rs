//! `meed sweep`: many runs as a queue over the processor's cores, and what they say together.
//!
//! A sweep is a directory with a run directory for each run, which all exist before the first one begins. Each is trained by a process of
//! its own, `meed train --resume`, so that a sweep which was killed goes on where each of its runs stood: the same command again.

mod plan;
mod queue;
mod results;

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::args::Sweep;
use crate::exit::{Exit, UsageError};

/// The lock's name within the directory.
const LOCK: &str = "sweep.lock";
/// The name of the file with a row a run.
const RESULTS: &str = "results.parquet";

pub(crate) fn run(args: Sweep) -> Result<Exit> {
    let text = std::fs::read_to_string(&args.file).with_context(|| args.file.display().to_string())?;
    let folder = args.file.parent().map(PathBuf::from).unwrap_or_default();
    let plan =
        plan::read(&text).and_then(|plan| plan.runs(&folder)).with_context(|| args.file.display().to_string())?;
    let jobs = match args.jobs {
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    std::fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    let lock = File::create(args.out.join(LOCK)).with_context(|| args.out.display().to_string())?;
    if matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
        return Err(UsageError(format!("another process is sweeping in {}", args.out.display())).into());
    }
    plan.make(&args.out)?;
    let failed = queue::work(&args.out, &plan.runs, jobs)?;
    let results = results::collect(&args.out, &plan)?;
    let file = args.out.join(RESULTS);
    results.write(&file).with_context(|| file.display().to_string())?;
    if args.json {
        println!("{}", serde_json::to_string(&results)?);
    } else {
        print!("{}", results.table());
    }
    eprintln!("results: {}", file.display());
    Ok(failed.unwrap_or(Exit::Done))
}
