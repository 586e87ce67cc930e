//! The order of rows: checks it, and numbers episodes and steps where a file does not.

use std::collections::HashSet;

use crate::chunk::Chunk;
use crate::{Problem, Table};

/// What has been seen so far. It keeps the number of every episode and group, four bytes each, so that none can come back.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    rows: u64,
    last: Option<Last>,
    episodes: HashSet<u32>,
    groups: HashSet<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    episode: u32,
    step: u32,
    agent: Option<u32>,
    group: Option<u32>,
    ended: bool,
}

impl Sequence {
    /// Counts the rows seen.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Numbers the chunk's episodes and steps where it does not, and checks that its rows follow on the ones before.
    pub(crate) fn admit(&mut self, chunk: &mut Chunk) -> Result<(), Problem> {
        let table = &mut chunk.table;
        let (number_episodes, number_steps) = (table.episode.is_empty(), table.step.is_empty());
        for row in 0..table.rows {
            let agent = table.agent.get(row).copied();
            if number_episodes {
                let episode = match self.last {
                    None => 0,
                    Some(last) if last.ended => last.episode.saturating_add(1),
                    Some(last) => last.episode,
                };
                table.episode.push(episode);
            }
            if number_steps {
                let step = match self.last {
                    Some(last) if last.episode == table.episode[row] && agent.is_some() && agent > last.agent => {
                        last.step
                    }
                    Some(last) if last.episode == table.episode[row] => last.step.saturating_add(1),
                    _ => 0,
                };
                table.step.push(step);
            }
            self.follow(table, row)?;
        }
        Ok(())
    }

    fn follow(&mut self, table: &Table, row: usize) -> Result<(), Problem> {
        let (episode, step) = (table.episode[row], table.step[row]);
        let (agent, group) = (table.agent.get(row).copied(), table.group.get(row).copied());
        let out_of_place = |column, observed: String, expected: String| {
            Err(Problem::Order { row: self.rows, column, observed, expected })
        };
        match self.last {
            Some(last) if last.episode == episode => {
                if step == last.step && agent.is_some() {
                    if agent <= last.agent {
                        let (observed, before) = (agent.unwrap_or(0), last.agent.unwrap_or(0));
                        let expected = format!("more than {before}, the agent before it in step {step}");
                        return out_of_place("agent", observed.to_string(), expected);
                    }
                } else if step <= last.step {
                    let expected = format!("more than {}, the step before it in episode {episode}", last.step);
                    return out_of_place("step", step.to_string(), expected);
                } else if last.ended && agent.is_none() {
                    let expected = format!("another, because the row before it ended episode {episode}");
                    return out_of_place("episode", episode.to_string(), expected);
                }
            }
            _ => {
                if !self.episodes.insert(episode) {
                    let expected = "a new one, because other episodes came after this one's rows".to_owned();
                    return out_of_place("episode", episode.to_string(), expected);
                }
            }
        }
        if let Some(group) = group
            && self.last.and_then(|last| last.group) != Some(group)
        {
            if let Some(last) = self.last.filter(|last| last.episode == episode) {
                let expected = format!("{}, as in the rest of episode {episode}", last.group.unwrap_or(0));
                return out_of_place("group", group.to_string(), expected);
            }
            if !self.groups.insert(group) {
                let expected = "a new one, because other groups came after this one's episodes".to_owned();
                return out_of_place("group", group.to_string(), expected);
            }
        }
        self.last = Some(Last { episode, step, agent, group, ended: table.ends(row) });
        self.rows += 1;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn admit(table: Table) -> Result<Table, String> {
        let mut chunk = Chunk { table, stored: Vec::new() };
        Sequence::default().admit(&mut chunk).map(|()| chunk.table).map_err(|problem| problem.to_string())
    }

    #[test]
    fn rows_without_numbers_are_numbered_by_their_ends() {
        let terminated = vec![false, true, false, false];
        let truncated = vec![false, false, true, false];
        let table = admit(Table { rows: 4, terminated, truncated, ..Table::default() }).unwrap();
        assert_eq!(table.episode, [0, 0, 1, 2]);
        assert_eq!(table.step, [0, 1, 0, 0]);
    }

    #[test]
    fn agents_without_steps_are_numbered_where_they_start_over() {
        let table = Table { rows: 4, agent: vec![1, 4, 1, 0], episode: vec![0; 4], ..Table::default() };
        assert_eq!(admit(table).unwrap().step, [0, 0, 1, 2]);
    }

    #[test]
    fn rows_out_of_place_are_named() {
        let table = |episode: &[u32], step: &[u32], agent: &[u32], ended: bool| Table {
            rows: episode.len(),
            episode: episode.to_vec(),
            step: step.to_vec(),
            agent: agent.to_vec(),
            terminated: vec![ended; episode.len()],
            ..Table::default()
        };
        for (table, message) in [
            (
                table(&[0, 1, 0], &[0, 0, 1], &[], false),
                "row 2, column episode: 0, expected is a new one, because other episodes came after this one's rows",
            ),
            (
                table(&[0, 0], &[3, 3], &[], false),
                "row 1, column step: 3, expected is more than 3, the step before it in episode 0",
            ),
            (
                table(&[0, 0], &[3, 4], &[], true),
                "row 1, column episode: 0, expected is another, because the row before it ended episode 0",
            ),
            (
                table(&[0, 0], &[3, 3], &[2, 1], false),
                "row 1, column agent: 1, expected is more than 2, the agent before it in step 3",
            ),
        ] {
            assert_eq!(admit(table).unwrap_err(), message);
        }
    }

    #[test]
    fn a_group_is_of_whole_episodes_that_are_neighbours() {
        let of = |episode: &[u32], group: &[u32]| {
            admit(Table {
                rows: episode.len(),
                episode: episode.to_vec(),
                group: group.to_vec(),
                terminated: vec![false; episode.len()],
                ..Table::default()
            })
        };
        assert!(of(&[0, 0, 1, 2], &[7, 7, 7, 3]).is_ok());
        assert_eq!(
            of(&[0, 0], &[7, 8]).unwrap_err(),
            "row 1, column group: 8, expected is 7, as in the rest of episode 0"
        );
        assert_eq!(
            of(&[0, 1, 2], &[7, 8, 7]).unwrap_err(),
            "row 2, column group: 7, expected is a new one, because other groups came after this one's episodes"
        );
    }
}
