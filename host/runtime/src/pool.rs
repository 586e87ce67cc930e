//! One large batch over several instances, a thread each.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use meed_core::{
    Batch, Cost, Description, Failure, InputError, Kind, RewardError, RewardFactory, RewardSource, Scores, Unscored,
};

use crate::Plugin;
use crate::crew::Crew;
use crate::sources::{Part, Scorer, parts};

/// Rows that one thread takes at a time: enough that taking them costs nothing, few enough that no thread is left alone with the
/// last of a large batch.
const ROWS: usize = 1_024;

/// A transition reward that spreads each batch over several instances of its plugin.
///
/// Scores, their order and errors are those of a single instance, whatever the number of threads. Groups stay together. Between calls
/// the threads sleep, and a call of the usual size allocates nothing.
pub struct PooledSource {
    plugin: Plugin,
    crew: Crew,
    workers: Vec<Mutex<Worker>>,
    parts: Vec<Part>,
}

struct Worker {
    scorer: Scorer,
    unscored: Vec<Unscored>,
}

/// What is still to be scored, in order.
struct Queue<'a> {
    parts: std::slice::Iter<'a, Part>,
    values: &'a mut [f32],
    /// The error of the earliest part, and where that begins. Later parts are not begun any more.
    error: Option<(usize, RewardError)>,
}

impl<'a> Queue<'a> {
    fn next(&mut self, factors: usize) -> Option<(&'a Part, &'a mut [f32])> {
        if self.error.is_some() {
            return None;
        }
        let part = self.parts.next()?;
        let (values, rest) = std::mem::take(&mut self.values).split_at_mut_checked(part.rows.len() * factors)?;
        self.values = rest;
        Some((part, values))
    }

    fn fail(&mut self, start: usize, error: RewardError) {
        if self.error.as_ref().is_none_or(|(first, _)| start < *first) {
            self.error = Some((start, error));
        }
    }
}

impl PooledSource {
    /// Makes as many instances as there are to be threads, the calling one among them.
    pub(crate) fn new(plugin: &Plugin, threads: NonZero<usize>) -> Result<Self, RewardError> {
        let failed = |reason: String| plugin.error("instantiate", Failure::Instantiate { reason });
        let workers = (0..threads.get())
            .map(|_| Ok(Mutex::new(Worker { scorer: plugin.scorer()?, unscored: Vec::new() })))
            .collect::<Result<_, RewardError>>()?;
        let crew = Crew::new(threads.get()).map_err(|error| failed(format!("no thread: {error}")))?;
        Ok(PooledSource { plugin: plugin.clone(), crew, workers, parts: Vec::new() })
    }

    /// Counts the threads.
    pub fn threads(&self) -> usize {
        self.workers.len()
    }
}

impl RewardSource for PooledSource {
    fn description(&self) -> &Description {
        self.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let PooledSource { plugin, crew, workers, parts: list } = self;
        let Batch::Transitions(rows) = batch else {
            return Err(plugin.error("evaluate", InputError::Kind { needed: Kind::Transition }));
        };
        batch.check(plugin.description()).map_err(|error| plugin.error("evaluate", error))?;
        let factors = plugin.description().factors.len();
        scores.factors = factors;
        scores.values.resize(rows.rows * factors, 0.0);
        scores.unscored.clear();
        let groups = if plugin.description().inputs.group { rows.group_offsets } else { &[] };
        list.clear();
        list.extend(parts(groups, rows.rows, ROWS.min(plugin.code().limits.rows).max(1)));
        let queue = Mutex::new(Queue { parts: list.iter(), values: &mut scores.values, error: None });
        let take = || queue.lock().unwrap_or_else(PoisonError::into_inner);
        let work = |number: usize| {
            let Some(worker) = workers.get(number) else { return };
            let Worker { scorer, unscored } = &mut *worker.lock().unwrap_or_else(PoisonError::into_inner);
            scorer.begin();
            unscored.clear();
            loop {
                // In a statement of its own, so that the queue is free while the part is scored.
                let next = take().next(factors);
                let Some((part, values)) = next else { return };
                if let Err(error) = scorer.score(plugin, rows, part, values, unscored) {
                    take().fail(part.rows.start, error);
                }
            }
        };
        if list.len() <= 1 {
            work(0)
        } else {
            crew.run(&work)
        }
        let error = take().error.take();
        if let Some((_, error)) = error {
            return Err(error);
        }
        for worker in workers.iter_mut() {
            scores.unscored.append(&mut worker.get_mut().unwrap_or_else(PoisonError::into_inner).unscored);
        }
        scores.unscored.sort_unstable_by_key(|unscored| unscored.row);
        Ok(())
    }

    fn cost(&self) -> Cost {
        let costs =
            self.workers.iter().map(|worker| worker.lock().unwrap_or_else(PoisonError::into_inner).scorer.cost());
        costs
            .reduce(|sum, cost| Cost {
                fuel: sum.fuel.zip(cost.fuel).map(|(a, b)| a.saturating_add(b)).or(sum.fuel).or(cost.fuel),
                memory: sum.memory.max(cost.memory),
            })
            .unwrap_or_default()
    }
}
