//! Rewards that score rows from themselves or their group.

use meed_core::{Batch, Cost, Description, InputError, Kind, RewardError, RewardFactory, RewardSource, Scores};

use super::cut::{Part, parts};
use super::scorer::Scorer;
use crate::Plugin;
use crate::bindings::transition::GuestIndices;

/// A transition reward. A batch with more rows than a call should have is cut between groups.
pub(crate) struct TransitionSource {
    plugin: Plugin,
    scorer: Scorer,
}

impl TransitionSource {
    pub(crate) fn new(plugin: &Plugin, exports: &GuestIndices) -> Result<Self, RewardError> {
        Ok(TransitionSource { plugin: plugin.clone(), scorer: Scorer::new(plugin, exports)? })
    }
}

impl RewardSource for TransitionSource {
    fn description(&self) -> &Description {
        self.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let TransitionSource { plugin, scorer } = self;
        let Batch::Transitions(rows) = batch else {
            return Err(plugin.error("evaluate", InputError::Kind { needed: Kind::Transition }));
        };
        if !plugin.layout().is_some_and(|layout| layout.fits(rows)) {
            batch.check(plugin.description()).map_err(|error| plugin.error("evaluate", error))?;
        }
        let factors = plugin.description().factors.len();
        scores.factors = factors;
        scores.values.resize(rows.rows * factors, 0.0);
        scores.unscored.clear();
        scorer.begin();
        let fit = scorer.fit(plugin);
        if rows.rows <= fit {
            return scorer.score(plugin, rows, &Part::whole(rows), &mut scores.values, &mut scores.unscored);
        }
        // Where the plugin does not see the groups, it can't tell where they are cut.
        let groups = if plugin.description().inputs.group { rows.group_offsets } else { &[] };
        for part in parts(groups, rows.rows, fit) {
            let values = &mut scores.values[part.rows.start * factors..part.rows.end * factors];
            scorer.score(plugin, rows, &part, values, &mut scores.unscored)?;
        }
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.scorer.cost()
    }
}
