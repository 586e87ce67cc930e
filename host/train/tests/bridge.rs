//! Shows that a run in one of Python's environments outlives a crash there: it ends with what Python wrote, and goes on from its last
//! checkpoint to the bits of the unbroken run.
//!
//! The test needs Gymnasium: `cargo xtask setup` installs it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use meed_train::{Metrics, RunDir, RunInfo, Silent, State, TrainConfig, TrainError, resume, train};

/// Names the directory that a child process trains into.
const CHILD: &str = "MEED_TEST_BRIDGED_RUN";

fn config() -> TrainConfig {
    let mut config = TrainConfig::new("gym:meed_test_envs:Fragile-v0", 2_000, 1);
    (config.ppo.num_envs, config.ppo.rollout_steps, config.ppo.minibatch) = (2, 64, 128);
    config.checkpoint_every = 256;
    config
}

/// Begins the run, or goes on with it where it has begun.
fn go(path: &Path) -> Result<(), TrainError> {
    if path.exists() {
        let mut reopened = RunDir::reopen(path)?;
        let env = reopened.info.config.make_env()?;
        return resume(env, None, &mut reopened, &mut Silent).map(|_| ());
    }
    let mut run_dir = RunDir::create(path, &RunInfo::new(config(), None))?;
    train(config().make_env()?, None, &config(), Some(&mut run_dir), &mut Silent).map(|_| ())
}

/// Is the child; by itself it does nothing.
#[test]
fn child_that_begins_or_goes_on() {
    if let Some(path) = std::env::var_os(CHILD) {
        go(Path::new(&path)).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Runs the child. Python finds the environments of the bridge's own tests; one wears out after so many steps of its process.
fn child(path: &Path, lasts: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_that_begins_or_goes_on", "--nocapture"]).env(CHILD, path).stdin(Stdio::null());
    command.env("PYTHONPATH", concat!(env!("MEED_ROOT"), "/host/envs/tests/modules"));
    if let Some(steps) = lasts {
        command.env("MEED_TEST_LASTS", steps);
    }
    command.output().unwrap()
}

/// Everything that must be the same: the metrics but for the seconds, and the policy.
fn outcome(path: &Path) -> (Vec<Metrics>, String) {
    let run = RunDir::open(path).unwrap();
    assert_eq!(run.status.state, State::Finished, "{:?}", run.status);
    let metrics = run.metrics.into_iter().map(|row| Metrics { seconds: 0.0, ..row }).collect();
    (metrics, std::fs::read_to_string(run.policy.unwrap()).unwrap())
}

#[test]
fn a_run_whose_environment_crashes_says_why_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    let unbroken = child(&whole, None);
    assert!(unbroken.status.success(), "{}", String::from_utf8_lossy(&unbroken.stderr));
    for lasts in ["700", "300"] {
        let crashed = child(&broken, Some(lasts));
        assert!(!crashed.status.success());
        let said = String::from_utf8_lossy(&crashed.stderr).into_owned() + &String::from_utf8_lossy(&crashed.stdout);
        assert!(said.contains("the Python process of gym:meed_test_envs:Fragile-v0 ended with"), "{said}");
        assert!(said.contains("ValueError: worn out"), "{said}");
        let status = RunDir::open(&broken).unwrap().status;
        assert!(status.state == State::Failed && status.steps >= 256, "{status:?}");
        assert!(status.error.unwrap().contains("ValueError: worn out"));
    }
    let resumed = child(&broken, None);
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    assert!(outcome(&broken) == outcome(&whole));
}
