//! Reads data of any length and keeps a bounded sample of it.
//!
//! Every part (a row, a group, an episode) gets a random key; the parts with the smallest keys are kept, as many as have room.
//! Each part is thus as likely to be kept as any other, one pass suffices, and what is kept stays in order.

use std::collections::BinaryHeap;

use meed_core::{Description, Kind};
use meed_trajectory::{Dataset, Reader, SampleReader, SampleTable, Table};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::report::DataReport;
use crate::sample::{Sample, append_texts, take_rows, take_texts};
use crate::{Settings, VerifyError};

/// Rows that one episode or one group may have: a bound on what a malformed file can make the reader hold.
const TOGETHER: usize = 1 << 16;

/// Rows of the first episode that are kept for its picture.
const EPISODE: usize = 2000;

/// What was kept.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) sample: Sample,
    /// The first episode, or its first rows.
    pub(crate) episode: Option<Sample>,
    pub(crate) data: DataReport,
}

/// Reads all data and keeps a sample of it.
pub(crate) fn draw(data: Dataset, description: &Description, settings: &Settings) -> Result<Drawn, VerifyError> {
    data.check_against(description)?;
    let file = Some(data.file().display().to_string());
    let mut drawn = match data {
        Dataset::Transitions(reader) if description.kind == Kind::Episode => draw_episodes(reader, settings)?,
        Dataset::Transitions(reader) => draw_rows(reader, description, settings)?,
        Dataset::Samples(reader) => draw_texts(reader, description, settings)?,
    };
    drawn.data =
        DataReport { file, used: drawn.sample.rows() as u64, parts: drawn.sample.parts() as u64, ..drawn.data };
    drawn.sample.with_batch(description, |batch| batch.check(description))?;
    Ok(drawn)
}

fn draw_rows(mut reader: Reader, description: &Description, settings: &Settings) -> Result<Drawn, VerifyError> {
    let mut kept = Kept::new(settings);
    let (mut first, mut first_done) = (Table::default(), false);
    let (mut rows, mut episodes, mut last) = (0, 0, None);
    while let Some(table) = reader.next_rows(TOGETHER)? {
        episodes += count_changes(&table.episode, &mut last);
        if !first_done {
            let same = table
                .episode
                .iter()
                .take_while(|episode| first.episode.first().or(table.episode.first()) == Some(episode));
            let (same, room) = (same.count(), EPISODE - first.rows);
            first_done = same < table.rows || same >= room;
            let part = take_rows(&table, std::iter::once(0..same.min(room)));
            if first.rows == 0 { first = part } else { first.append(&part) }
        }
        let groups = if description.inputs.group { table.group_offsets.as_slice() } else { &[] };
        for range in parts(table.rows, groups) {
            kept.offer(range.len(), rows + range.start as u64, || take_rows(&table, std::iter::once(range)));
        }
        rows += table.rows as u64;
    }
    let (mut joined, mut offsets, mut numbers) = (Table::default(), vec![0], Vec::new());
    for (number, part) in kept.finish() {
        numbers.extend(number..number + part.rows as u64);
        if joined.rows == 0 {
            joined = part
        } else {
            joined.append(&part)
        }
        offsets.push(joined.rows as u32);
    }
    // A group that the end of the picture cuts through is left out of it by leaving out all groups.
    let episode = (!description.inputs.group && first.rows > 1).then(|| {
        let numbers = (0..first.rows as u64).collect();
        Sample::of_rows(first, Vec::new(), numbers)
    });
    let data = DataReport { rows, episodes: Some(episodes), ..DataReport::default() };
    Ok(Drawn { sample: Sample::of_rows(joined, offsets, numbers), episode, data })
}

fn draw_episodes(mut reader: Reader, settings: &Settings) -> Result<Drawn, VerifyError> {
    let mut kept = Kept::new(settings);
    let mut first = None;
    let (mut rows, mut episodes) = (0, 0);
    while let Some(table) = reader.next_episodes(TOGETHER)? {
        let offsets = table.episode_offsets();
        episodes += offsets.len() as u64 - 1;
        for range in parts(table.rows, &offsets) {
            if first.is_none() {
                first = Some(take_rows(&table, std::iter::once(range.clone())));
            }
            kept.offer(range.len(), rows + range.start as u64, || take_rows(&table, std::iter::once(range)));
        }
        rows += table.rows as u64;
    }
    let (mut joined, mut offsets, mut numbers) = (Table::default(), vec![0], Vec::new());
    for (number, part) in kept.finish() {
        numbers.extend(number..number + part.rows as u64);
        if joined.rows == 0 {
            joined = part
        } else {
            joined.append(&part)
        }
        offsets.push(joined.rows as u32);
    }
    let episode = first.filter(|first| first.rows > 1).map(|first| {
        let rows = first.rows;
        Sample::of_episodes(first, vec![0, rows as u32], Vec::new(), (0..rows as u64).collect())
    });
    let data = DataReport { rows, episodes: Some(episodes), ..DataReport::default() };
    Ok(Drawn { sample: Sample::of_episodes(joined, offsets, Vec::new(), numbers), episode, data })
}

fn draw_texts(mut reader: SampleReader, description: &Description, settings: &Settings) -> Result<Drawn, VerifyError> {
    let mut kept = Kept::new(settings);
    let mut rows = 0;
    while let Some(table) = reader.next_samples(settings.call_rows)? {
        let groups = if description.inputs.group { table.group_offsets.as_slice() } else { &[] };
        for range in parts(table.rows, groups) {
            kept.offer(range.len(), rows + range.start as u64, || take_texts(&table, std::iter::once(range)));
        }
        rows += table.rows as u64;
    }
    let (mut joined, mut offsets, mut numbers) = (SampleTable::default(), vec![0], Vec::new());
    for (number, part) in kept.finish() {
        numbers.extend(number..number + part.rows as u64);
        if joined.rows == 0 {
            joined = part
        } else {
            append_texts(&mut joined, part)
        }
        offsets.push(joined.rows as u32);
    }
    let data = DataReport { rows, ..DataReport::default() };
    Ok(Drawn { sample: Sample::of_texts(joined, offsets, numbers), episode: None, data })
}

/// Lists the ranges of the parts; without offsets each thing is one.
fn parts(count: usize, offsets: &[u32]) -> Vec<std::ops::Range<usize>> {
    match offsets.is_empty() {
        true => (0..count).map(|index| index..index + 1).collect(),
        false => offsets.windows(2).map(|pair| pair[0] as usize..pair[1] as usize).collect(),
    }
}

fn count_changes(episodes: &[u32], last: &mut Option<u32>) -> u64 {
    let mut changes = 0;
    for episode in episodes {
        if last.replace(*episode) != Some(*episode) {
            changes += 1;
        }
    }
    changes
}

/// The parts with the smallest keys so far.
struct Kept<T> {
    heap: BinaryHeap<Part<T>>,
    rows: usize,
    most: usize,
    chance: ChaCha8Rng,
}

struct Part<T> {
    key: u64,
    /// The number of its first row in the data.
    number: u64,
    rows: usize,
    held: T,
}

impl<T> Kept<T> {
    fn new(settings: &Settings) -> Self {
        let chance = ChaCha8Rng::seed_from_u64(settings.seed);
        Kept { heap: BinaryHeap::new(), rows: 0, most: settings.rows.max(1), chance }
    }

    fn offer(&mut self, rows: usize, number: u64, copy: impl FnOnce() -> T) {
        let key = self.chance.next_u64();
        let full = self.rows + rows > self.most;
        if full && self.heap.peek().is_some_and(|largest| largest.key <= key) {
            return;
        }
        self.rows += rows;
        self.heap.push(Part { key, number, rows, held: copy() });
        while self.rows > self.most && self.heap.len() > 1 {
            if let Some(largest) = self.heap.pop() {
                self.rows -= largest.rows;
            }
        }
    }

    /// Gives what was kept, in the data's order.
    fn finish(self) -> Vec<(u64, T)> {
        let mut parts = self.heap.into_vec();
        parts.sort_by_key(|part| part.number);
        parts.into_iter().map(|part| (part.number, part.held)).collect()
    }
}

impl<T> PartialEq for Part<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Part<T> {}

impl<T> PartialOrd for Part<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Part<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.key, self.number).cmp(&(other.key, other.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(count: usize, most: usize, seed: u64) -> Vec<u64> {
        let settings = Settings { rows: most, seed, ..Settings::default() };
        let mut kept = Kept::new(&settings);
        (0..count as u64).for_each(|number| kept.offer(1, number, || ()));
        kept.finish().into_iter().map(|(number, ())| number).collect()
    }

    #[test]
    fn what_fits_is_kept_whole_and_the_rest_is_drawn_evenly_in_order() {
        assert_eq!(kept(100, 100, 0), (0..100).collect::<Vec<_>>());
        let drawn = kept(10_000, 1000, 0);
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.is_sorted());
        let early = drawn.iter().filter(|number| **number < 5000).count();
        assert!((430..570).contains(&early), "{early}");
        assert_eq!(drawn, kept(10_000, 1000, 0));
        assert_ne!(drawn, kept(10_000, 1000, 1));
    }

    #[test]
    fn large_parts_keep_within_the_bound_and_one_is_always_kept() {
        let settings = Settings { rows: 100, ..Settings::default() };
        let mut kept = Kept::new(&settings);
        (0..50).for_each(|number| kept.offer(30, number, || ()));
        assert_eq!(kept.finish().len(), 3);
        let mut kept = Kept::new(&settings);
        kept.offer(300, 0, || ());
        assert_eq!(kept.finish().len(), 1);
    }
}
