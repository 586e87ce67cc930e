//! Walls around a compiler that reads what nobody has read.
//!
//! The operating system keeps the compiler, and all that it starts, from every file but those that are named, from the network, and from
//! taking more than a bounded part of the machine. On Linux that is Landlock for files, a seccomp filter for what no file has to do
//! with, limits of the process, and a control group. The first two hold for one thread and what is started from it, so they are put up in a thread of
//! their own, in which nothing else is done than to start the compiler. There are no walls on other systems.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "there are no walls to be described"))]

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

#[cfg(target_os = "linux")]
mod cgroup;

/// What a compiler may use, for each of its processes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of address space.
    pub(crate) memory: u64,
    /// Seconds of processor time.
    pub(crate) seconds: u64,
    /// Bytes of one file that it writes.
    pub(crate) file: u64,
    /// Bytes of all files that it has in its folder at one time.
    pub(crate) disk: u64,
    /// Processes and threads at one time: beyond those that the user has already, and, for the system's administrator, whose own are
    /// not counted, of a control group where one can be made.
    pub(crate) tasks: u64,
}

/// Most files that a compiler may have in its folder, whatever their size.
const FILES: usize = 4096;

/// A process within walls.
pub(crate) struct Running {
    child: Child,
    #[cfg(target_os = "linux")]
    group: Option<cgroup::Group>,
}

impl Running {
    /// Gives the process, and what ends all that it started when it is dropped.
    #[cfg(target_os = "linux")]
    pub(crate) fn parts(self) -> (Child, Option<cgroup::Group>) {
        (self.child, self.group)
    }

    /// Gives the process.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn parts(self) -> (Child, ()) {
        (self.child, ())
    }
}

impl Bounds {
    /// Says that a compiler ended without a word on the source, and what it may have met.
    pub(crate) fn gave_up(&self, status: ExitStatus) -> String {
        format!(
            "the compiler gave up ({status}); it may take {} s, {} GiB of memory, files of {} MiB and {} processes",
            self.seconds,
            self.memory >> 30,
            self.file >> 20,
            self.tasks,
        )
    }
}

/// A command within walls.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    /// The program, by its whole path.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
    /// All variables that it sees.
    pub(crate) variables: Vec<(&'static str, OsString)>,
    /// Files and folders that it may read and run, beside the system's libraries.
    pub(crate) readable: Vec<PathBuf>,
    /// The one folder that it may write to.
    pub(crate) writable: PathBuf,
    pub(crate) bounds: Bounds,
}

/// What programs need of a Linux system to start at all, where it is there. None of it is the user's.
const SYSTEM: [&str; 9] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/libexec",
    "/nix/store",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/zero",
];
/// What starts the compiler.
const SHELL: &str = "/bin/sh";

/// Begins when a line comes: then its limits are set.
const START: &str = r#"read -r go && exec "$@""#;

impl Confined {
    /// Makes a command that waits for a line on its standard input and then becomes the program.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(SHELL);
        command.args(["-c", START, "sh"]).arg(&self.program).args(&self.arguments);
        command.current_dir(&self.folder).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Gives the program as it is started where there are no walls.
    pub(crate) fn unconfined(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        command.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a command that [`command`](Self::command) made, within the walls.
    ///
    /// # Errors
    /// Where the walls cannot be put up or the shell cannot be started. Nothing has run then.
    pub(crate) fn spawn(&self, command: &mut Command) -> io::Result<Running> {
        spawn(self, command)
    }

    /// Says what is too much where more lies in the folder that may be written to than is allowed.
    pub(crate) fn excess(&self) -> Option<String> {
        let (mut bytes, mut files) = (0, 0);
        let mut folders = vec![self.writable.clone()];
        while let Some(folder) = folders.pop() {
            // What goes away meanwhile takes no place.
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(found) = entry.metadata() else { continue };
                if found.is_dir() {
                    folders.push(entry.path());
                }
                (bytes, files) = (bytes + found.len(), files + 1);
                if files > FILES {
                    return Some(format!("more than {FILES} files"));
                }
            }
        }
        (bytes > self.bounds.disk).then(|| format!("more than {} MiB in its files", self.bounds.disk >> 20))
    }

    fn readable(&self) -> impl Iterator<Item = &Path> {
        let own = self.readable.iter().map(PathBuf::as_path).chain([self.program.as_path(), Path::new(SHELL)]);
        own.chain(SYSTEM.map(Path::new))
    }
}

#[cfg(not(target_os = "linux"))]
fn spawn(_: &Confined, _: &mut Command) -> io::Result<Running> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Landlock"))
}

#[cfg(target_os = "linux")]
use linux::spawn;

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::{self, Write};
    use std::os::unix::fs::MetadataExt;
    use std::process::{Child, Command, Stdio};
    use std::thread;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetStatus, Scope, make_bitflags, path_beneath_rules,
    };
    use rustix::process::{Pid, Resource, Rlimit, geteuid, prlimit};
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

    use super::cgroup::Group;
    use super::{Bounds, Confined, Running};

    /// The first that keeps files from being cut off, of Linux 6.2.
    const REQUIRED: ABI = ABI::V3;

    /// Calls that no compiler makes: the network, other processes, and what the kernel would be attacked by.
    const REFUSED: [i64; 21] = [
        libc::SYS_socket,
        // Makes sockets, too.
        libc::SYS_io_uring_setup,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_process_madvise,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_mount,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_unshare,
        libc::SYS_setns,
    ];

    pub(super) fn spawn(confined: &Confined, command: &mut Command) -> io::Result<Running> {
        command.stdin(Stdio::piped());
        let child = thread::scope(|scope| {
            let within = thread::Builder::new().spawn_scoped(scope, || {
                enclose(confined).and_then(|()| filter()).map_err(io::Error::other)?;
                command.spawn()
            })?;
            within.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it panicked")))
        });
        let mut child = child?;
        let group = Group::around(child.id(), confined.bounds.tasks);
        let begun = bound(&child, &confined.bounds).and_then(|()| {
            // Dropped at the end of the statement: the program's own input is empty.
            child.stdin.take().map_or(Ok(()), |mut input| input.write_all(b"\n"))
        });
        if let Err(error) = begun {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
        Ok(Running { child, group })
    }

    /// Leaves this thread, for good, with the files that are named.
    fn enclose(confined: &Confined) -> Result<(), String> {
        // Reading and running are one right here: a library is read to be run.
        let read = AccessFs::from_read(REQUIRED);
        let write = make_bitflags!(AccessFs::{
            ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer
        });
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(REQUIRED))
            .map_err(|error| error.to_string())?
            // What later kernels can keep from it, beside what the filter does.
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V5))
            .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(ABI::V4)))
            .and_then(|ruleset| ruleset.scope(Scope::from_all(ABI::V6)))
            .and_then(Ruleset::create)
            .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(confined.readable(), read)))
            .and_then(|ruleset| ruleset.add_rules(path_beneath_rules([&confined.writable], write)))
            .and_then(|ruleset| ruleset.add_rules(path_beneath_rules(["/dev/null"], read | AccessFs::WriteFile)))
            .map_err(|error| error.to_string())?;
        let status = ruleset.restrict_self().map_err(|error| error.to_string())?;
        if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
            return Err("the kernel enforces nothing".into());
        }
        Ok(())
    }

    /// Takes calls from this thread, for good, as if the kernel did not allow them to it.
    fn filter() -> Result<(), String> {
        // An x86 kernel may know each call by a second number.
        const X32: i64 = 0x4000_0000;
        let numbers = REFUSED.into_iter().flat_map(|number| [number, number | X32]);
        let rules: BTreeMap<i64, Vec<_>> = numbers.map(|number| (number, Vec::new())).collect();
        let errno = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let architecture = std::env::consts::ARCH.try_into().map_err(|error| format!("{error}"))?;
        let program: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, errno, architecture)
            .and_then(TryInto::try_into)
            .map_err(|error| error.to_string())?;
        seccompiler::apply_filter(&program).map_err(|error| error.to_string())
    }

    /// Bounds a process that has not begun yet, and with it all that it starts.
    fn bound(child: &Child, bounds: &Bounds) -> io::Result<()> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let limits = [
            (Resource::As, bounds.memory),
            (Resource::Cpu, bounds.seconds),
            (Resource::Fsize, bounds.file),
            (Resource::Nproc, tasks_of_user().saturating_add(bounds.tasks)),
            (Resource::Core, 0),
        ];
        for (resource, most) in limits {
            prlimit(pid, resource, Rlimit { current: Some(most), maximum: Some(most) })?;
        }
        Ok(())
    }

    /// Counts the processes and threads that this user has.
    fn tasks_of_user() -> u64 {
        let user = geteuid().as_raw();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let own = processes.filter(|entry| entry.metadata().is_ok_and(|found| found.uid() == user));
        own.map(|entry| fs::read_dir(entry.path().join("task")).map_or(0, |tasks| tasks.count() as u64)).sum()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
