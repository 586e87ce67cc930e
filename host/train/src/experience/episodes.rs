//! Which rows of a memory make up whole episodes, and what each of these came to.
//!
//! An episode's rows lie a fixed number apart, because every step of every copy of the environment is taken in with those of the
//! others: where its first row lies says where all do. An episode that goes on is not whole yet; one whose first row has been
//! written over is not whole any more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::experience::rollout::Rollout;

/// The episodes of a memory.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Episodes {
    /// The episode of each row of the ring.
    of_row: Vec<u32>,
    /// Those that go on, by their numbers.
    open: BTreeMap<u32, Past>,
    /// Where in `whole` each that has ended stands.
    place: BTreeMap<u32, usize>,
    whole: Vec<Past>,
}

/// An episode: all that was, once it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    episode: u32,
    /// Number of its first row, counted since training began.
    first: u64,
    /// Rows from one of its steps to the next.
    stride: u64,
    pub(crate) agents: usize,
    pub(crate) steps: usize,
    /// The sum of the environment's own rewards over all steps, the last one included, and all agents.
    pub(crate) gained: f64,
}

impl Past {
    /// Gives the number of an agent's row at a step.
    pub(crate) fn number(&self, step: usize, agent: usize) -> u64 {
        self.first + step as u64 * self.stride + agent as u64
    }

    /// Says of which step and agent a row of a number is.
    pub(crate) fn place(&self, number: u64) -> (usize, usize) {
        let from = number - self.first;
        ((from / self.stride) as usize, (from % self.stride) as usize)
    }

    /// Gives its first so many steps.
    #[cfg(test)]
    pub(crate) fn beginning(&self, steps: usize) -> Past {
        Past { steps, ..self.clone() }
    }

    /// Counts the rows, one a step of each agent.
    pub(crate) fn rows(&self) -> usize {
        self.steps * self.agents
    }
}

impl Episodes {
    /// Takes in row `row` of a rollout with so many agents a copy, which is number `number` and comes to lie at `at`.
    pub(crate) fn push(&mut self, rollout: &Rollout, agents: usize, row: usize, number: u64, at: usize) {
        let episode = rollout.episode[row];
        match self.of_row.get_mut(at) {
            None => self.of_row.push(episode),
            Some(old) => {
                let old = std::mem::replace(old, episode);
                self.forget(old);
            }
        }
        let last = rollout.agent[row] as usize + 1 == agents;
        let stride = (rollout.envs * agents) as u64;
        if rollout.step[row] == 0 && rollout.agent[row] == 0 {
            self.open.insert(episode, Past { episode, first: number, stride, agents, steps: 0, gained: 0.0 });
        }
        let Some(past) = self.open.get_mut(&episode) else { return };
        past.gained += f64::from(rollout.reward[row]);
        past.steps += usize::from(last);
        if last
            && rollout.ended(row)
            && let Some(past) = self.open.remove(&episode)
        {
            self.place.insert(episode, self.whole.len());
            self.whole.push(past);
        }
    }

    /// Lets go of an episode that has lost a row.
    fn forget(&mut self, episode: u32) {
        self.open.remove(&episode);
        if let Some(place) = self.place.remove(&episode) {
            self.whole.swap_remove(place);
            if let Some(moved) = self.whole.get(place) {
                self.place.insert(moved.episode, place);
            }
        }
    }

    /// Borrows those that are whole.
    pub(crate) fn whole(&self) -> &[Past] {
        &self.whole
    }

    /// Borrows the one that a row of the ring belongs to, where its beginning is still there: it may go on.
    pub(crate) fn begun(&self, row: usize) -> Option<&Past> {
        self.of(row).or_else(|| self.open.get(self.of_row.get(row)?))
    }

    /// Borrows the one that a row of the ring belongs to, where it is whole.
    pub(crate) fn of(&self, row: usize) -> Option<&Past> {
        self.whole.get(*self.place.get(self.of_row.get(row)?)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Steps of two copies with two agents each. Copy 0's episodes last two steps, copy 1's three; a row's reward is its number.
    fn rollout(steps: usize) -> Rollout {
        let mut rollout = Rollout { envs: 2, ..Rollout::default() };
        for row in 0..steps * 4 {
            let (time, env) = (row / 4, row % 4 / 2);
            let length = 2 + env;
            rollout.episode.push((time / length * 2 + env) as u32);
            rollout.step.push((time % length) as u32);
            rollout.agent.push((row % 2) as u32);
            rollout.reward.push(row as f32);
            rollout.terminated.push(env == 0 && time % length + 1 == length);
            rollout.truncated.push(env == 1 && time % length + 1 == length);
        }
        rollout
    }

    fn pushed(steps: usize, capacity: usize) -> Episodes {
        let (rollout, mut episodes) = (rollout(steps), Episodes::default());
        (0..steps * 4).for_each(|row| episodes.push(&rollout, 2, row, row as u64, row % capacity));
        episodes
    }

    #[test]
    fn an_episode_is_whole_once_it_has_ended_and_worth_all_of_its_rewards() {
        let episodes = pushed(5, 100);
        let whole: Vec<_> = episodes.whole().iter().map(|past| (past.episode, past.steps, past.gained)).collect();
        // Copy 0: rows 0, 1, 4, 5, then 8, 9, 12, 13; copy 1: rows 2, 3, 6, 7, 10, 11. The last steps count.
        assert_eq!(whole, [(0, 2, 10.0), (1, 3, 39.0), (2, 2, 42.0)]);
        let past = &episodes.whole()[1];
        let numbers: Vec<u64> = (0..3).flat_map(|step| [past.number(step, 0), past.number(step, 1)]).collect();
        assert_eq!(numbers, [2, 3, 6, 7, 10, 11]);
        assert_eq!((past.rows(), past.place(7), past.place(10)), (6, (1, 1), (2, 0)));
        // Copy 0's third episode goes on: it has begun, and is not whole.
        assert_eq!((episodes.begun(16).map(|past| past.episode), episodes.begun(2)), (Some(4), episodes.of(2)));
        assert!(numbers.iter().all(|row| episodes.of(*row as usize) == Some(past)));
        assert_eq!(episodes.of(16), None);
    }

    #[test]
    fn an_episode_that_has_lost_a_row_is_forgotten() {
        let episodes = pushed(6, 12);
        // Twelve rows are left, numbers 12 to 23: of copy 0's second episode the first step is gone.
        let whole: Vec<u32> = episodes.whole().iter().map(|past| past.episode).collect();
        assert_eq!(whole, [4, 3]);
        assert_eq!(episodes.of(0), None);
        assert_eq!(episodes.of(4).unwrap().episode, 4);
    }
}
