//! Training with a plugin: it learns, it repeats bit for bit, a native reward in the plugin's place changes nothing, and a killed
//! run leaves a directory that the next command reads.

use std::path::Path;
use std::time::Duration;

use meed_core::{NativeReward, RewardFactory, RewardSource};
use meed_runtime::Profile;
use meed_tests::{load, meed, plugin};
use meed_train::{RunDir, Silent, State, Summary, TrainConfig, evaluate, train};

fn train_with(reward: Option<Box<dyn RewardSource>>, env: &str, steps: u64, seed: u64) -> Summary {
    let config = TrainConfig::new(env, steps, seed);
    train(config.make_env().unwrap(), reward, &config, None, &mut Silent).unwrap()
}

/// Trains with the plugin and gives the mean true return of 100 evaluation episodes, for three seeds.
fn returns(env: &str, name: &str) -> Vec<f64> {
    let plugin = load(name, Profile::Train);
    let judged = [1, 2, 3].map(|seed| {
        let summary = train_with(Some(plugin.source(seed).unwrap()), env, 100_000, seed);
        let mean = evaluate(&summary.policy, 100, seed).unwrap().mean;
        meed_tests::say(&format!("{env}, plugin {name}, seed {seed}: true return {mean:.1} after 100,000 steps"));
        mean
    });
    judged.to_vec()
}

#[test]
fn the_cart_pole_plugin_solves_cart_pole_on_three_seeds() {
    assert!(returns("CartPole-v1", "cartpole").iter().all(|mean| *mean >= 475.0));
}

#[test]
fn the_pendulum_plugin_solves_pendulum_on_three_seeds() {
    // The Stable-Baselines3 zoo reports -172 after the same 100,000 steps.
    let returns = returns("Pendulum-v1", "pendulum");
    assert!(returns.iter().all(|mean| *mean > -250.0));
    assert!(returns.iter().sum::<f64>() / 3.0 > -190.0, "{returns:?}");
}

#[test]
fn the_same_seed_gives_the_same_policy_and_so_does_the_native_reward() {
    let plugin = load("pendulum", Profile::Train);
    let native = NativeReward::per_row(plugin.description().clone(), |row, out| {
        pendulum::Plugin::step(row.observation, row.action, row.next_observation, out);
    });
    let policy = |reward| train_with(Some(reward), "Pendulum-v1", 8_192, 7).policy.to_json();
    let first = policy(plugin.source(0).unwrap());
    assert_eq!(first, policy(plugin.source(0).unwrap()));
    assert_eq!(first, policy(Box::new(native)));
}

#[test]
fn a_killed_run_leaves_a_directory_that_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let component = plugin("pendulum");
    let (mut begun, mut with_policy) = (0, None);
    for (round, millis) in [20, 60, 120, 250, 500, 900, 1_500, 2_500, 4_000, 6_000].into_iter().enumerate() {
        let run = folder.path().join(format!("run-{round}"));
        let mut training = meed(&["train", "--env", "Pendulum-v1", "--steps", "10000000", "--seed", "1"])
            .arg("--reward")
            .arg(&component)
            .arg("--out")
            .arg(&run)
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        training.kill().unwrap();
        training.wait().unwrap();
        if !run.exists() {
            continue;
        }
        let read = RunDir::open(&run).unwrap();
        begun += 1;
        assert_eq!(read.status.state, State::Running);
        assert_eq!(read.info.rewards[0].hash.as_deref().unwrap(), load("pendulum", Profile::Train).hash());
        with_policy = read.policy.or(with_policy);
    }
    assert!(begun >= 5, "only {begun} runs had begun when they were killed");
    let policy = with_policy.expect("a run of six seconds has written a policy");
    let out = folder.path().join("killed.parquet");
    record(&policy, &out);
    assert!(out.is_file());
}

fn record(policy: &Path, out: &Path) {
    let done = meed(&["record", "--env", "Pendulum-v1", "--episodes", "2", "--policy"])
        .arg(policy)
        .arg("--out")
        .arg(out)
        .status()
        .unwrap();
    assert!(done.success());
}
