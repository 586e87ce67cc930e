//! Kills runs at random moments, resumes them and compares: `cargo xtask kills [--json] [--kills N] [--seed N] [--only ALGORITHM]`.
//!
//! Each run is a `meed train` process that is killed as `kill -9` does, again and again, at moments spread evenly over what the run
//! takes; what ends is compared with a run that nobody disturbed: every row of the metrics but for its seconds, every policy, the
//! decoder, and the evaluation's hundred returns. What a state holds beside these, such as optimisers, memory and snapshots, decides all
//! that comes after it; the files of states themselves differ, because Burn writes an optimiser's memory in any order. Exits with
//! 1 where a bit differs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::{Child, ExitCode, Stdio};
use std::time::{Duration, Instant};

use meed_core::RewardFactory;
use meed_runtime::Profile;
use meed_tests::{load, meed, plugin};
use meed_train::{
    AlgorithmName, CreditConfig, CreditMethod, Metrics, RewardIdentity, RunDir, RunInfo, State, TrainConfig,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// A training, and the plugin that is its reward where there is one.
struct Case {
    name: &'static str,
    config: TrainConfig,
    plugin: Option<&'static str>,
}

/// What came of a case.
#[derive(Serialize)]
struct Row {
    algorithm: &'static str,
    env: String,
    reward: String,
    kills: usize,
    /// Kills after which there was a state to go on from. After the others the run began again.
    resumed: usize,
    bit_equal: bool,
    /// Runs that the kills are spread over.
    runs: usize,
    total_steps: u64,
    /// Steps that the killed runs had told of.
    steps: Vec<u64>,
}

/// Runs of some seconds, with everything on that keeps a memory.
fn cases() -> Vec<Case> {
    let ppo = |env: &str, steps| {
        let mut config = TrainConfig::new(env, steps, 1);
        config.ppo.rollout_steps = config.ppo.rollout_steps.min(128);
        (config.ppo.normalize_observation, config.ppo.normalize_reward) = (true, true);
        config
    };
    let off_policy = |algorithm, env: &str, steps| {
        let mut config = TrainConfig { algorithm, ..TrainConfig::new(env, steps, 1) };
        (config.sac.num_envs, config.td3.num_envs, config.dqn.num_envs) = (2, 2, 2);
        // Smaller than the run, so that the oldest rows are forgotten.
        (config.sac.buffer, config.td3.buffer, config.dqn.buffer) = (2_000, 2_000, 2_000);
        (config.sac.hidden, config.td3.hidden, config.dqn.hidden) = (32, 32, 32);
        (config.sac.batch, config.td3.batch, config.dqn.batch) = (64, 64, 64);
        let normalize = [
            &mut config.sac.normalize_observation,
            &mut config.td3.normalize_observation,
            &mut config.dqn.normalize_observation,
        ];
        normalize.into_iter().for_each(|normalize| *normalize = true);
        config
    };
    let decomposed = |mut config: TrainConfig, method| {
        let credit = CreditConfig::of(method, &config);
        config.credit = Some(CreditConfig { steps: 64, every: 2, fits: 5, ..credit });
        config
    };
    let case = |name, config, plugin| Case { name, config, plugin };
    let mut cases = vec![
        case("ppo", ppo("Pendulum-v1", 40_000), Some("novelty")),
        case("ppo, several agents", ppo("lare/spread-3", 40_000), None),
        case(
            "ppo --credit lare-rrd",
            decomposed(ppo("Pendulum-v1", 30_000), CreditMethod::LareRrd),
            Some("latent/pendulum"),
        ),
        case("sac", off_policy(AlgorithmName::Sac, "Pendulum-v1", 5_000), Some("novelty")),
        case(
            "sac --credit rrd",
            decomposed(off_policy(AlgorithmName::Sac, "Pendulum-v1", 4_000), CreditMethod::Rrd),
            None,
        ),
        case("td3", off_policy(AlgorithmName::Td3, "Pendulum-v1", 8_000), Some("pendulum")),
        case("dqn", off_policy(AlgorithmName::Dqn, "CartPole-v1", 20_000), Some("cartpole")),
    ];
    cases.iter_mut().for_each(|case| case.config.checkpoint_every = case.config.steps / 16);
    cases
}

/// Makes the directory of a run that has not begun.
fn begin(path: &Path, case: &Case) {
    let (mut identities, mut contents) = (Vec::new(), Vec::new());
    if let Some(name) = case.plugin {
        let loaded = load(name, Profile::Train);
        let description = loaded.description();
        identities.push(RewardIdentity {
            name: description.name.clone(),
            version: description.version.clone(),
            weight: 1.0,
            hash: Some(loaded.hash().to_owned()),
            file: Some("rewards/reward.wasm".into()),
        });
        contents.push(("reward.wasm".to_owned(), fs::read(plugin(name)).unwrap()));
    }
    RunDir::create_with(path, &RunInfo::new(case.config.clone(), identities), &contents).unwrap();
}

/// Goes on with a run, or begins it.
fn go_on(path: &Path) -> Child {
    let mut train = meed(&["train", "--resume"]);
    train.arg(path).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    train.spawn().unwrap()
}

fn has_state(path: &Path) -> bool {
    let files = fs::read_dir(path.join("resume")).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().any(|file| file.extension().is_some_and(|ending| ending == "state"))
}

/// All that must be the same of a run that has ended.
fn outcome(path: &Path) -> (Vec<Metrics>, Vec<Vec<u8>>) {
    let run = RunDir::open(path).unwrap();
    assert_eq!(run.status.state, State::Finished, "{}: {:?}", path.display(), run.status);
    let metrics = run.metrics.into_iter().map(|row| Metrics { seconds: 0.0, ..row }).collect();
    let others =
        ["decoder.json", "evaluation.json"].map(|name| path.join(name)).into_iter().filter(|file| file.exists());
    let files = run.checkpoints.into_iter().chain(run.policy).chain(others);
    (metrics, files.map(|file| fs::read(file).unwrap()).collect())
}

fn torture(case: &Case, kills: usize, rng: &mut ChaCha8Rng, folder: &Path) -> Row {
    let whole = folder.join("whole");
    begin(&whole, case);
    let begun = Instant::now();
    assert!(go_on(&whole).wait().unwrap().success(), "{}", case.name);
    let takes = begun.elapsed();
    let expected = outcome(&whole);
    let mut row = Row {
        algorithm: case.name,
        env: case.config.env.clone(),
        reward: case.plugin.unwrap_or("environment").to_owned(),
        kills: 0,
        resumed: 0,
        bit_equal: true,
        runs: 0,
        total_steps: case.config.steps,
        steps: Vec::new(),
    };
    while row.kills < kills {
        let broken = folder.join(format!("broken-{}", row.runs));
        begin(&broken, case);
        row.runs += 1;
        loop {
            let mut training = go_on(&broken);
            let deadline = Instant::now() + takes.mul_f64(rng.random_range(0.02..0.7));
            while Instant::now() < deadline && training.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            if row.kills == kills || training.try_wait().unwrap().is_some() {
                assert!(training.wait().unwrap().success(), "{}", case.name);
                break;
            }
            training.kill().unwrap();
            training.wait().unwrap();
            let left = RunDir::open(&broken).unwrap();
            if left.status.state == State::Finished && left.evaluation.is_some() {
                // All was done but the page.
                break;
            }
            row.kills += 1;
            row.resumed += usize::from(has_state(&broken));
            row.steps.push(left.status.steps);
        }
        row.bit_equal &= outcome(&broken) == expected;
    }
    row.steps.sort_unstable();
    row
}

fn main() -> ExitCode {
    let (mut json, mut kills, mut seed, mut only) = (false, 20, 1, String::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|number| number.parse::<u64>().ok());
        match argument.as_str() {
            "--json" => json = true,
            "--kills" => kills = number().unwrap_or(20) as usize,
            "--seed" => seed = number().unwrap_or(1),
            "--only" => only = arguments.next().unwrap_or_default(),
            _ => {
                eprintln!("usage: cargo xtask kills [--json] [--kills N] [--seed N] [--only ALGORITHM]");
                return ExitCode::from(2);
            }
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut equal = true;
    if !json {
        println!(
            "{:<22} {:<14} {:<16} {:>5} {:>7} {:>9}",
            "algorithm", "env", "reward", "kills", "resumed", "bit_equal"
        );
    }
    for case in cases().iter().filter(|case| case.name.starts_with(&only)) {
        let folder = tempfile::tempdir().unwrap();
        let row = torture(case, kills, &mut rng, folder.path());
        equal &= row.bit_equal;
        if json {
            println!("{}", serde_json::to_string(&row).unwrap());
        } else {
            let Row { algorithm, env, reward, kills, resumed, bit_equal, .. } = &row;
            let bit_equal = if *bit_equal { "yes" } else { "NO" };
            println!("{algorithm:<22} {env:<14} {reward:<16} {kills:>5} {resumed:>7} {bit_equal:>9}");
        }
    }
    if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
