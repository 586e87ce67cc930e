//! Shows that a run is never lost: killed at any moment and resumed, again and again, it ends with the bits of the unbroken one;
//! a corrupt checkpoint is passed over, and a full disk leaves the last good one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use meed_core::{Batch, Description, Factor, Kind, NativeReward, RewardError, RewardSource, Scores, Transitions};
use meed_train::{
    AlgorithmName, CreditConfig, CreditMethod, Critics, Evaluation, Metrics, RunDir, RunInfo, Silent, State,
    TrainConfig, TrainError, Transform, resume, train,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Names the directory that a child process trains into, and the case.
const CHILD: &str = "MEED_TEST_RESUMED_RUN";
const CASE: &str = "MEED_TEST_RESUMED_CASE";

const ON_POLICY: [&str; 4] = ["cart-pole", "a-critic-per-factor", "pendulum-with-a-stateful-reward", "several-agents"];
const OFF_POLICY: [&str; 3] = ["sac-with-a-stateful-reward", "td3", "dqn"];
const WITH_CREDIT: [&str; 2] = ["ppo-with-credit", "sac-with-credit"];

/// Every option that keeps a memory is on, and checkpoints are many.
fn config(case: &str) -> TrainConfig {
    let mut config = match case {
        "cart-pole" => TrainConfig::new("CartPole-v1", 16_384, 1),
        "pendulum-with-a-stateful-reward" => TrainConfig::new("Pendulum-v1", 12_288, 2),
        "a-critic-per-factor" => TrainConfig::new("CartPole-v1", 8_192, 6),
        "several-agents" => TrainConfig::new("lare/spread-3", 9_600, 4),
        "sac-with-a-stateful-reward" => small(AlgorithmName::Sac, "Pendulum-v1", 4_000),
        "td3" => small(AlgorithmName::Td3, "Pendulum-v1", 9_000),
        "dqn" => small(AlgorithmName::Dqn, "CartPole-v1", 9_000),
        "ppo-with-credit" => TrainConfig::new("CartPole-v1", 12_288, 7),
        "sac-with-credit" => small(AlgorithmName::Sac, "Pendulum-v1", 3_000),
        _ => panic!("no case {case}"),
    };
    config.checkpoint_every = 700;
    config.transforms = vec![Transform::MeanStd, Transform::MinMax];
    config.ppo.rollout_steps = config.ppo.rollout_steps.min(128);
    config.ppo.normalize_observation = true;
    config.ppo.normalize_reward = true;
    config.ppo.entropy_coefficient = 0.01;
    if case.ends_with("with-credit") {
        config.transforms = Vec::new();
        let credit = CreditConfig::of(CreditMethod::Rrd, &config);
        config.credit = Some(CreditConfig { hidden: 16, every: 2, fits: 5, ..credit });
    }
    if case == "a-critic-per-factor" {
        (config.transforms, config.ppo.critics) = (Vec::new(), Critics::PerFactor);
    }
    config
}

/// Runs of a second or two in which the memory overflows and everything is updated many times.
fn small(algorithm: AlgorithmName, env: &str, steps: u64) -> TrainConfig {
    let mut config = TrainConfig { algorithm, ..TrainConfig::new(env, steps, 3) };
    (config.sac.num_envs, config.td3.num_envs, config.dqn.num_envs) = (2, 2, 2);
    (config.sac.buffer, config.td3.buffer, config.dqn.buffer) = (1_500, 1_500, 1_500);
    (config.sac.batch, config.td3.batch, config.dqn.batch) = (16, 16, 16);
    (config.sac.hidden, config.td3.hidden, config.dqn.hidden) = (16, 16, 16);
    (config.dqn.train_frequency, config.dqn.gradient_steps) = (3, 10);
    (config.sac.normalize_observation, config.td3.normalize_observation) = (true, true);
    config.dqn.normalize_observation = true;
    config
}

/// Pays for velocities rarely seen: the more often, the less.
struct Novelty {
    description: Description,
    seen: [u32; 16],
}

impl Novelty {
    fn source() -> Box<dyn RewardSource> {
        let spec = meed_envs::spec("Pendulum-v1").unwrap();
        let mut description = Description::transition("novelty", "0.1.0")
            .observation(spec.observation)
            .factors([Factor::new("new", 0.0, 1.0, 1.0, "rarity of the velocity")]);
        description.kind = Kind::Stateful;
        Box::new(Novelty { description, seen: [0; 16] })
    }

    fn bin(velocity: f32) -> usize {
        (velocity + 8.0).clamp(0.0, 15.0) as usize
    }
}

impl RewardSource for Novelty {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let Batch::Transitions(rows) = batch else { panic!("not transitions") };
        scores.reset(rows.rows, 1);
        for row in 0..rows.rows {
            scores.values[row] = 1.0 / (1.0 + self.seen[Self::bin(rows.observation[row * 3 + 2])] as f32).sqrt();
        }
        Ok(())
    }

    fn observe(&mut self, rows: &Transitions<'_>) -> Result<(), RewardError> {
        (0..rows.rows).for_each(|row| self.seen[Self::bin(rows.observation[row * 3 + 2])] += 1);
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, RewardError> {
        Ok(self.seen.iter().flat_map(|count| count.to_le_bytes()).collect())
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), RewardError> {
        let counts = snapshot.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap()));
        self.seen.iter_mut().zip(counts).for_each(|(seen, count)| *seen = count);
        Ok(())
    }
}

/// Two factors of unlike scale.
fn balance() -> Box<dyn RewardSource> {
    let description = Description::transition("balance", "0.1.0")
        .observation(meed_envs::spec("CartPole-v1").unwrap().observation)
        .factors([Factor::new("upright", -1.0, 0.0, 1.0, ""), Factor::new("still", -1e9, 0.0, 0.5, "")]);
    Box::new(NativeReward::per_row(description, |row, out| {
        out[0] = -row.observation[2].abs();
        out[1] = -1e4 * row.observation[1].abs();
    }))
}

fn reward(case: &str) -> Option<Box<dyn RewardSource>> {
    match case {
        "a-critic-per-factor" => Some(balance()),
        _ => case.ends_with("stateful-reward").then(Novelty::source),
    }
}

/// Begins the run, or goes on with it where it has begun.
fn go(path: &Path, case: &str) -> Result<(), TrainError> {
    if path.exists() {
        let mut reopened = RunDir::reopen(path)?;
        let env = reopened.info.config.make_env()?;
        return resume(env, reward(case), &mut reopened, &mut Silent).map(|_| ());
    }
    let config = config(case);
    let mut run_dir = RunDir::create(path, &RunInfo::new(config.clone(), None))?;
    train(config.make_env()?, reward(case), &config, Some(&mut run_dir), &mut Silent).map(|_| ())
}

/// Everything that must be the same: the metrics but for the seconds, and the files of all policies.
fn outcome(path: &Path) -> (Vec<Metrics>, Vec<(String, String)>) {
    let run = RunDir::open(path).unwrap();
    assert_eq!(run.status.state, State::Finished, "{:?}", run.status);
    let metrics = run.metrics.into_iter().map(|row| Metrics { seconds: 0.0, ..row }).collect();
    let read = |file: &std::path::PathBuf| {
        (file.strip_prefix(path).unwrap().display().to_string(), std::fs::read_to_string(file).unwrap())
    };
    (metrics, run.checkpoints.iter().chain(&run.policy).map(read).collect())
}

/// Runs this test binary again, as the child below.
fn child(path: &Path, case: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_that_begins_or_goes_on"]).env(CHILD, path).env(CASE, case);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Is the child; by itself it does nothing.
#[test]
fn child_that_begins_or_goes_on() {
    if let (Some(path), Ok(case)) = (std::env::var_os(CHILD), std::env::var(CASE)) {
        go(Path::new(&path), &case).unwrap();
    }
}

/// `cargo xtask kills` does the same twenty times for each algorithm, with plugins and `meed` itself.
fn killed_and_resumed(cases: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for case in cases {
        let (whole, broken) =
            (folder.path().join(format!("{case}-whole")), folder.path().join(format!("{case}-broken")));
        go(&whole, case).unwrap();
        let (mut killed, mut steps) = (0, Vec::new());
        while killed < 5 {
            let mut training = child(&broken, case).spawn().unwrap();
            // Every other time it is killed after it has come further, so that it is resumed from everywhere.
            let before = states(&broken).pop();
            while killed % 2 == 1 && states(&broken).pop() == before && training.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(2));
            }
            std::thread::sleep(Duration::from_millis(rng.random_range(1..150)));
            if training.try_wait().unwrap().is_some() {
                break;
            }
            training.kill().unwrap();
            training.wait().unwrap();
            killed += 1;
            steps.push(RunDir::open(&broken).map_or(0, |run| run.status.steps));
        }
        assert!(killed >= 2, "{case}: killed only {killed} times, after {steps:?} steps");
        if RunDir::open(&broken).map_or(true, |run| run.status.state != State::Finished) {
            assert!(child(&broken, case).status().unwrap().success());
        }
        println!("{case}: killed after {steps:?} steps");
        assert!(outcome(&broken) == outcome(&whole), "{case}: not the same bits after kills at {steps:?}");
    }
}

#[test]
fn ppo_killed_and_resumed_ends_with_the_bits_of_the_unbroken_run() {
    killed_and_resumed(&ON_POLICY);
}

#[test]
fn learning_from_a_memory_killed_and_resumed_ends_with_the_bits_of_the_unbroken_run() {
    killed_and_resumed(&OFF_POLICY);
}

#[test]
fn a_decomposition_of_returns_killed_and_resumed_ends_with_the_bits_of_the_unbroken_run() {
    killed_and_resumed(&WITH_CREDIT);
}

/// Gives the states that a run has written, oldest first.
fn states(path: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(path.join("resume")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut states: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "state")).collect();
    states.sort();
    states
}

/// Trains `cart-pole` for a while and gives the names of its two states, oldest first.
fn stopped_after_a_while(path: &Path) -> Vec<std::path::PathBuf> {
    let mut training = child(path, ON_POLICY[0]).spawn().unwrap();
    while states(path).len() < 2 {
        assert!(training.try_wait().unwrap().is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(2));
    }
    training.kill().unwrap();
    training.wait().unwrap();
    states(path)
}

#[test]
fn a_corrupt_state_is_passed_over_and_none_left_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    go(&whole, ON_POLICY[0]).unwrap();
    let kept = stopped_after_a_while(&broken);
    let newest = kept.last().unwrap();
    let bytes = std::fs::read(newest).unwrap();
    std::fs::write(newest, &bytes[..bytes.len() / 2]).unwrap();
    go(&broken, ON_POLICY[0]).unwrap();
    assert!(outcome(&broken) == outcome(&whole));

    // Whoever was killed before the policy was judged goes on there; after that, there is nothing to go on with.
    go(&broken, ON_POLICY[0]).unwrap();
    assert!(outcome(&broken) == outcome(&whole));
    let judged = Evaluation { returns: vec![1.0], mean: 1.0, deviation: 0.0 };
    assert!(!states(&broken).is_empty());
    RunDir::reopen(&broken).unwrap().run_dir.write_evaluation(&judged).unwrap();
    assert!(states(&broken).is_empty());
    std::fs::write(broken.join("status.json"), std::fs::read(whole.join("status.json")).unwrap()).unwrap();
    assert_eq!(RunDir::reopen(&broken).err().unwrap().code(), "finished");

    let lost = folder.path().join("lost");
    for state in stopped_after_a_while(&lost) {
        std::fs::write(state, "not a state").unwrap();
    }
    let error = go(&lost, ON_POLICY[0]).unwrap_err();
    assert_eq!(error.code(), "checkpoint");
    assert!(error.to_string().contains(".state: it is cut short"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_an_error_that_keeps_the_last_good_state() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    go(&whole, ON_POLICY[0]).unwrap();
    let before = stopped_after_a_while(&broken);
    // No file may grow beyond 4 KiB, as if the disk were full: metrics and status fit, a state does not.
    let training = child(&broken, ON_POLICY[0]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -f 8; trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(training.get_program())
        .args(training.get_args());
    for (name, value) in training.get_envs() {
        limited.env(name, value.unwrap());
    }
    let output = limited.output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("File too large"), "{said}");
    let left: Vec<_> = std::fs::read_dir(broken.join("resume")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(before.iter().all(|state| left.contains(state)), "{left:?}");
    go(&broken, ON_POLICY[0]).unwrap();
    assert!(outcome(&broken) == outcome(&whole));
}
