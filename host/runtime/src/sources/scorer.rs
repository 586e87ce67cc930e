//! Scores rows in one call, by whichever way the plugin's path is.

use meed_core::{Cost, OutputError, RewardError, RewardFactory, Transitions, Unscored, check_rows};

use super::arena::ArenaCaller;
use super::caller::Caller;
use super::cut::{Part, shift};
use super::{answer, rows};
use crate::Plugin;
use crate::bindings::transition::GuestIndices;
use crate::bindings::types;

/// An instance of a transition reward.
pub(crate) struct Scorer {
    way: Way,
    /// The groups of a part that is not the whole batch.
    offsets: Vec<u32>,
}

enum Way {
    Arena(Box<ArenaCaller>),
    Portable(Box<Caller<GuestIndices>>),
}

impl Scorer {
    /// Makes an instance where one is to be reused.
    ///
    /// # Errors
    /// Where no instance can be made.
    pub(crate) fn new(plugin: &Plugin, exports: &GuestIndices) -> Result<Self, RewardError> {
        let way = match plugin.arena() {
            Some(_) => Way::Arena(Box::new(ArenaCaller::new(plugin)?)),
            None => Way::Portable(Box::new(Caller::new(plugin, exports)?)),
        };
        Ok(Scorer { way, offsets: Vec::new() })
    }

    /// Forgets what earlier calls cost.
    pub(crate) fn begin(&mut self) {
        match &mut self.way {
            Way::Arena(caller) => caller.begin(),
            Way::Portable(caller) => caller.begin(),
        }
    }

    pub(crate) fn cost(&self) -> Cost {
        match &self.way {
            Way::Arena(caller) => caller.cost(),
            Way::Portable(caller) => caller.cost(),
        }
    }

    /// Gives the rows that go into one call.
    pub(crate) fn fit(&self, plugin: &Plugin) -> usize {
        let limits = &plugin.code().limits;
        let fit = limits.chunk_rows.min(limits.rows).max(1);
        match &self.way {
            Way::Arena(_) => fit.min(super::arena::ROWS),
            Way::Portable(_) => fit,
        }
    }

    /// Scores one part of a batch into `values`, and appends its rows without a score to `unscored`.
    ///
    /// # Errors
    /// As for `RewardSource::evaluate`; the rows that an error names are those of the whole batch.
    pub(crate) fn score(
        &mut self,
        plugin: &Plugin,
        batch: &Transitions<'_>,
        part: &Part,
        values: &mut [f32],
        unscored: &mut Vec<Unscored>,
    ) -> Result<(), RewardError> {
        let Scorer { way, offsets } = self;
        let (description, start, rows) = (plugin.description(), part.rows.start, part.rows.len());
        let before = unscored.len();
        rows::within(rows, &plugin.code().limits).map_err(|failure| plugin.error("evaluate", failure))?;
        match way {
            Way::Arena(caller) => caller.score(plugin, batch, part.rows.clone(), values, unscored),
            Way::Portable(caller) => {
                let mut given = *batch;
                if rows < batch.rows {
                    given = batch.slice(part.rows.start, part.rows.end);
                    if description.inputs.group && !batch.group_offsets.is_empty() {
                        let groups = &batch.group_offsets[part.groups.start..=part.groups.end];
                        offsets.clear();
                        offsets.extend(groups.iter().map(|offset| offset - start as u32));
                        given.group_offsets = offsets;
                    }
                }
                caller.evaluate(
                    plugin,
                    |guest, store| guest.call_evaluate(store, rows::given(description, &given)),
                    |answer: types::Scores| {
                        let len = answer.values.len();
                        if len != values.len() {
                            return Err(OutputError::Length { len, rows, factors: description.factors.len() }.into());
                        }
                        values.copy_from_slice(&answer.values);
                        let bytes = answer::message(batch.rows);
                        unscored.extend(answer.unscored.into_iter().map(|given| answer::unscored(given, bytes)));
                        Ok(check_rows(description, rows, values, &unscored[before..])?)
                    },
                )
            }
        }
        .map_err(|error| shift(error, start))?;
        unscored[before..].iter_mut().for_each(|unscored| unscored.row += start);
        Ok(())
    }
}
