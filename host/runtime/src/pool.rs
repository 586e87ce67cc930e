//! One large batch over several instances, a thread each.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use meed_core::{
    Batch, Cost, Description, Failure, InputError, Kind, RewardError, RewardFactory, RewardSource, Scores, Unscored,
};

use crate::Plugin;
use crate::crew::Crew;
use crate::sources::{Part, Scorer, parts};

/// Rows that one thread takes at a time: enough that taking them costs nothing (a tenth of a microsecond, where they take eight or
/// more), few enough that no thread is left alone with the last of a large batch. 512 and 2,048 measured the same.
const ROWS: usize = 1_024;

/// A transition reward that spreads each batch over several instances of its plugin.
///
/// Scores, their order and errors are those of a single instance, whatever the number of threads. Groups stay together. Between calls
/// the threads sleep, and a call of the usual size allocates nothing.
pub struct PooledSource {
    plugin: Plugin,
    crew: Crew,
    /// One a thread.
    scorers: Vec<Mutex<Scorer>>,
    pieces: Vec<Piece>,
}

/// A part of a batch and the rows of it that have no score. They are kept by the part, not by the thread, so that memory is found
/// enough after one batch of a sort, whichever thread scores which part of the next.
struct Piece {
    part: Part,
    unscored: Vec<Unscored>,
}

/// What is still to be scored, in order.
struct Queue<'a> {
    pieces: std::slice::IterMut<'a, Piece>,
    values: &'a mut [f32],
    /// The error of the earliest part, and where that begins. Later parts are not begun any more.
    error: Option<(usize, RewardError)>,
}

impl<'a> Queue<'a> {
    fn next(&mut self, factors: usize) -> Option<(&'a mut Piece, &'a mut [f32])> {
        if self.error.is_some() {
            return None;
        }
        let piece = self.pieces.next()?;
        let (values, rest) = std::mem::take(&mut self.values).split_at_mut_checked(piece.part.rows.len() * factors)?;
        self.values = rest;
        Some((piece, values))
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
        let scorers =
            (0..threads.get()).map(|_| Ok(Mutex::new(plugin.scorer()?))).collect::<Result<_, RewardError>>()?;
        let crew = Crew::new(threads.get()).map_err(|error| failed(format!("no thread: {error}")))?;
        Ok(PooledSource { plugin: plugin.clone(), crew, scorers, pieces: Vec::new() })
    }

    /// Counts the threads.
    pub fn threads(&self) -> usize {
        self.scorers.len()
    }
}

impl RewardSource for PooledSource {
    fn description(&self) -> &Description {
        self.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let PooledSource { plugin, crew, scorers, pieces } = self;
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
        for scorer in scorers.iter_mut() {
            scorer.get_mut().unwrap_or_else(PoisonError::into_inner).begin();
        }
        if let (true, Some(first)) = (rows.rows <= ROWS, scorers.first_mut()) {
            let scorer = first.get_mut().unwrap_or_else(PoisonError::into_inner);
            return scorer.score(plugin, rows, &Part::whole(rows), &mut scores.values, &mut scores.unscored);
        }
        let groups = if plugin.description().inputs.group { rows.group_offsets } else { &[] };
        let count = cut(groups, rows.rows, ROWS.min(plugin.code().limits.rows).max(1), pieces);
        let queue = Queue { pieces: pieces[..count].iter_mut(), values: &mut scores.values, error: None };
        let queue = Mutex::new(queue);
        let take = || queue.lock().unwrap_or_else(PoisonError::into_inner);
        crew.run(&|number| {
            let Some(scorer) = scorers.get(number) else { return };
            let mut scorer = scorer.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                // In a statement of its own, so that the queue is free while the part is scored.
                let next = take().next(factors);
                let Some((Piece { part, unscored }, values)) = next else { return };
                if let Err(error) = scorer.score(plugin, rows, part, values, unscored) {
                    take().fail(part.rows.start, error);
                }
            }
        });
        let error = take().error.take();
        if let Some((_, error)) = error {
            return Err(error);
        }
        for piece in &mut pieces[..count] {
            scores.unscored.append(&mut piece.unscored);
        }
        Ok(())
    }

    fn cost(&self) -> Cost {
        let cost = |scorer: &Mutex<Scorer>| scorer.lock().unwrap_or_else(PoisonError::into_inner).cost();
        let sum = |sum: Cost, cost: Cost| Cost {
            fuel: sum.fuel.zip(cost.fuel).map(|(a, b)| a.saturating_add(b)).or(sum.fuel).or(cost.fuel),
            memory: sum.memory.max(cost.memory),
        };
        self.scorers.iter().map(cost).reduce(sum).unwrap_or_default()
    }
}

/// Cuts a batch and counts the parts; earlier pieces are used again.
fn cut(groups: &[u32], rows: usize, fit: usize, pieces: &mut Vec<Piece>) -> usize {
    let mut count = 0;
    for part in parts(groups, rows, fit) {
        match pieces.get_mut(count) {
            Some(piece) => {
                piece.part = part;
                piece.unscored.clear();
            }
            None => pieces.push(Piece { part, unscored: Vec::new() }),
        }
        count += 1;
    }
    count
}
