//! Rows in memory, divided into the parts that no call may split.

mod difference;
mod rows;

use std::ops::Range;

use meed_core::{Batch, Description, Episodes, Granularity, Samples, Transitions, part_range};
use meed_trajectory::{SampleTable, Table};
use rand::Rng;
use rand::seq::SliceRandom;

pub(crate) use difference::{Difference, difference};
pub(crate) use rows::{append_texts, take_rows, take_texts};

use crate::inputs::Place;

/// Rows, episodes or texts. A part is what must stay within one call: a row, the agents of one time step, an episode, the
/// siblings of one task, a text, or the completions of one prompt, as the reward's kind and inputs say.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    data: Data,
    /// Offsets of the parts over the units: rows, episodes or texts.
    parts: Vec<u32>,
    /// The number of each row in the data it was taken from.
    numbers: Vec<u64>,
}

#[derive(Clone, Debug)]
enum Data {
    Rows(Table),
    Episodes { table: Table, offsets: Vec<u32> },
    Texts(SampleTable),
}

impl Sample {
    /// Takes rows. `groups` are the offsets of the groups that the reward asks for; empty, each row is a part.
    pub(crate) fn of_rows(table: Table, groups: Vec<u32>, numbers: Vec<u64>) -> Self {
        let parts = if groups.is_empty() { each(table.rows) } else { groups };
        Sample { data: Data::Rows(table), parts, numbers }
    }

    /// Takes whole episodes in parts, whose offsets over the rows are given: siblings, or episodes on their own.
    pub(crate) fn of_siblings(table: Table, parts: &[u32], numbers: Vec<u64>) -> Self {
        let changes = |row: u32| table.episode.get(row as usize) != table.episode.get(row as usize - 1);
        let (mut offsets, mut siblings) = (vec![0], vec![0]);
        for part in parts.windows(2) {
            offsets.extend((part[0] + 1..part[1]).filter(|&row| changes(row)).chain([part[1]]));
            siblings.push(offsets.len() as u32 - 1);
        }
        Sample::of_episodes(table, offsets, siblings, numbers)
    }

    /// Takes whole episodes. `siblings` are the offsets over the episodes that the reward asks for.
    pub(crate) fn of_episodes(table: Table, offsets: Vec<u32>, siblings: Vec<u32>, numbers: Vec<u64>) -> Self {
        let parts = if siblings.is_empty() { each(offsets.len().saturating_sub(1)) } else { siblings };
        Sample { data: Data::Episodes { table, offsets }, parts, numbers }
    }

    /// Takes texts. `groups` are the offsets of the groups that the reward asks for.
    pub(crate) fn of_texts(texts: SampleTable, groups: Vec<u32>, numbers: Vec<u64>) -> Self {
        let parts = if groups.is_empty() { each(texts.rows) } else { groups };
        Sample { data: Data::Texts(texts), parts, numbers }
    }

    /// Counts the parts.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len().saturating_sub(1)
    }

    /// Counts the rows or texts.
    pub(crate) fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// Gives the rows of a part.
    pub(crate) fn part_rows(&self, part: usize) -> Range<usize> {
        let units = part_range(&self.parts, part);
        match &self.data {
            Data::Episodes { offsets, .. } => offsets[units.start] as usize..offsets[units.end] as usize,
            _ => units,
        }
    }

    /// Gives the rows of the answer that belong to a part.
    pub(crate) fn part_scores(&self, description: &Description, part: usize) -> Range<usize> {
        match description.granularity {
            Granularity::Episode => part_range(&self.parts, part),
            Granularity::Row => self.part_rows(part),
        }
    }

    /// Gives the number, in the data, of the first row that a row of the answer belongs to.
    pub(crate) fn number(&self, description: &Description, scored: usize) -> u64 {
        self.numbers.get(self.row_of(description, scored)).copied().unwrap_or(0)
    }

    /// Gives the number of a row in the data.
    pub(crate) fn number_of_row(&self, row: usize) -> u64 {
        self.numbers.get(row).copied().unwrap_or(0)
    }

    /// Gives the first row that a row of the answer belongs to.
    pub(crate) fn row_of(&self, description: &Description, scored: usize) -> usize {
        match (&self.data, description.granularity) {
            (Data::Episodes { offsets, .. }, Granularity::Episode) => {
                offsets.get(scored).map_or(0, |row| *row as usize)
            }
            _ => scored,
        }
    }

    /// Copies parts, in the order given; a part may come several times.
    pub(crate) fn take(&self, parts: &[usize]) -> Sample {
        let mut numbers = Vec::new();
        for &part in parts {
            numbers.extend_from_slice(&self.numbers[self.part_rows(part)]);
        }
        let rows = parts.iter().map(|&part| self.part_rows(part));
        let data = match &self.data {
            Data::Rows(table) => Data::Rows(take_rows(table, rows)),
            Data::Episodes { table, offsets } => {
                let mut taken = vec![0];
                for &part in parts {
                    for episode in part_range(&self.parts, part) {
                        let last = taken.last().copied().unwrap_or(0);
                        taken.push(last + offsets[episode + 1] - offsets[episode]);
                    }
                }
                Data::Episodes { table: take_rows(table, rows), offsets: taken }
            }
            Data::Texts(texts) => Data::Texts(take_texts(texts, rows)),
        };
        let mut divided = vec![0];
        for &part in parts {
            let last = divided.last().copied().unwrap_or(0);
            divided.push(last + part_range(&self.parts, part).len() as u32);
        }
        Sample { data, parts: divided, numbers }
    }

    /// Divides the parts into runs of at most `rows` rows each; a larger part is a run of its own.
    pub(crate) fn runs(&self, rows: usize) -> Vec<Range<usize>> {
        let (mut runs, mut start, mut held) = (Vec::new(), 0, 0);
        for part in 0..self.parts() {
            let more = self.part_rows(part).len();
            if held + more > rows && part > start {
                runs.push(start..part);
                (start, held) = (part, 0);
            }
            held += more;
        }
        if start < self.parts() {
            runs.push(start..self.parts());
        }
        runs
    }

    /// Lends the sample as a batch that holds what the description asks for and nothing else.
    pub(crate) fn with_batch<R>(&self, description: &Description, act: impl FnOnce(Batch<'_>) -> R) -> R {
        let groups: &[u32] = if description.inputs.group { &self.parts } else { &[] };
        match &self.data {
            Data::Rows(table) => act(Batch::Transitions(&read(table, description, groups))),
            Data::Episodes { table, offsets } => act(Batch::Episodes(&Episodes {
                steps: read(table, description, &[]),
                episode_offsets: offsets,
                group_offsets: groups,
            })),
            Data::Texts(texts) => with_samples(texts, description, groups, |samples| act(Batch::Samples(&samples))),
        }
    }

    /// Lends the rows as a stateful reward observes them.
    pub(crate) fn with_rows<R>(&self, description: &Description, act: impl FnOnce(&Transitions<'_>) -> R) -> Option<R> {
        self.with_batch(description, |batch| match batch {
            Batch::Transitions(rows) => Some(act(rows)),
            _ => None,
        })
    }

    /// Tells whether an input differs anywhere.
    pub(crate) fn varies(&self, place: &Place) -> bool {
        match &self.data {
            Data::Rows(table) | Data::Episodes { table, .. } => place.varies(table),
            Data::Texts(texts) => place.varies_in_texts(texts),
        }
    }

    /// Copies the sample with one input taken from other rows, chosen by chance.
    pub(crate) fn shuffled(&self, place: &Place, chance: &mut impl Rng) -> Sample {
        let mut copy = self.clone();
        match &mut copy.data {
            Data::Rows(table) | Data::Episodes { table, .. } => place.shuffle(table, chance),
            Data::Texts(texts) => place.shuffle_texts(texts, chance),
        }
        copy
    }

    /// Copies the sample with the rows of each part in another order, chosen by chance; what says which agent a row is of stays.
    /// Gives, too, where each row was before.
    pub(crate) fn with_places_changed(&self, chance: &mut impl Rng) -> (Sample, Vec<usize>) {
        let mut from: Vec<usize> = (0..self.rows()).collect();
        for part in 0..self.parts() {
            from[self.part_rows(part)].shuffle(chance);
        }
        let mut copy = self.clone();
        if let (Some(before), Some(table)) = (self.table(), copy.table_mut()) {
            let moved = take_rows(before, from.iter().map(|&row| row..row + 1));
            *table = Table {
                agent: std::mem::take(&mut table.agent),
                episode: std::mem::take(&mut table.episode),
                step: std::mem::take(&mut table.step),
                ..moved
            };
        }
        (copy, from)
    }

    /// Copies the sample with one input drawn from its declared range; texts stay as they are.
    pub(crate) fn drawn(&self, place: &Place, chance: &mut impl Rng) -> Sample {
        let mut copy = self.clone();
        if let Some(table) = copy.table_mut() {
            place.draw(table, chance);
        }
        copy
    }

    /// Borrows the rows of numbers; texts have none.
    pub(crate) fn table(&self) -> Option<&Table> {
        match &self.data {
            Data::Rows(table) | Data::Episodes { table, .. } => Some(table),
            Data::Texts(_) => None,
        }
    }

    /// Borrows the rows of numbers to change them; their count must stay.
    pub(crate) fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.data {
            Data::Rows(table) | Data::Episodes { table, .. } => Some(table),
            Data::Texts(_) => None,
        }
    }

    /// Borrows the texts to change them; their count must stay.
    pub(crate) fn texts_mut(&mut self) -> Option<&mut SampleTable> {
        match &mut self.data {
            Data::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// Writes the inputs of a row that the reward reads, for people: `angle=0.5 torque=-2`.
    pub(crate) fn inputs(&self, description: &Description, row: usize) -> String {
        const MOST: usize = 16;
        let mut words = Vec::new();
        match &self.data {
            Data::Rows(table) | Data::Episodes { table, .. } => {
                let rows = [
                    ("", &description.observation, &table.observation, false),
                    ("", &description.action, &table.action, false),
                    ("next ", &description.observation, &table.next_observation, true),
                    ("", &description.task, &table.task, false),
                ];
                for (prefix, fields, values, next) in rows {
                    let width: usize = fields.iter().map(|field| field.size).sum();
                    let mut column = row * width;
                    for field in fields {
                        let read = if next { field.reads.next } else { field.reads.current };
                        if let Some(values) = values.get(column..column + field.size).filter(|_| read) {
                            let text: Vec<_> = values.iter().map(|value| value.to_string()).collect();
                            let brackets = if field.size == 1 { ("", "") } else { ("[", "]") };
                            let (open, close) = brackets;
                            words.push(format!("{prefix}{}={open}{}{close}", field.name, text.join(", ")));
                        }
                        column += field.size;
                    }
                }
            }
            Data::Texts(texts) => {
                if let Some(prompt) = texts.prompt.get(row).filter(|_| description.inputs.prompt) {
                    words.push(format!("prompt={:?}", cut(prompt, 80)));
                }
                if let Some(completion) = texts.completion.get(row) {
                    words.push(format!("completion={:?}", cut(completion, 80)));
                }
            }
        }
        if words.len() > MOST {
            words.truncate(MOST);
            words.push("…".into());
        }
        words.join(" ")
    }
}

fn with_samples<R>(
    texts: &SampleTable,
    description: &Description,
    groups: &[u32],
    act: impl FnOnce(Samples<'_>) -> R,
) -> R {
    let inputs = &description.inputs;
    texts.with_view(|all| {
        let named = description.columns.iter();
        let columns: Vec<_> =
            named.filter_map(|name| all.columns.iter().find(|column| column.name == name)).copied().collect();
        act(Samples {
            rows: all.rows,
            completion: all.completion,
            prompt: if inputs.prompt { all.prompt } else { &[] },
            reference: if inputs.reference { all.reference } else { &[] },
            tokens: if inputs.tokens { all.tokens } else { &[] },
            columns: &columns,
            group_offsets: groups,
        })
    })
}

/// Borrows the columns that the description reads.
fn read<'a>(table: &'a Table, description: &Description, groups: &'a [u32]) -> Transitions<'a> {
    Transitions { group_offsets: groups, ..table.view_for(description) }
}

fn each(count: usize) -> Vec<u32> {
    (0..=count as u32).collect()
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            rows: 5,
            observation_size: 2,
            observation: (0..10).map(|value| value as f32).collect(),
            episode: vec![0, 0, 1, 1, 1],
            ..Table::default()
        }
    }

    #[test]
    fn taken_episodes_keep_their_rows_their_offsets_and_their_numbers() {
        let mut description = Description::new(meed_core::Kind::Episode, "p", "0.1.0");
        description.inputs.episode = true;
        let sample = Sample::of_episodes(table(), vec![0, 2, 5], Vec::new(), (10..15).collect());
        let taken = sample.take(&[1, 0, 1]);
        assert_eq!((taken.parts(), taken.rows()), (3, 8));
        assert_eq!(taken.part_rows(2), 5..8);
        assert_eq!(taken.number(&description, 3), 10);
        taken.with_batch(&description, |batch| match batch {
            Batch::Episodes(episodes) => {
                assert_eq!(episodes.episode_offsets, [0, 3, 5, 8]);
                assert_eq!(episodes.steps.episode, [1, 1, 1, 0, 0, 1, 1, 1]);
                assert!(episodes.steps.observation.is_empty(), "what is not read is not given");
            }
            _ => unreachable!(),
        });
    }

    #[test]
    fn siblings_are_parts_of_several_episodes() {
        let mut description = Description::new(meed_core::Kind::Episode, "p", "0.1.0");
        (description.inputs.episode, description.inputs.group) = (true, true);
        // The second part begins with an episode of the same number, from another file.
        let table = Table { rows: 5, episode: vec![0, 0, 1, 1, 2], ..Table::default() };
        let sample = Sample::of_siblings(table, &[0, 3, 5], (0..5).collect());
        assert_eq!((sample.parts(), sample.part_rows(1)), (2, 3..5));
        sample.take(&[1, 0]).with_batch(&description, |batch| match batch {
            Batch::Episodes(episodes) => {
                assert_eq!(episodes.episode_offsets, [0, 1, 2, 4, 5]);
                assert_eq!(episodes.group_offsets, [0, 2, 4]);
            }
            _ => unreachable!(),
        });
    }

    #[test]
    fn runs_never_split_a_group() {
        let sample = Sample::of_rows(table(), vec![0, 2, 4, 5], (0..5).collect());
        assert_eq!(sample.runs(3), [0..1, 1..3]);
        assert_eq!(sample.runs(1), [0..1, 1..2, 2..3]);
        assert_eq!(sample.runs(100).len(), 1);
    }
}
