//! Runs a compiler, with a limit on its time; one that reads what nobody has read, within walls.
//!
//! The compiler and all it starts are one process group, which is killed whole when the time is up: a Cargo that is killed alone
//! leaves its rustc and its build scripts running. Both of its outputs are read while it runs, so that it never waits for us. An
//! interrupt from the terminal ends us and not the group, which then ends by itself when it next writes to us.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::confine::{Confined, Running};
use crate::{BuildError, Confinement};

/// How often a running compiler is looked at: short against the shortest compile, a tenth of a second.
const LOOK: Duration = Duration::from_millis(5);

/// How often what a confined compiler has written is measured: long against the time that takes, and short against the time in which
/// a disk is filled.
const MEASURE: Duration = Duration::from_millis(100);

/// Most bytes that are kept of each of its outputs, and of one line; the rest is read past. What a compiler has to say about a plugin
/// takes some kilobytes.
const LONGEST: usize = 8 << 20;

/// How long its outputs may stay open after it ended, held by a server that it started, such as a compile cache's.
const LINGER: Duration = Duration::from_secs(2);

/// What a compiler left behind.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end; `None` where the program isn't there. Its lines on stderr appear as tracing events at once.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Option<Finished>, BuildError> {
    let name = command.get_program().to_string_lossy().into_owned();
    // The key of a model is none of a compiler's business.
    command.env_remove(crate::client::KEY_VARIABLE).stdin(Stdio::null());
    let unconfined = |child: Child| (child, ());
    match finish(command, &name, limit, |command| command.spawn().map(unconfined), || None) {
        Err(BuildError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        finished => finished.map(Some),
    }
}

/// Runs a command to its end as its confinement says: within walls, or with the rights of the user; `None` where the program isn't there.
pub(crate) fn run_as(
    confinement: Confinement,
    confined: &Confined,
    limit: Duration,
) -> Result<Option<Finished>, BuildError> {
    match confinement {
        Confinement::Required => run_confined(confined, limit).map(Some),
        Confinement::SourceCheckAlone => run(&mut confined.unconfined(), limit),
    }
}

/// Runs a command within walls to its end.
pub(crate) fn run_confined(confined: &Confined, limit: Duration) -> Result<Finished, BuildError> {
    let name = confined.program.to_string_lossy();
    let mut refused = None;
    let spawn = |command: &mut Command| {
        let running = confined.spawn(command).inspect_err(|error| refused = Some(error.to_string()));
        running.map(Running::parts)
    };
    let finished = finish(&mut confined.command(), &name, limit, spawn, || confined.excess());
    match refused {
        Some(reason) => Err(BuildError::Unconfined { reason }),
        None => finished,
    }
}

/// Starts a command and waits for its end, or for `excess` to say what it has too much of. What `spawn` gives beside the process lives as
/// long as that does.
fn finish<G>(
    command: &mut Command,
    name: &str,
    limit: Duration,
    spawn: impl FnOnce(&mut Command) -> std::io::Result<(Child, G)>,
    excess: impl Fn() -> Option<String>,
) -> Result<Finished, BuildError> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    tracing::debug!(?command, "starts");
    let (mut child, group) = spawn(command).map_err(|error| BuildError::io("start", name.as_ref(), error))?;
    let stdout = lines(child.stdout.take(), |_| ());
    let stderr =
        lines(child.stderr.take(), |line| tracing::info!(target: "meed_design::compiler", "{}", line.trim_end()));
    let end = Instant::now() + limit;
    let mut measured = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| BuildError::io("wait for", name.as_ref(), error))? {
            Some(status) => break status,
            None if Instant::now() >= end => {
                kill(&mut child);
                return Err(BuildError::TimedOut { command: name.into(), limit });
            }
            None => thread::sleep(LOOK),
        }
        if measured.elapsed() >= MEASURE {
            if let Some(much) = excess() {
                kill(&mut child);
                return Err(BuildError::Compile { diagnostics: format!("the compiler was ended: it had {much}\n") });
            }
            measured = Instant::now();
        }
    };
    // What a confined compiler leaves running ends here.
    drop(group);
    let linger = Instant::now() + LINGER;
    Ok(Finished { status, stdout: collect(&stdout, linger), stderr: collect(&stderr, linger) })
}

/// Kills the whole group and takes the leader's body away.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // The group may have ended by itself in the meantime, which is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads lines in a thread, until the writer closes or nobody wants more.
fn lines<R: Read + Send + 'static>(reader: Option<R>, each: impl Fn(&str) + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(reader?);
        let (mut line, mut kept) = (Vec::new(), 0);
        while reader.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            kept += line.len();
            if kept <= LONGEST {
                let text = String::from_utf8_lossy(&line).into_owned();
                each(&text);
                sender.send(text).ok()?;
            }
            line.clear();
        }
        Some(())
    });
    receiver
}

fn collect(receiver: &Receiver<String>, until: Instant) -> String {
    let mut text = String::new();
    while let Ok(line) = receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
        text.push_str(&line);
    }
    text
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_come_back_whole() {
        let script = "i=0; while [ $i -lt 20000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done; exit 3";
        let finished = run(&mut shell(script), Duration::from_secs(60)).unwrap().unwrap();
        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.stdout.ends_with("out19999\n") && finished.stderr.ends_with("err19999\n"));
        assert_eq!((finished.stdout.lines().count(), finished.stderr.lines().count()), (20000, 20000));
    }

    #[test]
    fn an_endless_output_is_read_and_not_kept() {
        let script = "head -c 20000000 /dev/zero; echo; head -c 9000000 /dev/zero | tr '\\0' '\\n'; echo end >&2";
        let finished = run(&mut shell(script), Duration::from_secs(60)).unwrap().unwrap();
        assert!(finished.status.success() && finished.stdout.len() <= LONGEST);
        assert_eq!(finished.stderr, "end\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_none() {
        assert!(run(&mut Command::new("/no/such/compiler"), Duration::from_secs(1)).unwrap().is_none());
    }

    #[test]
    fn a_hung_compiler_is_killed_with_all_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let pid = dir.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", pid.display());
        let start = Instant::now();
        let error = run(&mut shell(&script), Duration::from_millis(500)).err().unwrap();
        assert!(matches!(error, BuildError::TimedOut { .. }), "{error}");
        assert!(start.elapsed() < Duration::from_secs(20));
        let pid: i32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // The orphan's body is init's to take away: it is gone, or a zombie on its way.
        let deadline = Instant::now() + Duration::from_secs(10);
        while rustix::process::test_kill_process(pid).is_ok() {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            if stat.contains(") Z ") {
                break;
            }
            assert!(Instant::now() < deadline, "the grandchild is still alive: {stat}");
            thread::sleep(LOOK);
        }
    }

    #[test]
    fn a_server_left_behind_does_not_hold_the_build_up() {
        let start = Instant::now();
        let finished = run(&mut shell("echo done; sleep 30 &"), Duration::from_secs(60)).unwrap().unwrap();
        assert_eq!(finished.stdout, "done\n");
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
