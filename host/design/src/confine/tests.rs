//! What the walls keep a process from, tried with a shell in place of a compiler.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::*;
use crate::process::{Finished, run_confined};

const AMPLE: Bounds = Bounds { memory: 1 << 30, seconds: 20, file: 1 << 20, disk: 3 << 20, tasks: 64 };

/// Runs a script of the shell `bash` within walls, in an empty folder, which is given back.
fn script(script: &str, bounds: Bounds) -> (Finished, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (run_confined(&confined(script, folder.path(), bounds), Duration::from_secs(60)).unwrap(), folder)
}

fn confined(script: &str, folder: &Path, bounds: Bounds) -> Confined {
    Confined {
        program: "/bin/bash".into(),
        arguments: ["-c", script].map(OsString::from).to_vec(),
        folder: folder.into(),
        variables: vec![("PATH", "/usr/bin:/bin".into())],
        readable: vec!["/usr/bin".into(), "/bin".into()],
        writable: folder.into(),
        bounds,
    }
}

#[test]
fn a_folder_that_grows_or_fills_ends_the_compiler() {
    for (what, why) in [
        ("for i in 1 2 3 4; do head -c 1000000 /dev/zero > $i; done; sleep 50", "more than 3 MiB"),
        ("i=0; while [ $i -lt 5000 ]; do : > $i; i=$((i+1)); done; sleep 50", "more than 4096 files"),
        ("mkdir a; mkdir a/b; for i in 1 2 3 4; do head -c 1000000 /dev/zero > a/b/$i; done; sleep 50", "3 MiB"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let begun = std::time::Instant::now();
        let error = run_confined(&confined(what, folder.path(), AMPLE), Duration::from_secs(60)).err().unwrap();
        assert!(error.code() == "compile" && error.to_string().contains(why), "{what}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    // Up to the bound nothing happens.
    let (finished, _) = script("for i in 1 2 3; do head -c 1048000 /dev/zero > $i; done; sleep 0.3", AMPLE);
    assert!(finished.status.success());
}

#[track_caller]
fn assert_refused(what: &str, why: &str) {
    let (finished, _) = script(what, AMPLE);
    assert!(!finished.status.success() && finished.stderr.contains(why), "{what}: {}", finished.stderr);
}

#[test]
fn what_is_not_named_is_neither_read_nor_written() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("file");
    std::fs::write(&file, "whole").unwrap();
    let (file, folder) = (file.display(), outside.path().display());
    for what in [
        format!("cat {file}"),
        format!("ls {folder}"),
        format!("echo more >> {file}"),
        format!("truncate -s 0 {file}"),
        format!("touch {folder}/new"),
        format!("rm {file}"),
        format!("mv {file} {folder}/other"),
        "cat /etc/passwd".into(),
        "cat /proc/self/environ".into(),
        "cat /proc/1/cmdline".into(),
        // Into its own folder it gets nothing that would lead out again, nor anything that its reader would wait for.
        "ln -s /etc/passwd link".into(),
        "mkfifo pipe".into(),
    ] {
        assert_refused(&what, "Permission denied");
    }
    assert_eq!(std::fs::read_to_string(outside.path().join("file")).unwrap(), "whole");
    let (finished, own) = script("mkdir a && echo text > a/b && mv a/b c && cat c", AMPLE);
    assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("text\n", ""));
    assert!(own.path().join("c").is_file());
}

#[test]
fn there_is_no_network() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_refused(&format!("exec 3<>/dev/tcp/127.0.0.1/{port}"), "Operation not permitted");
    assert_refused("exec 3<>/dev/udp/127.0.0.1/53", "Operation not permitted");
    // Outside, the same is possible.
    let open = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
    assert!(Command::new("/bin/bash").args(["-c", &open]).status().unwrap().success());
}

#[test]
fn nothing_of_the_users_is_passed_on() {
    let (finished, _) = script("env; echo; cat", AMPLE);
    let (variables, input) = finished.stdout.split_once("\n\n").unwrap();
    let mut names: Vec<&str> = variables.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    // The shell's own, and the one that was given.
    assert_eq!((names, input), (vec!["PATH", "PWD", "SHLVL", "_"], ""));
}

#[test]
fn each_bound_holds_at_it_and_one_past_it() {
    let (finished, folder) = script("head -c 1048576 /dev/zero > most", AMPLE);
    assert!(finished.status.success(), "{}", finished.stderr);
    assert_eq!(folder.path().join("most").metadata().unwrap().len(), 1 << 20);
    let (finished, folder) = script("head -c 1048577 /dev/zero > more", AMPLE);
    assert!(!finished.status.success());
    assert_eq!(folder.path().join("more").metadata().unwrap().len(), 1 << 20);

    // `tail` keeps the only line there is.
    let (finished, _) = script("head -c 100000000 /dev/zero | tail -n 1 | wc -c", AMPLE);
    assert_eq!(finished.stdout.trim(), "100000000", "{}", finished.stderr);
    let little = Bounds { memory: 100_000_000, ..AMPLE };
    let (finished, _) = script("head -c 100000000 /dev/zero | tail -n 1 | wc -c", little);
    assert!(finished.stderr.contains("memory exhausted"), "{} {}", finished.stdout, finished.stderr);

    let (finished, _) = script("while :; do :; done", Bounds { seconds: 1, ..AMPLE });
    assert!(finished.status.signal().is_some(), "{}", finished.status);

    let few = Bounds { tasks: 8, ..AMPLE };
    let (finished, _) = script("sh -c 'for i in 1 2 3 4; do sleep 0.1 & done; wait'", few);
    assert!(finished.status.success(), "{}", finished.stderr);
    let begun = std::time::Instant::now();
    let bomb = "setsid sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 50 & done; sleep 50'; echo $?";
    let (finished, _) = script(bomb, few);
    assert!(finished.stderr.contains("ork"), "{} {}", finished.stdout, finished.stderr);
    // Nothing of it is left to wait for, though it has a session of its own.
    assert!(begun.elapsed() < Duration::from_secs(20));

    let (finished, _) = script("ulimit -u", AMPLE);
    let tasks: u64 = finished.stdout.trim().parse().unwrap();
    assert!((64..100_000).contains(&tasks), "{tasks}");
}
