//! What is written of every update: a line of `metrics.csv`, and the same for TensorBoard and as Parquet.
//!
//! The CSV file is what counts; the others are pictures of it. All three end, when a run goes on, where its checkpoint was taken.

use std::io::{self, Write};

use cap_std::fs::{Dir, File};

use super::atomic::replace;
use super::columns::parquet;
use super::events::Events;
use crate::Metrics;

pub(super) const METRICS: &str = "metrics.csv";
pub(super) const PARQUET: &str = "metrics.parquet";

/// The open files of a run's metrics.
pub(super) struct Journal {
    lines: File,
    /// Whether there is nothing yet, not even a header.
    empty: bool,
    events: Events,
}

impl Journal {
    /// Begins with nothing.
    pub(super) fn begin(dir: &Dir) -> io::Result<Self> {
        Ok(Journal { lines: dir.create(METRICS)?, empty: true, events: Events::begin(dir, 0.0, &[])? })
    }

    /// Goes on after so many steps, without the updates after them; gives the seconds that training had taken.
    pub(super) fn go_on(dir: &Dir, steps: u64) -> io::Result<(Self, f64)> {
        let text = dir.read_to_string(METRICS)?;
        let parsed = parse(&text).map_err(|reason| io::Error::new(io::ErrorKind::InvalidData, reason))?;
        let kept: Vec<Metrics> = parsed.into_iter().take_while(|metrics| metrics.step <= steps).collect();
        // The header and the rows' lines, as they are; nothing where there is no row, because the header is then written with the
        // first one.
        let lines = if kept.is_empty() { 0 } else { kept.len() + 1 };
        let text: String = text.split_inclusive('\n').take(lines).collect();
        replace(dir, METRICS, text.as_bytes())?;
        let seconds = kept.last().map_or(0.0, |last| last.seconds);
        let events = Events::begin(dir, seconds, &kept)?;
        let lines = dir.open_with(METRICS, File::options().append(true))?;
        let journal = Journal { lines, empty: kept.is_empty(), events };
        if kept.is_empty() && dir.exists(PARQUET) {
            dir.remove_file(PARQUET)?;
        }
        journal.write_parquet(dir)?;
        Ok((journal, seconds))
    }

    /// Adds an update.
    pub(super) fn add(&mut self, metrics: &Metrics) -> io::Result<()> {
        let line = metrics.line(self.empty).map_err(io::Error::from)?;
        self.lines.write_all(line.as_bytes())?;
        self.empty = false;
        self.events.append(metrics)
    }

    /// Writes the updates so far as Parquet, whole: the format has no way to add to a file.
    pub(super) fn write_parquet(&self, dir: &Dir) -> io::Result<()> {
        match parquet(&dir.read_to_string(METRICS)?).map_err(io::Error::other)? {
            Some(bytes) => replace(dir, PARQUET, &bytes),
            None => Ok(()),
        }
    }
}

/// Reads the metrics, without a last line that has no end.
pub(super) fn parse(text: &str) -> Result<Vec<Metrics>, String> {
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    Metrics::parse(whole).map_err(|error| format!("{METRICS}: {error}"))
}
