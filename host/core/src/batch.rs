//! What a reward is given: borrowed, flat, row-major views.

use crate::{Description, InputError, Kind};

/// A batch of rows.
///
/// Every slice is row-major; one that the description does not ask for may be empty, and is not looked at where the description
/// has no fields for it. `group_offsets` has one entry more than
/// there are groups, begins with 0 and ends with `rows`; empty, it says that every row is a group of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Transitions<'a> {
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
    /// rows; the task itself ended the episode here.
    pub terminated: &'a [bool],
    /// rows; a time limit or the recorder ended the episode here.
    pub truncated: &'a [bool],
    /// rows; the environment's own reward.
    pub reward: &'a [f32],
    /// rows.
    pub agent: &'a [u32],
    /// rows; rows of one episode come in the order of time.
    pub episode: &'a [u32],
    /// rows; 0 for the first step of an episode.
    pub step: &'a [u32],
    /// Offsets over rows: the agents of one time step are one part.
    pub group_offsets: &'a [u32],
}

/// Whole episodes, one after another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Episodes<'a> {
    /// The rows of all episodes.
    pub steps: Transitions<'a>,
    /// Offsets over the rows; never empty.
    pub episode_offsets: &'a [u32],
    /// Offsets over the episodes: siblings of one task are one part. Empty: each episode is a part of its own.
    pub group_offsets: &'a [u32],
}

/// A column of texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column<'a> {
    /// The column's name.
    pub name: &'a str,
    /// rows; `None` where the sample has no such text.
    pub values: &'a [Option<&'a str>],
}

/// A batch of texts to judge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Samples<'a> {
    /// Number of samples.
    pub rows: usize,
    /// rows.
    pub completion: &'a [&'a str],
    /// rows.
    pub prompt: &'a [&'a str],
    /// rows; `None` where there is no reference answer.
    pub reference: &'a [Option<&'a str>],
    /// rows; the length of each completion in tokens.
    pub tokens: &'a [u32],
    /// The columns that the description names, in its order.
    pub columns: &'a [Column<'a>],
    /// Offsets over samples: the completions of one prompt are one part. Empty: each sample is a part of its own.
    pub group_offsets: &'a [u32],
}

/// A batch for any kind of reward.
#[derive(Clone, Copy, Debug)]
pub enum Batch<'a> {
    /// For transition and stateful rewards.
    Transitions(&'a Transitions<'a>),
    /// For episode rewards.
    Episodes(&'a Episodes<'a>),
    /// For text rewards.
    Samples(&'a Samples<'a>),
}

impl Batch<'_> {
    /// Counts the rows or samples.
    pub fn rows(&self) -> usize {
        match self {
            Batch::Transitions(batch) => batch.rows,
            Batch::Episodes(batch) => batch.steps.rows,
            Batch::Samples(batch) => batch.rows,
        }
    }

    /// Counts the vectors of factors that a reward with this description owes for the batch.
    pub fn scored_rows(&self, description: &Description) -> usize {
        match (self, description.granularity) {
            (Batch::Episodes(batch), crate::Granularity::Episode) => batch.count(),
            _ => self.rows(),
        }
    }

    /// Checks that the batch is of the description's kind, has every input that the description asks for, and fits its sizes.
    ///
    /// # Errors
    /// The first input that does not fit, with what was given and what is needed.
    pub fn check(&self, description: &Description) -> Result<(), InputError> {
        match (self, description.kind) {
            (Batch::Transitions(batch), Kind::Transition | Kind::Stateful) => batch.check(description),
            (Batch::Episodes(batch), Kind::Episode) => batch.check(description),
            (Batch::Samples(batch), Kind::Text) => batch.check(description),
            (_, needed) => Err(InputError::Kind { needed }),
        }
    }
}

impl<'a> Transitions<'a> {
    /// Borrows the rows from `start` to `end`, without the groups.
    ///
    /// # Panics
    /// Where the range does not lie within the rows.
    pub fn slice(&self, start: usize, end: usize) -> Transitions<'a> {
        assert!(start <= end && end <= self.rows, "rows {start} to {end} of {}", self.rows);
        let per_row = |len: usize| len.checked_div(self.rows).unwrap_or(0);
        fn cut<T>(values: &[T], width: usize, start: usize, end: usize) -> &[T] {
            &values[start * width..end * width]
        }
        Transitions {
            rows: end - start,
            observation: cut(self.observation, per_row(self.observation.len()), start, end),
            action: cut(self.action, per_row(self.action.len()), start, end),
            next_observation: cut(self.next_observation, per_row(self.next_observation.len()), start, end),
            task: cut(self.task, per_row(self.task.len()), start, end),
            terminated: cut(self.terminated, per_row(self.terminated.len()), start, end),
            truncated: cut(self.truncated, per_row(self.truncated.len()), start, end),
            reward: cut(self.reward, per_row(self.reward.len()), start, end),
            agent: cut(self.agent, per_row(self.agent.len()), start, end),
            episode: cut(self.episode, per_row(self.episode.len()), start, end),
            step: cut(self.step, per_row(self.step.len()), start, end),
            group_offsets: &[],
        }
    }

    fn check(&self, description: &Description) -> Result<(), InputError> {
        let inputs = &description.inputs;
        let rows = self.rows;
        let (observation, action, task) =
            (description.observation_size(), description.action_size(), description.task_size());
        check_len("observation", self.observation.len(), rows, observation, description.reads_observation())?;
        check_len("action", self.action.len(), rows, action, description.reads_action())?;
        let next = description.reads_next_observation();
        check_len("next observation", self.next_observation.len(), rows, observation, next)?;
        check_len("task", self.task.len(), rows, task, description.reads_task())?;
        check_len("terminated", self.terminated.len(), rows, 1, inputs.terminated)?;
        check_len("truncated", self.truncated.len(), rows, 1, inputs.truncated)?;
        check_len("reward", self.reward.len(), rows, 1, inputs.reward)?;
        check_len("agent", self.agent.len(), rows, 1, inputs.agent)?;
        check_len("episode", self.episode.len(), rows, 1, inputs.episode)?;
        check_len("step", self.step.len(), rows, 1, inputs.step)?;
        check_offsets("group", self.group_offsets, rows)
    }
}

impl Episodes<'_> {
    /// Counts the episodes.
    pub fn count(&self) -> usize {
        self.episode_offsets.len().saturating_sub(1)
    }

    fn check(&self, description: &Description) -> Result<(), InputError> {
        self.steps.check(description)?;
        if self.episode_offsets.is_empty() {
            return Err(InputError::Offsets { input: "episode", count: self.steps.rows });
        }
        check_offsets("episode", self.episode_offsets, self.steps.rows)?;
        check_offsets("sibling", self.group_offsets, self.count())
    }
}

impl Samples<'_> {
    fn check(&self, description: &Description) -> Result<(), InputError> {
        let inputs = &description.inputs;
        check_len("completion", self.completion.len(), self.rows, 1, true)?;
        check_len("prompt", self.prompt.len(), self.rows, 1, inputs.prompt)?;
        check_len("reference", self.reference.len(), self.rows, 1, inputs.reference)?;
        check_len("tokens", self.tokens.len(), self.rows, 1, inputs.tokens)?;
        for name in &description.columns {
            match self.columns.iter().find(|column| column.name == name) {
                Some(column) => check_len("column", column.values.len(), self.rows, 1, true)?,
                None => return Err(InputError::MissingColumn { name: name.clone() }),
            }
        }
        check_offsets("group", self.group_offsets, self.rows)
    }
}

/// Gives the range of part `index` of an offsets list, or the single thing `index` where the list is empty.
pub fn part_range(offsets: &[u32], index: usize) -> std::ops::Range<usize> {
    if offsets.is_empty() { index..index + 1 } else { offsets[index] as usize..offsets[index + 1] as usize }
}

fn check_len(input: &'static str, len: usize, rows: usize, width: usize, read: bool) -> Result<(), InputError> {
    // A row of which nothing is described is not looked at.
    let fits = width == 0 || len == rows * width || (len == 0 && !read);
    if fits { Ok(()) } else { Err(InputError::Length { input, len, rows, width }) }
}

fn check_offsets(input: &'static str, offsets: &[u32], count: usize) -> Result<(), InputError> {
    let sound = offsets.is_empty()
        || (offsets.first() == Some(&0)
            && offsets.last().map(|last| *last as usize) == Some(count)
            && offsets.is_sorted());
    if sound { Ok(()) } else { Err(InputError::Offsets { input, count }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    fn description() -> Description {
        Description::transition("p", "0.1.0").observation([Field::new("x", 2, "m", 0.0, 1.0)])
    }

    #[test]
    fn an_input_that_is_read_must_be_there() {
        let batch = Transitions { rows: 2, observation: &[0.0; 4], ..Transitions::default() };
        assert_eq!(Batch::Transitions(&batch).check(&description()), Ok(()));
        let batch = Transitions { rows: 2, observation: &[0.0; 3], ..Transitions::default() };
        assert_eq!(
            Batch::Transitions(&batch).check(&description()),
            Err(InputError::Length { input: "observation", len: 3, rows: 2, width: 2 })
        );
    }

    #[test]
    fn a_row_of_which_nothing_is_described_is_not_looked_at() {
        let batch = Transitions { rows: 2, observation: &[0.0; 4], action: &[0.0; 7], ..Transitions::default() };
        assert_eq!(Batch::Transitions(&batch).check(&description()), Ok(()));
    }

    #[test]
    fn offsets_must_cover_everything_in_order() {
        for offsets in [&[0, 1][..], &[1, 2], &[0, 2, 1, 2], &[0, 3]] {
            let batch =
                Transitions { rows: 2, observation: &[0.0; 4], group_offsets: offsets, ..Transitions::default() };
            assert!(Batch::Transitions(&batch).check(&description()).is_err(), "{offsets:?}");
        }
    }

    #[test]
    fn a_batch_of_another_kind_is_refused() {
        let batch = Samples::default();
        let error = Batch::Samples(&batch).check(&description());
        assert_eq!(error, Err(InputError::Kind { needed: Kind::Transition }));
    }

    #[test]
    fn a_slice_keeps_each_rows_own_columns() {
        let observation = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let batch = Transitions { rows: 3, observation: &observation, step: &[7, 8, 9], ..Transitions::default() };
        let slice = batch.slice(1, 3);
        assert_eq!((slice.rows, slice.observation, slice.step), (2, &observation[2..], &[8, 9][..]));
    }
}
