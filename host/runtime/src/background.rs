//! Batches that are scored while their owner does something else.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use meed_core::{Batch, RewardError, RewardSource, Scores, Transitions};

/// A batch of rows with its memory, which goes to another thread and comes back.
pub trait OwnedRows: Send + 'static {
    /// Borrows the rows.
    fn rows(&self) -> Transitions<'_>;
}

/// A batch that was scored, or not.
#[derive(Debug)]
pub struct Answer<B> {
    /// The batch, to be filled again.
    pub batch: B,
    /// Its scores, which mean nothing where `result` is an error; hand them in again with the next batch.
    pub scores: Scores,
    /// Whether there are scores.
    pub result: Result<(), RewardError>,
}

/// A reward that scores batches in a thread of its own, in the order in which they are handed in: a training loop submits a rollout, goes
/// on, and collects its scores when it needs them. Batches and scores go back and forth, so that nothing is allocated for them.
///
/// ```no_run
/// # use meed_core::{RewardError, RewardSource, Scores, Transitions};
/// # use meed_runtime::{Background, OwnedRows};
/// # fn use_scores(_: &Scores) {}
/// # fn example(source: Box<dyn RewardSource>) -> Result<(), Box<dyn std::error::Error>> {
/// struct Rollout { observation: Vec<f32> }
///
/// impl OwnedRows for Rollout {
///     fn rows(&self) -> Transitions<'_> {
///         Transitions { rows: self.observation.len(), observation: &self.observation, ..Transitions::default() }
///     }
/// }
///
/// let mut reward = Background::new(source, 2)?;
/// let first = Rollout { observation: vec![0.0; 1024] };
/// assert!(reward.submit(first, Scores::default()).is_ok());
/// // … fill the next rollout meanwhile …
/// if let Some(answer) = reward.collect() {
///     answer.result?;
///     use_scores(&answer.scores);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Background<B> {
    /// Gone when the reward is dropped, which ends the thread.
    jobs: Option<SyncSender<(B, Scores)>>,
    answers: Receiver<Answer<B>>,
    thread: Option<JoinHandle<()>>,
    waiting: usize,
    depth: usize,
}

impl<B: OwnedRows> Background<B> {
    /// Gives a reward a thread. `depth` batches, at least one, may be on their way at a time.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub fn new(mut source: Box<dyn RewardSource>, depth: usize) -> std::io::Result<Self> {
        let depth = depth.max(1);
        let (jobs, todo) = sync_channel::<(B, Scores)>(depth);
        let (done, answers) = sync_channel(depth);
        let work = move || {
            for (batch, mut scores) in todo {
                let result = source.evaluate(Batch::Transitions(&batch.rows()), &mut scores);
                if done.send(Answer { batch, scores, result }).is_err() {
                    return;
                }
            }
        };
        let thread = Builder::new().name("meed-background".into()).spawn(work)?;
        Ok(Background { jobs: Some(jobs), answers, thread: Some(thread), waiting: 0, depth })
    }

    /// Hands a batch in and returns at once. `scores` is what the answer is written into.
    ///
    /// # Errors
    /// Both back, where as many batches as may be are on their way: collect one first.
    pub fn submit(&mut self, batch: B, scores: Scores) -> Result<(), (B, Scores)> {
        match &self.jobs {
            Some(jobs) if self.waiting < self.depth => jobs.send((batch, scores)).map_err(|refused| refused.0)?,
            _ => return Err((batch, scores)),
        }
        self.waiting += 1;
        Ok(())
    }

    /// Waits for the earliest batch that was not collected yet; `None` where there is none.
    pub fn collect(&mut self) -> Option<Answer<B>> {
        if self.waiting == 0 {
            return None;
        }
        self.waiting -= 1;
        self.answers.recv().ok()
    }

    /// Gives the earliest batch that was not collected yet if it is ready.
    pub fn collect_ready(&mut self) -> Option<Answer<B>> {
        let answer = self.answers.try_recv().ok()?;
        self.waiting -= 1;
        Some(answer)
    }

    /// Counts the batches that are on their way.
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}

impl<B> Drop for Background<B> {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A batch that is being scored is scored to its end. There is room for all answers, so the thread never waits.
            let _ = thread.join();
        }
    }
}
