//! The Python process: started, asked, watched and ended.
//!
//! It runs in a process group of its own. Two threads go with it: one keeps the end of what it writes to standard error, one ends
//! the group where an answer is overdue, so that whoever waits for it reads the end of the stream in place of waiting on. Dropping
//! the process ends the group, and with it both threads.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::BridgeOptions;
use crate::EnvError;

/// What runs in the process.
const PROGRAM: &str = include_str!("child.py");
/// How much of standard error is kept, in bytes: enough for a traceback.
const KEPT: usize = 16 * 1024;

/// A running Python process with an environment in it.
pub(super) struct Process {
    id: String,
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    listener: Option<JoinHandle<()>>,
    watch: Arc<Watch>,
    patience: Duration,
    /// Whether it was collected, so that its number may be another's by now.
    ended: bool,
}

impl Process {
    /// Starts the process and gives its first answer, too.
    pub(super) fn start(id: &str, arguments: [&str; 3], options: &BridgeOptions) -> Result<(Self, Vec<u8>), EnvError> {
        let mut command = Command::new(&options.python);
        command.args(["-c", PROGRAM]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        if let Some(modules) = &options.modules {
            let others = std::env::var_os("PYTHONPATH").unwrap_or_default();
            let paths = std::iter::once(modules.clone()).chain(std::env::split_paths(&others));
            let paths = std::env::join_paths(paths).map_err(|error| no_python(options, error.to_string()))?;
            command.env("PYTHONPATH", paths);
        }
        let mut child = command.spawn().map_err(|error| no_python(options, error.to_string()))?;
        let (Some(to), Some(from), Some(mut errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(no_python(options, "it has no streams".into()));
        };
        let stderr = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&stderr);
        let listener = std::thread::spawn(move || keep(&mut errors, &kept));
        let watch = Watch::begin(child.id());
        let patience = options.patience;
        let listener = Some(listener);
        let mut process = Process { id: id.into(), child, to, from, stderr, listener, watch, patience, ended: false };
        let answer = process.listen(|_| Ok(()))?;
        Ok((process, answer))
    }

    /// Asks a question and waits for the answer.
    pub(super) fn ask(&mut self, letter: u8, question: &[u8]) -> Result<Vec<u8>, EnvError> {
        let length = (question.len() as u32).to_le_bytes();
        self.listen(|to| {
            to.write_all(&[&[letter], &length[..], question].concat())?;
            to.flush()
        })
    }

    /// Makes the error for an answer that is none.
    pub(super) fn broken(&self, what: String) -> EnvError {
        let mut stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(stderr.make_contiguous()).trim_end().to_owned();
        EnvError::Bridge { id: self.id.clone(), what, stderr: text }
    }

    fn listen(&mut self, speak: impl FnOnce(&mut ChildStdin) -> std::io::Result<()>) -> Result<Vec<u8>, EnvError> {
        self.watch.expect_within(self.patience);
        let heard = speak(&mut self.to).and_then(|()| {
            let mut header = [0; 5];
            self.from.read_exact(&mut header)?;
            let [_, length @ ..] = header;
            let mut answer = vec![0; u32::from_le_bytes(length) as usize];
            self.from.read_exact(&mut answer)?;
            Ok(answer)
        });
        let overdue = self.watch.relax();
        heard.map_err(|_| self.post_mortem(overdue))
    }

    /// Says how the process came to its end.
    fn post_mortem(&mut self, overdue: bool) -> EnvError {
        let status = self.end();
        if let Some(listener) = self.listener.take() {
            // Its stream has ended with the group.
            let _ = listener.join();
        }
        let what = match status {
            _ if overdue => format!("gave no answer within {:?} and was ended", self.patience),
            Some(status) => format!("ended with {status}"),
            None => "has ended".into(),
        };
        self.broken(what)
    }

    /// Ends the process, and says how it ended if that was not known before.
    fn end(&mut self) -> Option<ExitStatus> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        // One that ends by itself has closed its streams a moment before: its own status says more than a kill.
        let own = (0..20).find_map(|_| {
            let status = self.child.try_wait().ok().flatten();
            if status.is_none() {
                std::thread::sleep(Duration::from_millis(10));
            }
            status
        });
        end_group(self.child.id());
        own.or_else(|| self.child.wait().ok())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            end_group(self.child.id());
            let _ = self.child.wait();
        }
    }
}

fn no_python(options: &BridgeOptions, reason: String) -> EnvError {
    EnvError::NoPython { python: options.python.display().to_string(), reason }
}

fn end_group(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Reads a stream to its end and keeps the last of it.
fn keep(stream: &mut impl Read, kept: &Mutex<VecDeque<u8>>) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(&piece[..length]);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
    }
}

/// Ends the process group where an answer is overdue.
struct Watch {
    begun: Instant,
    /// Milliseconds from the beginning to the moment at which an answer is overdue.
    due: AtomicU64,
    missed: AtomicBool,
}

/// What is due where nothing is.
const NEVER: u64 = u64::MAX;
/// How often the watch looks. Patience is counted in seconds.
const LOOK: Duration = Duration::from_millis(50);

impl Watch {
    fn begin(group: u32) -> Arc<Self> {
        let watch = Arc::new(Watch { begun: Instant::now(), due: NEVER.into(), missed: false.into() });
        let watched = Arc::downgrade(&watch);
        std::thread::spawn(move || {
            while let Some(watch) = watched.upgrade() {
                if watch.now() >= watch.due.load(Ordering::Acquire) {
                    // Somebody waits, so the process has not been collected and the number is still its own.
                    watch.missed.store(true, Ordering::Release);
                    end_group(group);
                    return;
                }
                drop(watch);
                std::thread::sleep(LOOK);
            }
        });
        watch
    }

    fn now(&self) -> u64 {
        self.begun.elapsed().as_millis() as u64
    }

    fn expect_within(&self, patience: Duration) {
        self.due.store(self.now().saturating_add(patience.as_millis() as u64), Ordering::Release);
    }

    /// Tells whether the answer was overdue.
    fn relax(&self) -> bool {
        self.due.store(NEVER, Ordering::Release);
        self.missed.load(Ordering::Acquire)
    }
}
