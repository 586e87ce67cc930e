//! Threads that wait for work, and do it together.
#![allow(
    unsafe_code,
    reason = "a thread that outlives the call must be told of a function that does not: `Crew::run` returns, or unwinds, only after \
              every thread is done with it"
)]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

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
}

/// What the threads are to do.
#[derive(Default)]
struct Board {
    work: Option<Work<'static>>,
    /// Counts the calls, so that no thread does one twice.
    round: u64,
    /// Threads that are not done yet.
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
            let mut board = self.board();
            while board.round == round && !board.dismissed {
                board = self.begin.wait(board).unwrap_or_else(PoisonError::into_inner);
            }
            let Some(work) = board.work.filter(|_| !board.dismissed) else { return };
            round = board.round;
            drop(board);
            let result = catch_unwind(AssertUnwindSafe(|| work(number)));
            let mut board = self.board();
            board.busy -= 1;
            if let Err(panic) = result {
                board.panic = Some(panic);
            }
            if board.busy == 0 {
                self.done.notify_one();
            }
        }
    }
}

/// Waits for the threads when it goes, also where the asking thread's own part panics.
struct Wait<'a>(&'a Shared);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut board = self.0.board();
        while board.busy > 0 {
            board = self.0.done.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
        board.work = None;
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

    /// Runs `work` on each thread at the same time, with the numbers from 0 on; 0 is this thread's. A panic goes on in this thread
    /// when all are done.
    pub(crate) fn run(&mut self, work: Work<'_>) {
        // SAFETY: `board.work` is called by the threads counted in `busy` only, each once, and `Wait` does not let this function end,
        // in whichever way, before they are done and the reference is gone. `&mut self` keeps a second call away meanwhile.
        let work_for_threads = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        let wait = Wait(&self.shared);
        {
            let mut board = self.shared.board();
            board.work = Some(work_for_threads);
            board.round += 1;
            board.busy = self.threads.len();
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn everyone_works_in_each_round() {
        let mut crew = Crew::new(3).unwrap();
        let counts = [0, 0, 0].map(AtomicUsize::new);
        for _ in 0..1000 {
            crew.run(&|number| {
                counts[number].fetch_add(1, Ordering::Relaxed);
            });
        }
        assert_eq!(counts.map(AtomicUsize::into_inner), [1000; 3]);
    }

    #[test]
    fn a_panic_waits_for_the_others_and_leaves_the_crew_alive() {
        let mut crew = Crew::new(3).unwrap();
        for bad in 0..3 {
            let done = AtomicUsize::new(0);
            let work = |number| {
                if number == bad {
                    panic!("{number}");
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
                done.fetch_add(1, Ordering::Relaxed);
            };
            assert!(catch_unwind(AssertUnwindSafe(|| crew.run(&work))).is_err());
            assert_eq!(done.into_inner(), 2);
        }
        let done = AtomicUsize::new(0);
        crew.run(&|_| _ = done.fetch_add(1, Ordering::Relaxed));
        assert_eq!(done.into_inner(), 3);
    }
}
