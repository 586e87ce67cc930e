//! Rewards that score rows from themselves or their group.

use std::ops::Range;

use meed_core::{
    Batch, Cost, Description, Failure, InputError, Kind, OutputError, RewardError, RewardFactory, RewardSource, Scores,
    Transitions,
};

use super::caller::Caller;
use super::{answer, rows};
use crate::Plugin;
use crate::bindings::transition::GuestIndices;

/// A transition reward. A batch with more rows than a call should have is cut between groups.
pub(crate) struct TransitionSource {
    caller: Caller<GuestIndices>,
    /// The answer to one part of a batch that was cut.
    part: Scores,
    /// The groups of one part.
    offsets: Vec<u32>,
}

impl TransitionSource {
    pub(crate) fn new(plugin: &Plugin, exports: &GuestIndices) -> Result<Self, RewardError> {
        let caller = Caller::new(plugin, exports)?;
        Ok(TransitionSource { caller, part: Scores::default(), offsets: Vec::new() })
    }

    fn evaluate_cut(
        &mut self,
        plugin: &Plugin,
        batch: &Transitions<'_>,
        scores: &mut Scores,
    ) -> Result<(), RewardError> {
        let (description, limits) = (plugin.description(), plugin.code().limits);
        // Where the plugin does not see the groups, it can't tell where they are cut.
        let groups = if description.inputs.group { batch.group_offsets } else { &[] };
        let fit = limits.chunk_rows.min(limits.rows).max(1);
        scores.reset(0, description.factors.len());
        let mut first_group = 0;
        let mut start = 0;
        while start < batch.rows {
            let Range { start: _, end: last_group } = next_groups(groups, first_group, batch.rows, fit);
            let end = row_of(groups, last_group);
            rows::within(end - start, &limits).map_err(|failure| plugin.error("evaluate", failure))?;
            let mut part = batch.slice(start, end);
            if !groups.is_empty() {
                self.offsets.clear();
                self.offsets.extend(groups[first_group..=last_group].iter().map(|offset| offset - start as u32));
                part.group_offsets = &self.offsets;
            }
            evaluate(&mut self.caller, plugin, &part, &mut self.part).map_err(|error| shift(error, start))?;
            scores.values.extend_from_slice(&self.part.values);
            scores.unscored.extend(self.part.unscored.drain(..).map(|mut unscored| {
                unscored.row += start;
                unscored
            }));
            (first_group, start) = (last_group, end);
        }
        Ok(())
    }
}

impl RewardSource for TransitionSource {
    fn description(&self) -> &Description {
        self.caller.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let plugin = self.caller.plugin.clone();
        batch.check(plugin.description()).map_err(|error| plugin.error("evaluate", error))?;
        let Batch::Transitions(batch) = batch else {
            return Err(plugin.error("evaluate", InputError::Kind { needed: Kind::Transition }));
        };
        self.caller.begin();
        let limits = &plugin.code().limits;
        if batch.rows > limits.chunk_rows.min(limits.rows) {
            self.evaluate_cut(&plugin, batch, scores)
        } else {
            evaluate(&mut self.caller, &plugin, batch, scores)
        }
    }

    fn cost(&self) -> Cost {
        self.caller.cost()
    }
}

fn evaluate(
    caller: &mut Caller<GuestIndices>,
    plugin: &Plugin,
    batch: &Transitions<'_>,
    scores: &mut Scores,
) -> Result<(), RewardError> {
    let description = plugin.description();
    caller.evaluate(
        |guest, store| guest.call_evaluate(store, rows::given(description, batch)),
        |answer| answer::take(description, batch.rows, answer, scores),
    )
}

/// Gives the groups, from `first` on, that go together into one call: as many as fit, at least one.
fn next_groups(offsets: &[u32], first: usize, rows: usize, fit: usize) -> Range<usize> {
    if offsets.is_empty() {
        return first..rows.min(first + fit);
    }
    let most = offsets[first] as usize + fit;
    let mut end = first + 1;
    while end + 1 < offsets.len() && offsets[end + 1] as usize <= most {
        end += 1;
    }
    first..end
}

/// Gives the row at which a group begins; without offsets each row is a group.
fn row_of(offsets: &[u32], group: usize) -> usize {
    if offsets.is_empty() { group } else { offsets[group] as usize }
}

/// Counts the rows that an error names from the beginning of the whole batch.
fn shift(mut error: RewardError, start: usize) -> RewardError {
    if let Failure::Output(output) = &mut error.failure {
        match output {
            OutputError::NotANumber { row, .. } | OutputError::Infinite { row, .. } => *row += start,
            OutputError::Unscored { row, rows } => {
                *row += start;
                *rows += start;
            }
            OutputError::Length { .. } => {}
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(offsets: &[u32], rows: usize, fit: usize) -> Vec<usize> {
        let (mut group, mut ends) = (0, Vec::new());
        while row_of(offsets, group) < rows {
            group = next_groups(offsets, group, rows, fit).end;
            ends.push(row_of(offsets, group));
        }
        ends
    }

    #[test]
    fn a_batch_is_cut_between_groups_only() {
        assert_eq!(cuts(&[], 10, 4), [4, 8, 10]);
        assert_eq!(cuts(&[0, 3, 6, 9, 10], 10, 4), [3, 6, 10]);
        assert_eq!(cuts(&[0, 2, 4, 6, 8, 10], 10, 4), [4, 8, 10]);
        // A group that is larger than fits goes alone; empty groups go along.
        assert_eq!(cuts(&[0, 7, 7, 8, 10], 10, 4), [7, 10]);
        assert_eq!(cuts(&[0, 0, 10, 10], 10, 4), [0, 10]);
    }
}
