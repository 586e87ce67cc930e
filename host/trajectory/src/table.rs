//! Rows held in memory, a column a vector.

use meed_core::{Description, Transitions};

/// A run of recorded rows. A column that the recording lacks is an empty vector; the others hold `rows` x their width numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Number of rows.
    pub rows: usize,
    /// Numbers in an observation row.
    pub observation_size: usize,
    /// Numbers in an action row.
    pub action_size: usize,
    /// Numbers in a task row.
    pub task_size: usize,
    /// rows x observation size.
    pub observation: Vec<f32>,
    /// rows x action size.
    pub action: Vec<f32>,
    /// rows x observation size; after an episode's last step its final observation.
    pub next_observation: Vec<f32>,
    /// rows x task size.
    pub task: Vec<f32>,
    /// rows; the task itself ended the episode here.
    pub terminated: Vec<bool>,
    /// rows; a time limit or the recorder ended the episode here.
    pub truncated: Vec<bool>,
    /// rows; the environment's own reward.
    pub reward: Vec<f32>,
    /// rows; empty where there is one agent.
    pub agent: Vec<u32>,
    /// rows; rows of one episode are neighbours, in the order of time.
    pub episode: Vec<u32>,
    /// rows; 0 for the first step of an episode.
    pub step: Vec<u32>,
    /// rows; equal for the episodes of one task, which are neighbours. Empty: no episode has siblings.
    pub group: Vec<u32>,
    /// Offsets over rows: the agents of one time step are one part. Empty: every row is a part of its own.
    pub group_offsets: Vec<u32>,
}

impl Table {
    /// Borrows the rows with every column that is there.
    pub fn view(&self) -> Transitions<'_> {
        Transitions {
            rows: self.rows,
            observation: &self.observation,
            action: &self.action,
            next_observation: &self.next_observation,
            task: &self.task,
            terminated: &self.terminated,
            truncated: &self.truncated,
            reward: &self.reward,
            agent: &self.agent,
            episode: &self.episode,
            step: &self.step,
            group_offsets: &self.group_offsets,
        }
    }

    /// Borrows the rows with only the columns that a reward reads: a column it does not declare would not fit its sizes.
    pub fn view_for(&self, description: &Description) -> Transitions<'_> {
        fn read<T>(values: &[T], read: bool) -> &[T] {
            if read { values } else { &[] }
        }
        let inputs = &description.inputs;
        Transitions {
            rows: self.rows,
            observation: read(&self.observation, description.reads_observation()),
            action: read(&self.action, description.reads_action()),
            next_observation: read(&self.next_observation, description.reads_next_observation()),
            task: read(&self.task, description.reads_task()),
            terminated: read(&self.terminated, inputs.terminated),
            truncated: read(&self.truncated, inputs.truncated),
            reward: read(&self.reward, inputs.reward),
            agent: read(&self.agent, inputs.agent),
            episode: read(&self.episode, inputs.episode),
            step: read(&self.step, inputs.step),
            group_offsets: &self.group_offsets,
        }
    }

    /// Gives the offsets of the episodes over the rows: one entry more than there are episodes.
    pub fn episode_offsets(&self) -> Vec<u32> {
        offsets(self.rows, |row| self.episode.get(row))
    }

    /// Gives the offsets of the siblings, the episodes of one task, over the episodes; empty where none has any.
    pub fn sibling_offsets(&self) -> Vec<u32> {
        let episodes = self.episode_offsets();
        let group = |episode: usize| episodes.get(episode).and_then(|row| self.group.get(*row as usize));
        if self.group.is_empty() { Vec::new() } else { offsets(episodes.len().saturating_sub(1), group) }
    }

    /// Tells whether the episode ends with this row.
    pub fn ends(&self, row: usize) -> bool {
        self.terminated.get(row) == Some(&true) || self.truncated.get(row) == Some(&true)
    }

    /// Adds the rows of another table with the same columns, without its groups.
    pub fn append(&mut self, other: &Table) {
        self.rows += other.rows;
        self.observation.extend_from_slice(&other.observation);
        self.action.extend_from_slice(&other.action);
        self.next_observation.extend_from_slice(&other.next_observation);
        self.task.extend_from_slice(&other.task);
        self.terminated.extend_from_slice(&other.terminated);
        self.truncated.extend_from_slice(&other.truncated);
        self.reward.extend_from_slice(&other.reward);
        self.agent.extend_from_slice(&other.agent);
        self.episode.extend_from_slice(&other.episode);
        self.step.extend_from_slice(&other.step);
        self.group.extend_from_slice(&other.group);
    }

    /// Copies the rows from `start` to `end`, and divides them into groups where there are several agents.
    ///
    /// # Panics
    /// Where the range does not lie within the rows.
    pub fn copy_rows(&self, start: usize, end: usize) -> Table {
        let part = self.view().slice(start, end);
        let mut table = Table {
            rows: part.rows,
            observation_size: self.observation_size,
            action_size: self.action_size,
            task_size: self.task_size,
            observation: part.observation.to_vec(),
            action: part.action.to_vec(),
            next_observation: part.next_observation.to_vec(),
            task: part.task.to_vec(),
            terminated: part.terminated.to_vec(),
            truncated: part.truncated.to_vec(),
            reward: part.reward.to_vec(),
            agent: part.agent.to_vec(),
            episode: part.episode.to_vec(),
            step: part.step.to_vec(),
            group: self.group.get(start..end).unwrap_or_default().to_vec(),
            group_offsets: Vec::new(),
        };
        if !table.agent.is_empty() {
            table.group_offsets = offsets(table.rows, |row| (table.episode.get(row), table.step.get(row)));
        }
        table
    }

    /// Finds the row whose observation comes after that of `row`: the same agent's, one step later in the same episode.
    pub(crate) fn successor(&self, row: usize) -> Option<usize> {
        if self.ends(row) {
            return None;
        }
        let step = self.step.get(row)?.checked_add(1)?;
        (row + 1..self.rows)
            .take_while(|&later| self.episode.get(later) == self.episode.get(row))
            .take_while(|&later| self.step.get(later).is_some_and(|&at| at <= step))
            .find(|&later| self.step.get(later) == Some(&step) && self.agent.get(later) == self.agent.get(row))
    }

    /// Counts the rows whose successors cannot lie beyond the rows held so far: all before the last step but one, or the last.
    pub(crate) fn settled(&self) -> usize {
        let group_start = |row: usize| {
            let key = |row: usize| (self.episode.get(row), self.step.get(row));
            (0..row).rev().take_while(|&earlier| key(earlier) == key(row)).last().unwrap_or(row)
        };
        match (self.rows, self.agent.is_empty()) {
            (0, _) => 0,
            (rows, true) => rows - 1,
            (rows, false) => match group_start(rows - 1) {
                0 => 0,
                last => group_start(last - 1),
            },
        }
    }
}

/// Divides rows where a neighbour's key differs.
pub(crate) fn offsets<K: PartialEq>(rows: usize, key: impl Fn(usize) -> K) -> Vec<u32> {
    let inner = (1..rows).filter(|&row| key(row) != key(row - 1));
    std::iter::once(0).chain(inner).chain((rows > 0).then_some(rows)).map(|row| row as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use meed_core::{Batch, Field, Reads};

    #[test]
    fn episodes_are_divided_where_the_number_changes() {
        let table = Table { rows: 4, episode: vec![3, 3, 5, 6], ..Table::default() };
        assert_eq!(table.episode_offsets(), [0, 2, 3, 4]);
        assert_eq!(Table::default().episode_offsets(), [0]);
    }

    #[test]
    fn siblings_are_neighbouring_episodes_of_one_group() {
        let table = Table { rows: 5, episode: vec![3, 3, 5, 6, 6], group: vec![1, 1, 1, 2, 2], ..Table::default() };
        assert_eq!(table.sibling_offsets(), [0, 2, 3]);
        assert_eq!(table.copy_rows(2, 5).sibling_offsets(), [0, 1, 2]);
        assert!(Table { group: Vec::new(), ..table }.sibling_offsets().is_empty());
    }

    fn agents() -> Table {
        Table {
            rows: 5,
            agent: vec![0, 1, 0, 1, 0],
            episode: vec![0; 5],
            step: vec![0, 0, 1, 1, 2],
            terminated: vec![false, false, false, true, false],
            ..Table::default()
        }
    }

    #[test]
    fn a_successor_is_the_same_agents_next_step() {
        let table = agents();
        assert_eq!([0, 1, 2, 3, 4].map(|row| table.successor(row)), [Some(2), Some(3), Some(4), None, None]);
        let alone = Table { rows: 3, episode: vec![0, 0, 1], step: vec![0, 2, 3], ..Table::default() };
        assert_eq!([0, 1, 2].map(|row| alone.successor(row)), [None, None, None]);
    }

    #[test]
    fn rows_are_settled_once_the_whole_next_step_is_there() {
        assert_eq!(agents().settled(), 2);
        assert_eq!(agents().copy_rows(0, 2).settled(), 0);
        assert_eq!(Table { rows: 3, ..Table::default() }.settled(), 2);
        assert_eq!(Table::default().settled(), 0);
    }

    #[test]
    fn copied_rows_are_grouped_by_step() {
        assert_eq!(agents().copy_rows(1, 5).group_offsets, [0, 1, 3, 4]);
    }

    #[test]
    fn a_view_for_a_reward_fits_its_description() {
        let table = Table {
            rows: 1,
            observation_size: 2,
            action_size: 1,
            observation: vec![0.0; 2],
            action: vec![0.0],
            next_observation: vec![0.0; 2],
            reward: vec![0.0],
            ..Table::default()
        };
        let description =
            Description::transition("p", "0.1.0").observation([Field::new("x", 2, "m", 0.0, 1.0).reads(Reads::NEXT)]);
        let view = table.view_for(&description);
        assert_eq!((view.observation.len(), view.next_observation.len(), view.action.len()), (0, 2, 0));
        assert_eq!(Batch::Transitions(&view).check(&description), Ok(()));
    }
}
