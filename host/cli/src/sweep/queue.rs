//! Works runs off, some at a time, each in a process of its own.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use meed_train::{RunDir, State};

use super::plan::Planned;
use crate::exit::Exit;

/// What the processes say goes to this file of each run.
const LOG: &str = "log.txt";

/// Trains all runs that have not finished; gives the worst of what became of those that failed.
pub(super) fn work(out: &Path, runs: &[Planned], jobs: usize) -> Result<Option<Exit>> {
    let open: Vec<&Planned> = runs.iter().filter(|run| !is_done(&out.join(&run.name))).collect();
    let bar = ProgressBar::new(runs.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} runs, {elapsed} so far {msg}") {
        bar.set_style(style);
    }
    bar.set_position((runs.len() - open.len()) as u64);
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let worker = || -> Result<()> {
        while let Some(run) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
            let exit = train(&out.join(&run.name), jobs).with_context(|| run.name.clone())?;
            let line = match exit {
                Exit::Done => format!("{}: done", run.name),
                _ => format!("{}: failed, see {}", run.name, out.join(&run.name).join(LOG).display()),
            };
            if bar.is_hidden() {
                eprintln!("{line}")
            } else {
                bar.println(line)
            }
            bar.inc(1);
            if exit != Exit::Done
                && let Ok(mut failed) = failed.lock()
            {
                *failed = failed.max(Some(exit));
            }
        }
        Ok(())
    };
    let ended = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(open.len())).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(Ok(()))).collect::<Result<Vec<()>>>()
    });
    bar.finish_and_clear();
    ended?;
    Ok(failed.into_inner().unwrap_or_default())
}

fn is_done(dir: &Path) -> bool {
    RunDir::open(dir).is_ok_and(|run| run.status.state == State::Finished && run.evaluation.is_some())
}

/// Trains one run. The process ends when this one does, because its standard input then ends.
fn train(dir: &Path, jobs: usize) -> Result<Exit> {
    let log = OpenOptions::new().create(true).append(true).open(dir.join(LOG))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("train").arg("--resume").arg(dir).arg("--with-parent");
    if jobs > 1 {
        // The runs share the cores among them; threads within each would only be in each other's way.
        command.env("RAYON_NUM_THREADS", "1");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn()?;
    let stdin = child.stdin.take();
    let status = child.wait()?;
    drop(stdin);
    Ok(match status.code() {
        Some(0) => Exit::Done,
        Some(1) => Exit::PluginFailed,
        Some(2) => Exit::Usage,
        _ => Exit::HostFailed,
    })
}
