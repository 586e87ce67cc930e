//! The plugin through the host, as a training loop calls it: row-major rows in, row-major factors out.

use std::num::NonZero;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use meed_core::{Batch as Rows, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Plugin, Profile};

use crate::candidate::Candidate;
use crate::rows::Batch;

/// Makes a host as for training.
pub(crate) fn host() -> Result<Host> {
    Ok(Host::new(HostConfig::new(Profile::Train))?)
}

/// Takes the arena's exports out of a component by giving them a name that no host looks for, so that the host makes the portable
/// call.
pub(crate) fn without_arena(mut component: Vec<u8>) -> Vec<u8> {
    const NAME: &[u8] = b"meed_arena_";
    let mut at = 0;
    while let Some(found) = component[at..].windows(NAME.len()).position(|window| window == NAME) {
        at += found;
        component[at..at + NAME.len()].copy_from_slice(b"meed_other_");
    }
    component
}

const TWO: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(1);

/// A batch in one call.
pub(crate) struct Batched {
    name: &'static str,
    source: Box<dyn RewardSource>,
    batch: Batch,
    scores: Scores,
}

impl Batched {
    pub(crate) fn new(name: &'static str, plugin: &Plugin, batch: &Batch) -> Result<Self> {
        Ok(Batched { name, source: plugin.source(0)?, batch: batch.clone(), scores: Scores::default() })
    }

    /// Spreads the batch over two threads.
    pub(crate) fn on_two_threads(plugin: &Plugin, batch: &Batch) -> Result<Self> {
        let source = Box::new(plugin.pool(TWO)?);
        Ok(Batched { name: "two-threads", source, batch: batch.clone(), scores: Scores::default() })
    }

    fn call(&mut self) -> Result<()> {
        let Batch { rows, observation, action } = &self.batch;
        let rows = Transitions { rows: *rows, observation, action, ..Transitions::default() };
        Ok(self.source.evaluate(Rows::Transitions(&rows), &mut self.scores)?)
    }
}

impl Candidate for Batched {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        self.call()?;
        ensure!(self.scores.unscored.is_empty(), "{} rows have no score", self.scores.unscored.len());
        Ok(self.scores.values.clone())
    }

    fn time(&mut self, times: u32) -> Result<Duration> {
        let begin = Instant::now();
        for _ in 0..times {
            self.call()?;
        }
        Ok(begin.elapsed())
    }
}

/// A call for each row.
pub(crate) struct RowByRow {
    source: Box<dyn RewardSource>,
    batch: Batch,
    scores: Scores,
}

impl RowByRow {
    pub(crate) fn new(plugin: &Plugin, batch: &Batch) -> Result<Self> {
        Ok(RowByRow { source: plugin.source(0)?, batch: batch.clone(), scores: Scores::default() })
    }

    fn call(&mut self, mut take: impl FnMut(&[f32])) -> Result<()> {
        let Batch { rows, observation, action } = &self.batch;
        let (wide, narrow) = (observation.len() / rows, action.len() / rows);
        for row in 0..*rows {
            let (observation, action) = (&observation[row * wide..][..wide], &action[row * narrow..][..narrow]);
            let one = Transitions { rows: 1, observation, action, ..Transitions::default() };
            self.source.evaluate(Rows::Transitions(&one), &mut self.scores)?;
            take(&self.scores.values);
        }
        Ok(())
    }
}

impl Candidate for RowByRow {
    fn name(&self) -> &'static str {
        "one-row-a-call"
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        let mut values = Vec::new();
        self.call(|row| values.extend_from_slice(row))?;
        Ok(values)
    }

    fn time(&mut self, times: u32) -> Result<Duration> {
        let begin = Instant::now();
        for _ in 0..times {
            self.call(|_| {})?;
        }
        Ok(begin.elapsed())
    }
}
