//! Shows what a run directory holds after training, after an error and after a kill.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use meed_core::{Description, Factor, NativeReward, Reason, Unscored};
use meed_train::{OnAbstain, Policy, RunDir, RunInfo, Silent, State, TrainConfig, TrainError, train};

/// Names the directory that the child process of the kill test trains into.
const CHILD: &str = "MEED_TEST_KILLED_RUN";

fn config(steps: u64) -> TrainConfig {
    let mut config = TrainConfig::new("CartPole-v1", steps, 1);
    config.checkpoint_every = 256;
    config
}

fn run(path: &Path, config: &TrainConfig, reward: Option<Reason>) -> Result<u64, TrainError> {
    let mut run_dir = RunDir::create(path, &RunInfo::new(config.clone(), None))?;
    // Scores nothing in episodes from the twentieth on.
    let source = reward.map(|reason| {
        let mut description = Description::transition("picky", "0.1.0").factors([Factor::new("f", 0.0, 1.0, 1.0, "")]);
        description.inputs.episode = true;
        let score = move |batch: &meed_core::Transitions<'_>, scores: &mut meed_core::Scores| {
            let late = (0..batch.rows).filter(|row| batch.episode[*row] >= 20);
            scores.unscored = late.map(|row| Unscored { row, reason: reason.clone() }).collect();
            Ok(())
        };
        Box::new(NativeReward::per_batch(description, score)) as Box<dyn meed_core::RewardSource>
    });
    Ok(train(config.make_env()?, source, config, Some(&mut run_dir), &mut Silent)?.abstained)
}

#[test]
fn a_short_run_leaves_its_config_metrics_and_policies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    run(&path, &config(512), None).unwrap();
    let read = RunDir::open(&path).unwrap();
    assert_eq!(read.info.config, config(512));
    assert_eq!((read.status.state, read.status.steps, read.status.total_steps), (State::Finished, 512, 512));
    assert_eq!(read.metrics.iter().map(|metrics| metrics.step).collect::<Vec<_>>(), [256, 512]);
    assert_eq!(read.checkpoints.len(), 2);
    let newest = Policy::load(&read.policy.unwrap()).unwrap();
    assert_eq!(newest.to_json(), Policy::load(&read.checkpoints[1]).unwrap().to_json());
}

#[test]
fn an_error_leaves_what_was_done_and_says_why_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let error = run(&path, &config(4096), Some(Reason::Fault { message: "no more".into() })).unwrap_err();
    let TrainError::Fault { episode, .. } = &error else { panic!("{error}") };
    assert!(*episode >= 20);
    let read = RunDir::open(&path).unwrap();
    assert_eq!(read.status.state, State::Failed);
    assert_eq!(read.status.error, Some(error.to_string()));
    assert!(!read.metrics.is_empty() && read.status.steps == read.metrics.last().unwrap().step);
    assert!(Policy::load(&read.policy.unwrap()).is_ok());
}

#[test]
fn abstentions_stop_training_unless_it_is_said_what_stands_in_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(&folder.path().join("stop"), &config(2048), Some(Reason::Abstain)).unwrap_err();
    assert_eq!(error.code(), "abstained");
    let path = folder.path().join("zero");
    let lenient = TrainConfig { on_abstain: OnAbstain::Zero, ..config(2048) };
    let abstained = run(&path, &lenient, Some(Reason::Abstain)).unwrap();
    let counted: usize = RunDir::open(&path).unwrap().metrics.iter().map(|metrics| metrics.abstained).sum();
    assert!(abstained > 0 && abstained == counted as u64);
}

/// Is the child of the test below; by itself it does nothing.
#[test]
fn child_that_trains_until_it_is_killed() {
    if let Some(path) = std::env::var_os(CHILD) {
        run(&PathBuf::from(path), &config(10_000_000), None).unwrap();
    }
}

#[test]
fn a_run_killed_at_any_moment_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut updates = Vec::new();
    for (index, milliseconds) in [1, 5, 10, 20, 50, 100, 300, 1000].into_iter().enumerate() {
        let path = folder.path().join(format!("run{index}"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_trains_until_it_is_killed"])
            .env(CHILD, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        if !path.exists() {
            continue;
        }
        let read = RunDir::open(&path).unwrap();
        assert_eq!(read.status.state, State::Running);
        for policy in read.policy.iter().chain(&read.checkpoints) {
            Policy::load(policy).unwrap();
        }
        updates.push(read.metrics.len());
    }
    println!("updates before the kill: {updates:?}");
    assert!(updates.last().is_some_and(|last| *last > 1), "the longest run got nowhere: {updates:?}");
}
