//! Reads data of any length and keeps a bounded sample of it.
//!
//! Every part (a row, a group, an episode) gets a random key; the parts with the smallest keys are kept, as many as have room.
//! Each part is thus as likely to be kept as any other, one pass suffices, and what is kept stays in order.

use std::collections::BinaryHeap;

use meed_core::{Description, Kind};
use meed_trajectory::{Dataset, Reader, SampleReader, SampleTable, Table};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::recorded::{Gather, Recorded};
use crate::report::{DataReport, FileReport};
use crate::sample::{Sample, append_texts, take_rows, take_texts};
use crate::{Progress, Settings, VerifyError, Watch};

/// Rows that one episode or one group may have: a bound on what a malformed file can make the reader hold.
const TOGETHER: usize = 1 << 16;

/// Rows of the first episode that are kept for its picture. An episode reward gets it whole, cut there.
const EPISODE: usize = 2000;

/// What was kept.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) sample: Sample,
    /// The first episode, or its first rows.
    pub(crate) episode: Option<Sample>,
    /// Whole episodes with every column; `None` for texts.
    pub(crate) recorded: Option<Recorded>,
    pub(crate) data: DataReport,
}

/// Reads all data and keeps a sample of it. Rows are numbered from 0 through all files in their order.
pub(crate) fn draw(
    data: impl IntoIterator<Item = Dataset>,
    description: &Description,
    settings: &Settings,
    watch: &Watch<'_>,
) -> Result<Drawn, VerifyError> {
    let mut report = DataReport::default();
    let mut rows = Kept::new(settings.rows, settings.seed);
    let mut texts = Kept::new(settings.rows, settings.seed);
    let mut gather = Gather::new(settings.episode_rows, settings.seed);
    let mut episode = Table::default();
    for dataset in data {
        dataset.check_against(description)?;
        let mut file = FileReport { file: dataset.file().display().to_string(), ..FileReport::default() };
        match dataset {
            Dataset::Transitions(reader) => {
                // The picture shows the first episode of the first file.
                let picture = report.files.is_empty().then_some(&mut episode);
                file.policy = reader.schema().policy.clone();
                let mut keep = |table: &Table, number| {
                    gather.feed(table, number, report.files.len());
                    watch(Progress::Rows(number + table.rows as u64));
                };
                read_rows(reader, description, report.rows, &mut rows, &mut keep, picture, &mut file)?;
            }
            Dataset::Samples(reader) => read_texts(reader, description, settings, report.rows, &mut texts, &mut file)?,
        }
        report.rows += file.rows;
        watch(Progress::Rows(report.rows));
        report.files.push(file);
    }
    let sample = match description.kind {
        Kind::Text => {
            let (table, offsets, numbers) = join(texts, append_texts);
            Sample::of_texts(table, offsets, numbers)
        }
        Kind::Episode => {
            let (table, offsets, numbers) = join(rows, append_rows);
            Sample::of_siblings(table, &offsets, numbers)
        }
        Kind::Transition | Kind::Stateful => {
            let (table, offsets, numbers) = join(rows, append_rows);
            Sample::of_rows(table, offsets, numbers)
        }
    };
    report.used = sample.rows() as u64;
    report.parts = sample.parts() as u64;
    sample.with_batch(description, |batch| batch.check(description))?;
    let recorded = gather.finish(description);
    Ok(Drawn { sample, episode: picture(episode, description), recorded, data: report })
}

/// Reads a file of rows: single ones, groups, or whole episodes, as the reward takes them.
fn read_rows(
    mut reader: Reader,
    description: &Description,
    before: u64,
    kept: &mut Kept<Table>,
    whole_episodes: &mut dyn FnMut(&Table, u64),
    mut picture: Option<&mut Table>,
    file: &mut FileReport,
) -> Result<(), VerifyError> {
    let whole = description.kind == Kind::Episode;
    let (mut episodes, mut last) = (0, None);
    while let Some(table) = if whole { reader.next_episodes(TOGETHER)? } else { reader.next_rows(TOGETHER)? } {
        whole_episodes(&table, before + file.rows);
        let table = only_read(table, description);
        picture.take_if(|held| !grow(held, &table));
        for episode in &table.episode {
            episodes += u64::from(last.replace(*episode) != Some(*episode));
        }
        let offsets = match description.kind {
            Kind::Episode => episode_parts(&table),
            _ if description.inputs.group => table.group_offsets.clone(),
            _ => Vec::new(),
        };
        for range in parts(table.rows, &offsets) {
            let number = before + file.rows + range.start as u64;
            kept.offer(range.len(), number, || take_rows(&table, std::iter::once(range)));
        }
        file.rows += table.rows as u64;
    }
    file.episodes = Some(episodes);
    Ok(())
}

fn read_texts(
    mut reader: SampleReader,
    description: &Description,
    settings: &Settings,
    before: u64,
    kept: &mut Kept<SampleTable>,
    file: &mut FileReport,
) -> Result<(), VerifyError> {
    while let Some(table) = reader.next_samples(settings.call_rows)? {
        let groups = if description.inputs.group { table.group_offsets.as_slice() } else { &[] };
        for range in parts(table.rows, groups) {
            let number = before + file.rows + range.start as u64;
            kept.offer(range.len(), number, || take_texts(&table, std::iter::once(range)));
        }
        file.rows += table.rows as u64;
    }
    Ok(())
}

/// Drops the columns that the reward does not read, so that files which differ in them can be joined.
fn only_read(mut table: Table, description: &Description) -> Table {
    fn keep<T>(read: bool, values: &mut Vec<T>) {
        if !read {
            values.clear();
        }
    }
    keep(description.reads_observation(), &mut table.observation);
    keep(description.reads_action(), &mut table.action);
    keep(description.reads_next_observation(), &mut table.next_observation);
    keep(description.reads_task(), &mut table.task);
    keep(description.inputs.reward, &mut table.reward);
    keep(description.inputs.agent, &mut table.agent);
    keep(description.kind == Kind::Episode && description.inputs.group, &mut table.group);
    table
}

/// Adds to the first episode what a table holds of it, and tells whether more may follow.
fn grow(held: &mut Table, table: &Table) -> bool {
    let first = held.episode.first().or(table.episode.first()).copied();
    let same = table.episode.iter().take_while(|episode| Some(**episode) == first).count();
    let room = EPISODE.saturating_sub(held.rows);
    append_rows(held, take_rows(table, std::iter::once(0..same.min(room))));
    same == table.rows && same < room
}

/// Makes a sample of the first episode, unless its rows are of several agents or it is of one row.
fn picture(table: Table, description: &Description) -> Option<Sample> {
    let rows = table.rows;
    let numbers = (0..rows as u64).collect();
    match description.kind {
        _ if rows < 2 || description.inputs.group => None,
        Kind::Text => None,
        Kind::Episode => Some(Sample::of_episodes(table, vec![0, rows as u32], Vec::new(), numbers)),
        Kind::Transition | Kind::Stateful => Some(Sample::of_rows(table, Vec::new(), numbers)),
    }
}

/// Puts what was kept together again, with the offsets of the parts and the numbers of the rows.
fn join<T: Default>(kept: Kept<T>, append: fn(&mut T, T)) -> (T, Vec<u32>, Vec<u64>) {
    let (mut joined, mut offsets, mut numbers) = (T::default(), vec![0], Vec::new());
    for part in kept.finish() {
        numbers.extend(part.number..part.number + part.rows as u64);
        append(&mut joined, part.held);
        offsets.push(numbers.len() as u32);
    }
    (joined, offsets, numbers)
}

pub(crate) fn append_rows(table: &mut Table, more: Table) {
    if table.rows == 0 { *table = more } else { table.append(&more) }
}

/// Gives the offsets of what belongs together over the rows of whole episodes: siblings, or episodes on their own.
pub(crate) fn episode_parts(table: &Table) -> Vec<u32> {
    let (episodes, siblings) = (table.episode_offsets(), table.sibling_offsets());
    match siblings.is_empty() {
        true => episodes,
        false => siblings.into_iter().filter_map(|sibling| episodes.get(sibling as usize).copied()).collect(),
    }
}

/// Lists the ranges of the parts; without offsets each thing is one.
pub(crate) fn parts(count: usize, offsets: &[u32]) -> Vec<std::ops::Range<usize>> {
    match offsets.is_empty() {
        true => (0..count).map(|index| index..index + 1).collect(),
        false => offsets.windows(2).map(|pair| pair[0] as usize..pair[1] as usize).collect(),
    }
}

/// The parts with the smallest keys so far.
pub(crate) struct Kept<T> {
    heap: BinaryHeap<Part<T>>,
    rows: usize,
    most: usize,
    chance: ChaCha8Rng,
}

pub(crate) struct Part<T> {
    key: u64,
    /// The number of its first row in the data.
    pub(crate) number: u64,
    rows: usize,
    pub(crate) held: T,
}

impl<T> Kept<T> {
    /// Begins to keep at most `most` rows.
    pub(crate) fn new(most: usize, seed: u64) -> Self {
        Kept { heap: BinaryHeap::new(), rows: 0, most: most.max(1), chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Offers a part, which is copied only if it is kept.
    pub(crate) fn offer(&mut self, rows: usize, number: u64, copy: impl FnOnce() -> T) {
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
    pub(crate) fn finish(self) -> Vec<Part<T>> {
        let mut parts = self.heap.into_vec();
        parts.sort_by_key(|part| part.number);
        parts
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
        let mut kept = Kept::new(most, seed);
        (0..count as u64).for_each(|number| kept.offer(1, number, || ()));
        kept.finish().into_iter().map(|part| part.number).collect()
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
        let mut kept = Kept::new(100, 0);
        (0..50).for_each(|number| kept.offer(30, number, || ()));
        assert_eq!(kept.finish().len(), 3);
        let mut kept = Kept::new(100, 0);
        kept.offer(300, 0, || ());
        assert_eq!(kept.finish().len(), 1);
    }
}
