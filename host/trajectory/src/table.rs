//! Rows held in memory, a column a vector.

use meed_core::Transitions;

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
    /// Offsets over rows: the agents of one time step are one part. Empty: every row is a part of its own.
    pub group_offsets: Vec<u32>,
}

impl Table {
    /// Borrows the rows as a reward takes them.
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

    /// Gives the offsets of the episodes over the rows: one entry more than there are episodes.
    pub fn episode_offsets(&self) -> Vec<u32> {
        offsets(self.rows, |row| self.episode.get(row))
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

    #[test]
    fn episodes_are_divided_where_the_number_changes() {
        let table = Table { rows: 4, episode: vec![3, 3, 5, 6], ..Table::default() };
        assert_eq!(table.episode_offsets(), [0, 2, 3, 4]);
        assert_eq!(Table::default().episode_offsets(), [0]);
    }
}
