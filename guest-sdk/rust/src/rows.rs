//! A batch of rows as borrowed, flat, row-major slices, wherever it came from.

use crate::bindings::types;
use crate::fields::{Fields, Place};

/// A batch of rows. A slice that the description does not ask for may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rows<'a> {
    /// Number of rows.
    pub rows: usize,
    /// rows x observation size.
    pub observation: &'a [f32],
    /// rows x action size.
    pub action: &'a [f32],
    /// rows x observation size; after an episode's last step its final observation.
    pub next_observation: &'a [f32],
    /// rows x task size.
    pub task: &'a [f32],
    /// rows; 1 where the task itself ended the episode, else 0.
    pub terminated: &'a [u8],
    /// rows; 1 where a time limit or the recorder ended the episode, else 0.
    pub truncated: &'a [u8],
    /// rows; the environment's own reward.
    pub reward: &'a [f32],
    /// rows.
    pub agent: &'a [u32],
    /// rows; rows of one episode come in the order of time.
    pub episode: &'a [u32],
    /// rows; 0 for the first step of an episode.
    pub step: &'a [u32],
    /// Offsets over rows: the agents of one time step are one part. Empty: every row is a part of its own.
    pub group_offsets: &'a [u32],
}

impl<'a> From<&'a types::Transitions> for Rows<'a> {
    fn from(batch: &'a types::Transitions) -> Self {
        Rows {
            rows: batch.rows as usize,
            observation: &batch.observation,
            action: &batch.action,
            next_observation: &batch.next_observation,
            task: &batch.task,
            terminated: &batch.terminated,
            truncated: &batch.truncated,
            reward: &batch.reward,
            agent: &batch.agent,
            episode: &batch.episode,
            step: &batch.step,
            group_offsets: &batch.group_offsets,
        }
    }
}

/// The rows of one time step, one an agent, and which of them is being scored.
///
/// It gives only what the reward's input list names beside `group`: with `reward: f(observation, group)` every agent's
/// observation can be read, and reading an action panics.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a, Observation = (), Action = ()> {
    rows: Rows<'a>,
    first: usize,
    len: usize,
    me: usize,
    types: std::marker::PhantomData<(Observation, Action)>,
}

impl<'a, Observation: Fields, Action: Fields> Group<'a, Observation, Action> {
    /// Counts the rows of the group, the one being scored included.
    pub fn size(&self) -> usize {
        self.len
    }

    /// Tells whether the row is alone in its group.
    pub fn is_alone(&self) -> bool {
        self.len == 1
    }

    /// Gives the index within the group of the row being scored.
    pub fn me(&self) -> usize {
        self.me
    }

    /// Lists the indices of the other rows, ascending.
    pub fn others(&self) -> impl Iterator<Item = usize> + use<Observation, Action> {
        let me = self.me;
        (0..self.len).filter(move |index| *index != me)
    }

    /// Reads a row's observation. Panics, as the rest do, where `index` is not below [`size`](Self::size).
    pub fn observation(&self, index: usize) -> Observation {
        Observation::row(Place::Current, self.rows.observation, self.at(index))
    }

    /// Reads a row's action.
    pub fn action(&self, index: usize) -> Action {
        Action::row(Place::Current, self.rows.action, self.at(index))
    }

    /// Reads a row's next observation.
    pub fn next(&self, index: usize) -> Observation {
        Observation::row(Place::Next, self.rows.next_observation, self.at(index))
    }

    /// Reads a row's agent.
    pub fn agent(&self, index: usize) -> u32 {
        self.rows.agent[self.at(index)]
    }

    fn at(&self, index: usize) -> usize {
        assert!(index < self.len, "the group has {} rows, not a row {index}", self.len);
        self.first + index
    }
}

/// Walks the rows of a batch with the range of the group that each is in.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupCursor {
    part: usize,
}

impl GroupCursor {
    /// Gives the group of row `index`. Rows must be asked for in ascending order.
    pub fn group<'a, Observation, Action>(&mut self, rows: &Rows<'a>, index: usize) -> Group<'a, Observation, Action> {
        let offsets = rows.group_offsets;
        let (first, end) = if offsets.is_empty() {
            (index, index + 1)
        } else {
            while offsets[self.part + 1] as usize <= index {
                self.part += 1;
            }
            (offsets[self.part] as usize, offsets[self.part + 1] as usize)
        };
        Group { rows: *rows, first, len: end - first, me: index - first, types: std::marker::PhantomData }
    }
}
