//! Rewards that score whole episodes.

use meed_core::{Batch, Cost, Description, InputError, Kind, RewardError, RewardFactory, RewardSource, Scores};

use super::caller::Caller;
use super::{answer, rows};
use crate::Plugin;
use crate::bindings::episode::GuestIndices;
use crate::bindings::types;

/// An episode reward.
pub(crate) struct EpisodeSource {
    plugin: Plugin,
    caller: Caller<GuestIndices>,
}

impl EpisodeSource {
    pub(crate) fn new(plugin: &Plugin, exports: &GuestIndices) -> Result<Self, RewardError> {
        Ok(EpisodeSource { plugin: plugin.clone(), caller: Caller::new(plugin, exports)? })
    }
}

impl RewardSource for EpisodeSource {
    fn description(&self) -> &Description {
        self.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let plugin = &self.plugin;
        let description = plugin.description();
        batch.check(description).map_err(|error| plugin.error("evaluate", error))?;
        let owed = batch.scored_rows(description);
        let Batch::Episodes(batch) = batch else {
            return Err(plugin.error("evaluate", InputError::Kind { needed: Kind::Episode }));
        };
        let most = batch.steps.rows.max(batch.count());
        rows::within(most, &plugin.code().limits).map_err(|failure| plugin.error("evaluate", failure))?;
        let given = types::Episodes {
            steps: rows::given(description, &batch.steps),
            episode_offsets: batch.episode_offsets,
            group_offsets: if description.inputs.group { batch.group_offsets } else { &[] },
        };
        self.caller.begin();
        self.caller.evaluate(
            plugin,
            |guest, store| guest.call_evaluate(store, given),
            |answer| answer::take(description, owed, answer, scores),
        )
    }

    fn cost(&self) -> Cost {
        self.caller.cost()
    }
}
