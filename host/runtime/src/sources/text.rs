//! Rewards that score completions.

use meed_core::{
    Batch, Cost, Description, InputError, Kind, RewardError, RewardFactory, RewardSource, Samples, Scores,
};

use super::caller::Caller;
use super::{answer, rows};
use crate::Plugin;
use crate::bindings::text::GuestIndices;
use crate::bindings::types;

/// A text reward.
pub(crate) struct TextSource {
    plugin: Plugin,
    caller: Caller<GuestIndices>,
}

impl TextSource {
    pub(crate) fn new(plugin: &Plugin, exports: &GuestIndices) -> Result<Self, RewardError> {
        Ok(TextSource { plugin: plugin.clone(), caller: Caller::new(plugin, exports)? })
    }
}

impl RewardSource for TextSource {
    fn description(&self) -> &Description {
        self.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let plugin = &self.plugin;
        let description = plugin.description();
        batch.check(description).map_err(|error| plugin.error("evaluate", error))?;
        let Batch::Samples(batch) = batch else {
            return Err(plugin.error("evaluate", InputError::Kind { needed: Kind::Text }));
        };
        rows::within(batch.rows, &plugin.code().limits).map_err(|failure| plugin.error("evaluate", failure))?;
        let columns = columns(description, batch);
        let inputs = &description.inputs;
        let given = types::Samples {
            rows: batch.rows as u32,
            completion: batch.completion,
            prompt: if inputs.prompt { batch.prompt } else { &[] },
            reference: if inputs.reference { batch.reference } else { &[] },
            tokens: if inputs.tokens { batch.tokens } else { &[] },
            columns: &columns,
            group_offsets: if inputs.group { batch.group_offsets } else { &[] },
        };
        self.caller.begin();
        self.caller.evaluate(
            plugin,
            |guest, store| guest.call_evaluate(store, given),
            |answer| answer::take(description, batch.rows, answer, scores),
        )
    }

    fn cost(&self) -> Cost {
        self.caller.cost()
    }
}

/// Picks the columns that the description names, in its order.
fn columns<'a>(description: &Description, batch: &Samples<'a>) -> Vec<types::Column<'a>> {
    let find = |name: &String| batch.columns.iter().find(|column| column.name == name);
    description
        .columns
        .iter()
        .filter_map(find)
        .map(|column| types::Column { name: column.name, values: column.values })
        .collect()
}
