//! Episodes as an author's function sees them.

use std::marker::PhantomData;

use crate::bindings::types;
use crate::fields::{Fields, Place};
use crate::rows::Rows;

/// Whole episodes, one after another, wherever they came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Episodes<'a> {
    /// The rows of all episodes.
    pub steps: Rows<'a>,
    /// Offsets over the rows; never empty.
    pub episode_offsets: &'a [u32],
    /// Offsets over the episodes: siblings of one task are one part. Empty: every episode is a part of its own.
    pub group_offsets: &'a [u32],
}

impl<'a> From<&'a types::Episodes> for Episodes<'a> {
    fn from(batch: &'a types::Episodes) -> Self {
        Episodes {
            steps: Rows::from(&batch.steps),
            episode_offsets: &batch.episode_offsets,
            group_offsets: &batch.group_offsets,
        }
    }
}

impl<'a> Episodes<'a> {
    /// Counts the episodes.
    pub fn count(&self) -> usize {
        self.episode_offsets.len().saturating_sub(1)
    }

    /// Gives the rows of an episode.
    pub fn rows(&self, index: usize) -> std::ops::Range<usize> {
        self.episode_offsets[index] as usize..self.episode_offsets[index + 1] as usize
    }

    /// Gives the siblings of an episode, itself included; episodes must be asked for in ascending order.
    pub fn siblings<Observation, Action>(&self, part: &mut usize, index: usize) -> Siblings<'a, Observation, Action> {
        let (first, end) = if self.group_offsets.is_empty() {
            (index, index + 1)
        } else {
            while self.group_offsets[*part + 1] as usize <= index {
                *part += 1;
            }
            (self.group_offsets[*part] as usize, self.group_offsets[*part + 1] as usize)
        };
        Siblings { episodes: *self, first, size: end - first, me: index - first, types: PhantomData }
    }
}

/// One kind of row over the steps of an episode, in the order of time.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a, Row> {
    values: &'a [f32],
    place: Place,
    len: usize,
    types: PhantomData<Row>,
}

impl<'a, Row: Fields> Series<'a, Row> {
    /// Takes the rows of an episode from row-major data.
    ///
    /// # Panics
    /// Where `values` has no such rows.
    pub fn new(place: Place, values: &'a [f32], rows: std::ops::Range<usize>) -> Self {
        let values = &values[rows.start * Row::SIZE..rows.end * Row::SIZE];
        Series { values, place, len: rows.len(), types: PhantomData }
    }

    /// Counts the steps.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tells whether there is no step. The functions of [`episode!`](crate::episode) are not asked about such episodes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads the row of a step. Panics where there is no such step.
    pub fn get(&self, step: usize) -> Row {
        Row::row(self.place, self.values, step)
    }

    /// Walks the rows in the order of time.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Row> + ExactSizeIterator + use<'a, Row> {
        let (place, values) = (self.place, self.values);
        (0..self.len).map(move |step| Row::row(place, values, step))
    }

    /// Walks the pairs of neighbouring rows in the order of time.
    pub fn pairs(&self) -> impl Iterator<Item = (Row, Row)> + use<'a, Row> {
        let (place, values) = (self.place, self.values);
        (1..self.len).map(move |step| (Row::row(place, values, step - 1), Row::row(place, values, step)))
    }
}

/// The episodes of one task, and which of them is being scored.
///
/// It gives only what the reward's input list names beside `group`, and panics otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Siblings<'a, Observation = (), Action = ()> {
    episodes: Episodes<'a>,
    first: usize,
    size: usize,
    me: usize,
    types: PhantomData<(Observation, Action)>,
}

impl<'a, Observation: Fields, Action: Fields> Siblings<'a, Observation, Action> {
    /// Counts the episodes, the one being scored included.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Gives the index among them of the episode being scored.
    pub fn me(&self) -> usize {
        self.me
    }

    /// Gives an episode's observations. Panics, as the rest do, where `index` is not below [`size`](Self::size).
    pub fn observation(&self, index: usize) -> Series<'a, Observation> {
        Series::new(Place::Current, self.episodes.steps.observation, self.rows(index))
    }

    /// Gives an episode's actions.
    pub fn action(&self, index: usize) -> Series<'a, Action> {
        Series::new(Place::Current, self.episodes.steps.action, self.rows(index))
    }

    /// Gives an episode's next observations.
    pub fn next(&self, index: usize) -> Series<'a, Observation> {
        Series::new(Place::Next, self.episodes.steps.next_observation, self.rows(index))
    }

    /// Gives the environment's own rewards of an episode.
    pub fn env_reward(&self, index: usize) -> &'a [f32] {
        &self.episodes.steps.reward[self.rows(index)]
    }

    fn rows(&self, index: usize) -> std::ops::Range<usize> {
        assert!(index < self.size, "there are {} siblings, not a number {index}", self.size);
        self.episodes.rows(self.first + index)
    }
}
