//! Whole episodes with every column, kept beside the sample for the rules that ask about returns, policies and references.

use meed_core::{Description, Kind};
use meed_trajectory::Table;

use crate::draw::{Kept, append_rows, parts};
use crate::sample::{Sample, take_rows};

/// The longest episode that is kept; longer ones are left out.
const LONGEST: usize = 1 << 16;

/// Whole episodes of one or more files, chosen by chance where there are many.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// Their rows, with every column that all of them have.
    pub(crate) sample: Sample,
    /// Offsets of the episodes over the rows.
    pub(crate) offsets: Vec<u32>,
    /// The file of each episode, by its place among the files.
    pub(crate) files: Vec<usize>,
}

impl Recorded {
    /// Counts the episodes.
    pub(crate) fn episodes(&self) -> usize {
        self.files.len()
    }

    /// Gives the rows of an episode.
    pub(crate) fn rows(&self, episode: usize) -> std::ops::Range<usize> {
        self.offsets[episode] as usize..self.offsets[episode + 1] as usize
    }

    /// Gives the sum of the environment's rewards of each episode, where they are recorded.
    pub(crate) fn returns(&self) -> Option<Vec<f64>> {
        let rewards = &self.sample.table()?.reward;
        let sum = |episode| rewards[self.rows(episode)].iter().map(|reward| f64::from(*reward)).sum();
        (!rewards.is_empty()).then(|| (0..self.episodes()).map(sum).collect())
    }
}

/// Gathers whole episodes out of tables that may divide them.
pub(crate) struct Gather {
    kept: Kept<(usize, Table)>,
    /// The episode, or the siblings, that may go on in the next table.
    open: Table,
    /// The number of its first row in the data.
    number: u64,
    file: usize,
}

impl Gather {
    /// Begins to gather at most `most` rows.
    pub(crate) fn new(most: usize, seed: u64) -> Self {
        Gather { kept: Kept::new(most, seed ^ 0x7265_636f_7264), open: Table::default(), number: 0, file: 0 }
    }

    /// Takes in the next rows of a file, the first of which has this number in the data.
    pub(crate) fn feed(&mut self, table: &Table, first: u64, file: usize) {
        for range in parts(table.rows, &table.episode_offsets()) {
            let same = match self.open.group.last() {
                Some(group) => table.group.get(range.start) == Some(group),
                None => self.open.episode.last() == table.episode.get(range.start),
            };
            if file != self.file || !same {
                self.close();
                (self.number, self.file) = (first + range.start as u64, file);
            }
            if self.open.rows <= LONGEST {
                append_rows(&mut self.open, take_rows(table, std::iter::once(range)));
            }
        }
    }

    /// Offers the episode that has come to its end, or the siblings.
    fn close(&mut self) {
        let episode = std::mem::take(&mut self.open);
        if (1..=LONGEST).contains(&episode.rows) {
            self.kept.offer(episode.rows, self.number, || (self.file, episode));
        }
    }

    /// Gives what was gathered; `None` without an episode.
    pub(crate) fn finish(mut self, description: &Description) -> Option<Recorded> {
        self.close();
        let kept = self.kept.finish();
        let mut has = [true; 5];
        for part in &kept {
            for (has, there) in has.iter_mut().zip(columns(&part.held.1)) {
                *has &= there;
            }
        }
        let (mut table, mut offsets, mut groups, mut parts) = (Table::default(), vec![0], vec![0], vec![0]);
        let (mut files, mut numbers) = (Vec::new(), Vec::new());
        for part in kept {
            let (file, mut episode) = part.held;
            drop_columns(&mut episode, has);
            let before = table.rows as u32;
            let inner = (1..episode.rows).filter(|&row| episode.step.get(row) != episode.step.get(row - 1));
            groups.extend(inner.chain([episode.rows]).map(|row| before + row as u32));
            numbers.extend(part.number..part.number + episode.rows as u64);
            let ends = episode.episode_offsets().into_iter().skip(1).map(|end| before + end);
            files.extend(ends.clone().map(|_| file));
            offsets.extend(ends);
            append_rows(&mut table, episode);
            parts.push(table.rows as u32);
        }
        let sample = match description.kind {
            Kind::Episode if description.inputs.group => Sample::of_siblings(table, &parts, numbers),
            Kind::Episode => Sample::of_episodes(table, offsets.clone(), Vec::new(), numbers),
            _ if description.inputs.group => Sample::of_rows(table, groups, numbers),
            _ => Sample::of_rows(table, Vec::new(), numbers),
        };
        (!files.is_empty()).then_some(Recorded { sample, offsets, files })
    }
}

/// Tells which of the columns that a recording may lack are there.
fn columns(table: &Table) -> [bool; 5] {
    [&table.next_observation, &table.task, &table.reward]
        .map(|column| !column.is_empty())
        .into_iter()
        .chain([!table.agent.is_empty(), !table.step.is_empty()])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or([false; 5])
}

fn drop_columns(table: &mut Table, has: [bool; 5]) {
    let [next, task, reward, agent, step] = has;
    for (column, has) in [(&mut table.next_observation, next), (&mut table.task, task), (&mut table.reward, reward)] {
        if !has {
            column.clear();
        }
    }
    for (column, has) in [(&mut table.agent, agent), (&mut table.step, step)] {
        if !has {
            column.clear();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture;

    fn rewarded(rows: usize) -> Table {
        Table { reward: vec![0.5; rows], ..fixture::table(rows) }
    }

    #[test]
    fn an_episode_that_two_tables_divide_is_one() {
        let whole = rewarded(100);
        let mut gather = Gather::new(1000, 0);
        let cut = |from: usize, to: usize| take_rows(&whole, std::iter::once(from..to));
        gather.feed(&cut(0, 30), 0, 0);
        gather.feed(&cut(30, 100), 30, 0);
        let recorded = gather.finish(&fixture::good().description).unwrap();
        assert_eq!((recorded.offsets.as_slice(), recorded.files.len()), (&[0, 20, 40, 60, 80, 100][..], 5));
        assert_eq!(recorded.returns().unwrap(), [10.0; 5]);
    }

    #[test]
    fn siblings_are_kept_together() {
        let mut gather = Gather::new(1000, 0);
        let table = Table { group: (0..120).map(|row| row / 60).collect(), ..rewarded(120) };
        gather.feed(&table, 0, 0);
        let mut description = fixture::described(Kind::Episode, &["f"]);
        description.inputs.group = true;
        let recorded = gather.finish(&description).unwrap();
        assert_eq!((recorded.episodes(), recorded.sample.parts()), (6, 2));
        assert_eq!(recorded.returns().unwrap(), [10.0; 6]);
    }

    #[test]
    fn no_more_rows_than_asked_for_are_kept_and_a_column_that_one_file_lacks_is_dropped() {
        let mut gather = Gather::new(100, 0);
        gather.feed(&rewarded(1000), 0, 0);
        gather.feed(&fixture::table(1000), 1000, 1);
        let recorded = gather.finish(&fixture::good().description).unwrap();
        assert_eq!((recorded.episodes(), recorded.sample.rows()), (5, 100));
        assert!(recorded.files.contains(&0) && recorded.files.contains(&1), "{:?}", recorded.files);
        assert_eq!(recorded.returns(), None);
        assert!(Gather::new(10, 0).finish(&fixture::good().description).is_none());
    }
}
