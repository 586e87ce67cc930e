//! A bound on the processes of a compiler that holds for the system's administrator, too.
//!
//! The system does not count an administrator's processes against his limit, but it does count those of a control group. A compiler
//! gets a group of its own, below this process's, as long as it runs; what is left in it then is killed. Both of the system's
//! hierarchies are known. Where no group can be made, such as by a user who is not the administrator, there is none: then the limit of
//! the user's processes holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Where the system's groups are mounted.
const MOUNT: &str = "/sys/fs/cgroup";
/// How often the group is looked at until it is empty, and how long is waited between: killed processes take milliseconds to end.
const LOOKS: u32 = 200;
const LOOK: Duration = Duration::from_millis(5);

/// A group that holds so many processes and threads, and no more. It goes with the value, and all in it.
#[derive(Debug)]
pub(crate) struct Group {
    folder: PathBuf,
}

impl Group {
    /// Makes a group for a process and all that it will start; `None` where this process may not.
    pub(super) fn around(pid: u32, tasks: u64) -> Option<Group> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = format!("meed-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let folder = parents(&own).map(|parent| parent.join(&name)).find(|folder| fs::create_dir(folder).is_ok())?;
        let group = Group { folder };
        let write = |file: &str, value: u64| fs::write(group.folder.join(file), value.to_string());
        write("pids.max", tasks).and_then(|()| write("cgroup.procs", pid.into())).ok()?;
        Some(group)
    }

    /// Lists the processes in the group.
    fn members(&self) -> Vec<Pid> {
        let text = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| Pid::from_raw(line.trim().parse().ok()?)).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for _ in 0..LOOKS {
            for pid in self.members() {
                // It may have ended by itself in the meantime, which is as good.
                let _ = kill_process(pid, Signal::KILL);
            }
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            thread::sleep(LOOK);
        }
        tracing::warn!(folder = %self.folder.display(), "a control group is left behind");
    }
}

/// Lists the groups that this process is in and that can count processes, by `/proc/self/cgroup`.
fn parents(own: &str) -> impl Iterator<Item = PathBuf> {
    own.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let path = path.trim_start_matches('/');
        let mount = match controllers {
            "" => PathBuf::from(MOUNT),
            _ if controllers.split(',').any(|controller| controller == "pids") => Path::new(MOUNT).join(controllers),
            _ => return None,
        };
        Some(mount.join(path)).filter(|folder| folder.join("cgroup.procs").is_file())
    })
}
