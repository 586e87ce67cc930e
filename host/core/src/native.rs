//! Rewards written in Rust and run without a sandbox: oracles in tests, baselines in measurements, the author's own code.

use crate::scores::check_scores;
use crate::{
    Batch, Description, Failure, InputError, Kind, Reason, RewardError, RewardFactory, RewardSource, Scores,
    Transitions, Unscored,
};

/// One row of a batch, as slices.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The observation the action was taken in.
    pub observation: &'a [f32],
    /// The action.
    pub action: &'a [f32],
    /// The observation after it.
    pub next_observation: &'a [f32],
    /// Whether the task itself ended the episode here.
    pub terminated: bool,
    /// Whether a time limit ended the episode here.
    pub truncated: bool,
}

/// A transition reward that is a Rust function.
#[derive(Clone, Debug)]
pub struct NativeReward<F> {
    description: Description,
    evaluate: F,
}

impl<F> NativeReward<F>
where
    F: Fn(&Transitions<'_>, &mut Scores) -> Result<(), Reason>,
{
    /// Wraps a function that scores a whole batch. It gets `scores` filled with rows x factors zeros; a `Reason::Fault` that it
    /// returns refuses the whole batch.
    pub fn per_batch(description: Description, evaluate: F) -> Self {
        NativeReward { description, evaluate }
    }

    fn error(&self, failure: impl Into<Failure>) -> RewardError {
        RewardError {
            plugin: self.description.name.clone(),
            version: self.description.version.clone(),
            export: "evaluate",
            failure: failure.into(),
        }
    }
}

impl NativeReward<fn(&Transitions<'_>, &mut Scores) -> Result<(), Reason>> {
    /// Wraps a function that scores one row into a slice of factors, which it gets filled with zeros.
    pub fn per_row(
        description: Description,
        row: impl Fn(Row<'_>, &mut [f32]) + Clone + Send + Sync,
    ) -> NativeReward<impl Fn(&Transitions<'_>, &mut Scores) -> Result<(), Reason> + Clone + Send + Sync> {
        let (observation, action) = (description.observation_size(), description.action_size());
        let factors = description.factors.len();
        NativeReward::per_batch(description, move |batch, scores| {
            for index in 0..batch.rows {
                let view = Row {
                    observation: cells(batch.observation, index, observation),
                    action: cells(batch.action, index, action),
                    next_observation: cells(batch.next_observation, index, observation),
                    terminated: batch.terminated.get(index).copied().unwrap_or(false),
                    truncated: batch.truncated.get(index).copied().unwrap_or(false),
                };
                row(view, &mut scores.values[index * factors..(index + 1) * factors]);
            }
            Ok(())
        })
    }
}

impl<F> RewardSource for NativeReward<F>
where
    F: Fn(&Transitions<'_>, &mut Scores) -> Result<(), Reason> + Send,
{
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        batch.check(&self.description).map_err(|error| self.error(error))?;
        let Batch::Transitions(rows) = batch else {
            return Err(self.error(InputError::Kind { needed: Kind::Transition }));
        };
        scores.reset(rows.rows, self.description.factors.len());
        match (self.evaluate)(rows, scores) {
            Ok(()) => check_scores(&self.description, rows.rows, scores).map_err(|error| self.error(error)),
            Err(Reason::Fault { message }) => Err(self.error(Failure::Fault { message })),
            Err(Reason::Abstain) => {
                scores.reset(rows.rows, self.description.factors.len());
                scores.unscored.extend((0..rows.rows).map(|row| Unscored { row, reason: Reason::Abstain }));
                Ok(())
            }
        }
    }
}

impl<F> RewardFactory for NativeReward<F>
where
    F: Fn(&Transitions<'_>, &mut Scores) -> Result<(), Reason> + Clone + Send + Sync + 'static,
{
    fn description(&self) -> &Description {
        &self.description
    }

    fn source(&self, _seed: u64) -> Result<Box<dyn RewardSource>, RewardError> {
        Ok(Box::new(self.clone()))
    }
}

fn cells(values: &[f32], index: usize, width: usize) -> &[f32] {
    values.get(index * width..(index + 1) * width).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Factor, Field, OutputError};

    fn reward(value: f32) -> NativeReward<impl Fn(&Transitions<'_>, &mut Scores) -> Result<(), Reason> + Clone> {
        let description = Description::transition("p", "0.1.0")
            .observation([Field::new("x", 1, "m", 0.0, 1.0)])
            .factors([Factor::new("f", 0.0, 1.0, 1.0, "")]);
        NativeReward::per_row(description, move |row, out| out[0] = row.observation[0] * value)
    }

    #[test]
    fn numbers_that_are_not_finite_are_an_error_that_names_the_row() {
        let batch = Transitions { rows: 2, observation: &[0.5, 1.0], ..Transitions::default() };
        let mut scores = Scores::default();
        let error = reward(f32::NAN).evaluate(Batch::Transitions(&batch), &mut scores).map_err(|e| e.failure);
        assert_eq!(error, Err(OutputError::NotANumber { row: 0, factor: "f".into() }.into()));
        assert_eq!(reward(2.0).evaluate(Batch::Transitions(&batch), &mut scores), Ok(()));
        assert_eq!(scores.values, [1.0, 2.0]);
    }
}
