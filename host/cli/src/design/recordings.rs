//! The data that candidates are verified on: a part that the model hears of, and one that it does not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use meed_design::Task;
use meed_trajectory::{Dataset, Writer, open};

use super::{meed, said};
use crate::exit::UsageError;

/// Episodes of each part of the data, where they are recorded: in Pendulum 8,000 steps, in CartPole some 900.
const EPISODES: &str = "40";
/// Of a task's own recordings every so manieth episode is hidden.
const HIDDEN: usize = 3;
/// Rows of whole episodes that are held at once.
const CHUNK: usize = 1 << 20;

/// Files of recorded steps.
pub(super) struct Recordings {
    pub(super) shown: Vec<PathBuf>,
    /// Empty where the task's own recordings have too few episodes to hide any.
    pub(super) hidden: Vec<PathBuf>,
}

impl Recordings {
    /// Divides the task's recordings, or records a random policy: once to show, once to hide. What an earlier process prepared in
    /// the design's folder is taken as it is.
    pub(super) fn prepare(task: &Task, out: &Path) -> Result<Recordings> {
        match &task.environment {
            Some(env) => record(env, out),
            None => divide(&task.trajectories, out),
        }
    }
}

fn record(env: &str, out: &Path) -> Result<Recordings> {
    let file = |name: &str, seed: &str| {
        let file = out.join(name);
        if !file.is_file() {
            let flags = ["record", "--env", env, "--episodes", EPISODES, "--seed", seed, "--out"];
            let done = meed(flags.iter().map(OsString::from).chain([file.clone().into()]))?;
            if !done.status.success() {
                return Err(anyhow!("recording {env}: {}", said(&done)));
            }
        }
        Ok(file)
    };
    Ok(Recordings { shown: vec![file("shown.parquet", "1")?], hidden: vec![file("hidden.parquet", "2")?] })
}

/// Divides recordings by their episodes, each file by itself, so that both parts have of every policy.
fn divide(files: &[PathBuf], out: &Path) -> Result<Recordings> {
    let mut recordings = Recordings { shown: Vec::new(), hidden: Vec::new() };
    for (index, file) in files.iter().enumerate() {
        let shown = out.join(format!("shown-{index}.parquet"));
        let hidden = out.join(format!("hidden-{index}.parquet"));
        // The shown part is written last: where it is, the hidden one is too, or there is none.
        if !shown.is_file() {
            split(file, &shown, &hidden)?;
        }
        if hidden.is_file() {
            recordings.hidden.push(hidden);
        } else {
            eprintln!("{} has fewer than {HIDDEN} episodes: none of them is hidden", file.display());
        }
        recordings.shown.push(shown);
    }
    Ok(recordings)
}

fn split(file: &Path, shown: &Path, hidden: &Path) -> Result<()> {
    let Dataset::Transitions(mut reader) = open(file)? else {
        return Err(UsageError(format!(
            "{}: a design is verified on steps, and these are samples of text",
            file.display()
        ))
        .into());
    };
    let (mut to_show, mut to_hide) = (Writer::create(shown, reader.schema().clone())?, None);
    let mut episode = 0;
    while let Some(table) = reader.next_episodes(CHUNK)? {
        for bounds in table.episode_offsets().windows(2) {
            let rows = table.copy_rows(bounds[0] as usize, bounds[1] as usize);
            if episode % HIDDEN == HIDDEN - 1 {
                if to_hide.is_none() {
                    to_hide = Some(Writer::create(hidden, reader.schema().clone())?);
                }
                if let Some(writer) = &mut to_hide {
                    writer.write(&rows)?;
                }
            } else {
                to_show.write(&rows)?;
            }
            episode += 1;
        }
    }
    if let Some(writer) = to_hide {
        writer.finish()?;
    }
    Ok(to_show.finish()?)
}
