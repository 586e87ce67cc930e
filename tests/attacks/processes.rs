//! The `meed` binary under attack: processes that race for the cache, and a disk that is full.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use meed_runtime::{CacheLocation, Host, HostConfig, Profile};

use super::{Attack, Target, scene};
use crate::meed;

const RACED: &str = "whole entries, same bits";

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        scene("processes-that-race", RACED, race),
        scene("disk-full", "compiles without keeping", full_disk),
        scene("file-size-limit", "compiles without keeping", file_size_limit),
    ]
}

/// How a process ended.
pub(super) struct Run {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs `meed` on a component's file, with a cache of its own and everything that is logged on plain standard error.
pub(super) fn meed_with(component: &[u8], arguments: impl FnOnce(&Path) -> Vec<OsString>) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("attack.wasm");
    std::fs::write(&file, component).unwrap();
    let mut command = meed(&arguments(&file));
    finish(command.env("MEED_CACHE", folder.path().join("cache")).env("MEED_LOG", "info"))
}

fn finish(command: &mut Command) -> Run {
    let output = command.env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Gives the entries of a cache, by name.
fn entries(folder: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect()
}

fn race(target: &Target) -> String {
    let good = crate::plugin("pendulum");
    let folder = tempfile::tempdir().unwrap();
    let start = |cache: &Path| -> Child {
        let mut command = meed(&["inspect".as_ref(), "--json".as_ref(), good.as_os_str()]);
        command.env("MEED_CACHE", cache).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let alone = folder.path().join("alone");
    let expected = start(&alone).wait_with_output().unwrap();
    for round in 0..3 {
        let cache = folder.path().join(round.to_string());
        let processes: Vec<Child> = (0..6).map(|_| start(&cache)).collect();
        for process in processes {
            let output = process.wait_with_output().unwrap();
            if !output.status.success() || output.stdout != expected.stdout || !output.stderr.is_empty() {
                return format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
            }
        }
        if entries(&cache) != entries(&alone) {
            return format!("other entries than one process leaves: {:?}", entries(&cache).keys());
        }
    }
    // What they left is run here.
    let config = HostConfig { cache: CacheLocation::Folder(alone), ..HostConfig::new(Profile::Train) };
    let plugin = Host::new(config).unwrap().load_file(&good).unwrap();
    if target.equals_good(&plugin) { RACED.into() } else { "other bits".into() }
}

/// Mounts a file system of 32 KiB over the cache, in a mount namespace that ends with the process. Where the machine does not allow
/// that, a limit on the size of files stands in for it.
fn full_disk(target: &Target) -> String {
    let possible = Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        return file_size_limit(target);
    }
    let script = r#"mount -t tmpfs -o size=32k,mode=700 tmpfs "$MEED_CACHE" || exit 99
        "$@"; code=$?
        ls -A "$MEED_CACHE" >&2
        exit $code"#;
    without_room(|folder| {
        std::fs::create_dir(folder).unwrap();
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script, "sh"]);
        command
    })
}

/// Beyond the limit a write fails as on a full disk, once the signal that would end the process is ignored.
fn file_size_limit(_: &Target) -> String {
    without_room(|_| {
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap "" XFSZ; ulimit -f 16; exec "$@""#, "sh"]);
        command
    })
}

fn without_room(wrapper: impl FnOnce(&Path) -> Command) -> String {
    let good = crate::plugin("pendulum");
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let mut command = wrapper(&cache);
    command.arg(meed(&[""; 0]).get_program()).args(["inspect".as_ref(), "--json".as_ref(), good.as_os_str()]);
    let run = finish(command.env("MEED_CACHE", &cache));
    let left = entries(&cache).len();
    // Warnings are all that is said; the script would add the name of a file that was left.
    let warned =
        !run.stderr.is_empty() && run.stderr.lines().all(|line| line.contains("a compiled component can't be kept"));
    if run.code == Some(0) && run.stdout.contains("\"pendulum\"") && warned && left == 0 {
        "compiles without keeping".into()
    } else {
        format!("exit code {:?}, {left} entries left: {}", run.code, run.stderr)
    }
}
