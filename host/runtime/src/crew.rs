//! Threads that wait for work, and do it together.
#![allow(
    unsafe_code,
    reason = "a thread that outlives the call must be told of a function that does not: `Crew::run` returns, or unwinds, only after \
              every thread is done with it"
)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// How long a thread looks whether there is work, or whether the others are done, before it sleeps. To be woken takes about as long, so
/// this at most doubles what waiting costs, and spares it where batches follow each other closely.
const LOOK: Duration = Duration::from_micros(20);

/// A function that all threads run, each with its own number.
type Work<'a> = &'a (dyn Fn(usize) + Sync);

/// A number of threads, the one that asks for the work among them.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    board: Mutex<Board>,
    /// There is work, or none will come any more.
    begin: Condvar,
    /// All are done.
    done: Condvar,
    /// What the board says, for those who only look: its round, and that nobody is busy.
    round: AtomicU64,
    idle: AtomicBool,
}

/// What the threads are to do.
#[derive(Default)]
struct Board {
    work: Option<Work<'static>>,
    /// Counts the calls, so that no thread does one twice.
    round: u64,
    /// Threads that have begun and are not done yet.
    busy: usize,
    panic: Option<Box<dyn Any + Send>>,
    dismissed: bool,
}

impl Shared {
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stand_by(&self, number: usize) {
        let mut round = 0;
        loop {
            look(|| self.round.load(Ordering::Relaxed) != round);
            let mut board = self.board();
            let work = loop {
                if board.dismissed {
                    return;
                }
                // A thread that comes too late finds no work any more.
                if let Some(work) = board.work.filter(|_| board.round != round) {
                    break work;
                }
                board = self.begin.wait(board).unwrap_or_else(PoisonError::into_inner);
            };
            round = board.round;
            board.busy += 1;
            self.idle.store(false, Ordering::Relaxed);
            drop(board);
            let result = catch_unwind(AssertUnwindSafe(|| work(number)));
            let mut board = self.board();
            board.busy -= 1;
            if let Err(panic) = result {
                board.panic = Some(panic);
            }
            if board.busy == 0 {
                self.idle.store(true, Ordering::Relaxed);
                self.done.notify_one();
            }
        }
    }
}

/// Looks for something to happen, for a short time. What is really so, the board tells.
fn look(happened: impl Fn() -> bool) {
    if happened() {
        return;
    }
    let begin = Instant::now();
    while !happened() && begin.elapsed() < LOOK {
        // The one that is waited for may want this very processor.
        std::thread::yield_now();
    }
}

/// Waits for the threads when it goes, also where the asking thread's own part panics.
struct Wait<'a>(&'a Shared);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        // Whoever has not begun by now need not.
        self.0.board().work = None;
        look(|| self.0.idle.load(Ordering::Relaxed));
        let mut board = self.0.board();
        while board.busy > 0 {
            board = self.0.done.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Crew {
    /// Starts `size - 1` threads.
    ///
    /// # Errors
    /// Where the operating system gives no thread.
    pub(crate) fn new(size: usize) -> std::io::Result<Crew> {
        let mut crew = Crew { shared: Arc::default(), threads: Vec::new() };
        for number in 1..size {
            let shared = crew.shared.clone();
            let thread = Builder::new().name("meed-evaluate".into()).spawn(move || shared.stand_by(number))?;
            crew.threads.push(thread);
        }
        Ok(crew)
    }

    /// Runs `work` at the same time on this thread, with the number 0, and on each of the others that is there before this one is done,
    /// with a number of its own. A panic goes on in this thread when all are done.
    pub(crate) fn run(&mut self, work: Work<'_>) {
        // SAFETY: `board.work` is taken from the board by threads that are counted in `busy` from then on. `Wait` takes the reference
        // away, so that no more of them come, and does not let this function end, in whichever way, before those are done.
        // `&mut self` keeps a second call away meanwhile.
        let work_for_threads = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        let wait = Wait(&self.shared);
        {
            let mut board = self.shared.board();
            board.work = Some(work_for_threads);
            board.round += 1;
            board.panic = None;
            self.shared.idle.store(true, Ordering::Relaxed);
            self.shared.round.store(board.round, Ordering::Relaxed);
            self.shared.begin.notify_all();
        }
        work(0);
        drop(wait);
        let panic = self.shared.board().panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.board().dismissed = true;
        self.shared.begin.notify_all();
        for thread in self.threads.drain(..) {
            // Its panics were caught.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn whoever_comes_in_time_works_once() {
        let mut crew = Crew::new(3).unwrap();
        let counts = [0, 0, 0].map(AtomicUsize::new);
        for round in 1..=1000 {
            crew.run(&|number| {
                counts[number].fetch_add(1, Ordering::Relaxed);
            });
            let counts = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
            assert!(counts[0] == round && counts[1] <= round && counts[2] <= round, "{counts:?}");
        }
        // With a wait in it, all come.
        let all = Barrier::new(3);
        for _ in 0..100 {
            crew.run(&|_| _ = all.wait());
        }
    }

    #[test]
    fn a_panic_waits_for_the_others_and_leaves_the_crew_alive() {
        let mut crew = Crew::new(3).unwrap();
        for bad in 0..3 {
            let (all, done) = (Barrier::new(3), AtomicUsize::new(0));
            let work = |number| {
                all.wait();
                if number == bad {
                    panic!("{number}");
                }
                std::thread::sleep(Duration::from_millis(5));
                done.fetch_add(1, Ordering::Relaxed);
            };
            assert!(catch_unwind(AssertUnwindSafe(|| crew.run(&work))).is_err());
            assert_eq!(done.into_inner(), 2);
        }
        let all = Barrier::new(3);
        crew.run(&|_| _ = all.wait());
    }
}
