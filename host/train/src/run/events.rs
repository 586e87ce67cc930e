//! The metrics as TensorBoard reads them: an event file.
//!
//! It is a run of records, each a length, the masked CRC-32C of the length, a protocol-buffer `Event`, and its masked CRC-32C. Only
//! what scalars need is written here; `fixtures/record_events.py` recorded what TensorBoard's own package makes of the same numbers.
//!
//! A run has one event file. It is the picture of `metrics.csv` and begins anew, under a later name, when the run goes on: its first
//! record tells a TensorBoard that has the earlier file open to forget what it has seen.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use cap_std::fs::{Dir, File};

use super::atomic::replace;
use super::metrics::FACTOR;
use crate::Metrics;

/// What TensorBoard knows an event file by, and what ends ours.
const PREFIX: &str = "events.out.tfevents.";
const SUFFIX: &str = ".meed";

/// An event file that is being written.
pub(crate) struct Events {
    file: File,
    /// Seconds since 1970 at which the run would have begun, had it never been broken off.
    begun: f64,
}

impl Events {
    /// Begins an event file with the updates there have been, in place of those in the directory. `before` is the seconds that
    /// they took.
    pub(crate) fn begin(dir: &Dir, before: f64, history: &[Metrics]) -> io::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let begun = now - before;
        let old = event_files(dir)?;
        let latest = old.iter().filter_map(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()).max();
        let number = latest.map_or(now as u64, |latest: u64| latest.saturating_add(1).max(now as u64));
        let name = format!("{PREFIX}{number:010}{SUFFIX}");
        let mut bytes = Vec::new();
        head(now).iter().for_each(|event| record(&mut bytes, event));
        for metrics in history {
            record(&mut bytes, &event(begun, metrics)?);
        }
        replace(dir, &name, &bytes)?;
        old.iter().try_for_each(|old| dir.remove_file(old))?;
        let file = dir.open_with(&name, File::options().append(true))?;
        Ok(Events { file, begun })
    }

    /// Adds an update, as one record.
    pub(crate) fn append(&mut self, metrics: &Metrics) -> io::Result<()> {
        let mut bytes = Vec::new();
        record(&mut bytes, &event(self.begun, metrics)?);
        self.file.write_all(&bytes)
    }
}

/// Names the event files of a directory.
fn event_files(dir: &Dir) -> io::Result<Vec<String>> {
    let names = dir.entries()?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names = names.collect::<io::Result<Vec<_>>>()?;
    Ok(names.into_iter().filter(|name| name.starts_with(PREFIX)).collect())
}

/// Frames an event.
fn record(out: &mut Vec<u8>, event: &[u8]) {
    let length = (event.len() as u64).to_le_bytes();
    for part in [&length[..], event] {
        out.extend_from_slice(part);
        out.extend_from_slice(&masked(crc32c::crc32c(part)).to_le_bytes());
    }
}

/// Turns a checksum into one that may itself be summed, as TensorFlow does.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

// The fields' keys: their number times 8, and how they are encoded (0 a varint, 1 eight bytes, 2 a length and bytes, 5 four bytes).
const WALL_TIME: u8 = 8 + 1;
const STEP: u8 = 2 * 8;
const FILE_VERSION: u8 = 3 * 8 + 2;
const SUMMARY: u8 = 5 * 8 + 2;
const SESSION_LOG: u8 = 7 * 8 + 2;
const VALUE: u8 = 8 + 2;
const TAG: u8 = 8 + 2;
const SIMPLE_VALUE: u8 = 2 * 8 + 5;
const STATUS: u8 = 8;
const START: u8 = 1;

/// Says which layout this is, and that what was seen of the run so far is to be forgotten.
fn head(now: f64) -> [Vec<u8>; 2] {
    let mut events = [vec![WALL_TIME], vec![WALL_TIME]];
    events.iter_mut().for_each(|event| event.extend_from_slice(&now.to_le_bytes()));
    bytes(&mut events[0], FILE_VERSION, b"brain.Event:2");
    bytes(&mut events[1], SESSION_LOG, &[STATUS, START]);
    events
}

/// Makes the event of an update: every number that it has, under `train/` or, for the factors, `factor/`.
fn event(begun: f64, metrics: &Metrics) -> io::Result<Vec<u8>> {
    let mut event = vec![WALL_TIME];
    event.extend_from_slice(&(begun + metrics.seconds).to_le_bytes());
    event.push(STEP);
    varint(&mut event, metrics.step);
    let mut summary = Vec::new();
    for (name, number) in metrics.numbers().map_err(io::Error::from)? {
        let tag = match name.strip_prefix(FACTOR) {
            Some(factor) => format!("factor/{factor}"),
            None if name == "step" => continue,
            None => format!("train/{name}"),
        };
        let mut value = Vec::new();
        bytes(&mut value, TAG, tag.as_bytes());
        value.push(SIMPLE_VALUE);
        value.extend_from_slice(&(number as f32).to_le_bytes());
        bytes(&mut summary, VALUE, &value);
    }
    bytes(&mut event, SUMMARY, &summary);
    Ok(event)
}

fn bytes(out: &mut Vec<u8>, key: u8, content: &[u8]) {
    out.push(key);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    fn row(step: u64) -> Metrics {
        let factors = vec![("upright".to_owned(), Some(-0.5)), ("größe".to_owned(), None)];
        let mean_return = (step > 256).then_some(1.0 / 3.0);
        Metrics { step, episodes: 3, mean_return, seconds: step as f64 / 1024.0, factors, ..Metrics::default() }
    }

    #[test]
    fn the_bytes_are_those_of_tensorboards_own_writer() {
        let mut bytes = Vec::new();
        head(1.7e9).iter().for_each(|event| record(&mut bytes, event));
        for step in [256, 512, 1 << 40] {
            record(&mut bytes, &event(1.7e9, &row(step)).unwrap());
        }
        assert!(bytes == include_bytes!("../../fixtures/events.tfevents"));
    }

    #[test]
    fn a_file_that_begins_anew_holds_what_was_kept_and_takes_the_earlier_ones_place() {
        let folder = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        let only = || {
            let [name] = &event_files(&dir).unwrap()[..] else { panic!("not one event file") };
            (name.clone(), dir.metadata(name).unwrap().len())
        };
        let mut first = Events::begin(&dir, 0.0, &[]).unwrap();
        [row(256), row(512), row(768)].iter().for_each(|row| first.append(row).unwrap());
        let (earlier, whole) = only();
        let mut second = Events::begin(&dir, 0.5, &[row(256), row(512)]).unwrap();
        let (later, length) = only();
        assert!(later > earlier && length < whole);
        second.append(&row(768)).unwrap();
        assert_eq!(only().1, whole);
    }
}
