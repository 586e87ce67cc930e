//! Shows that every decomposition of returns trains from beginning to end, and goes on after a break as if there had been none.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use meed_core::{Description, Factor, NativeReward, RewardSource};
use meed_train::{
    AlgorithmName, CreditConfig, CreditMethod, Metrics, RunDir, RunInfo, Silent, TrainConfig, combine, environment,
    resume, train,
};

/// A run of a second in which the memory overflows.
fn config(method: CreditMethod, algorithm: AlgorithmName) -> TrainConfig {
    let env = match algorithm {
        AlgorithmName::Dqn => "CartPole-v1",
        AlgorithmName::Ppo => "lare/spread-3",
        _ => "Pendulum-v1",
    };
    let mut config = TrainConfig { algorithm, checkpoint_every: 700, ..TrainConfig::new(env, 2_500, 3) };
    (config.sac.num_envs, config.td3.num_envs, config.dqn.num_envs) = (2, 2, 2);
    (config.sac.buffer, config.td3.buffer, config.dqn.buffer) = (1_500, 1_500, 1_500);
    (config.sac.batch, config.td3.batch, config.dqn.batch) = (16, 16, 16);
    (config.sac.hidden, config.td3.hidden, config.dqn.hidden) = (16, 16, 16);
    (config.dqn.train_frequency, config.dqn.gradient_steps) = (3, 4);
    (config.ppo.num_envs, config.ppo.rollout_steps, config.ppo.minibatch, config.ppo.hidden) = (4, 25, 100, 16);
    config.credit =
        Some(CreditConfig { steps: 32, episodes: 4, every: 2, fits: 5, ..CreditConfig::of(method, &config) });
    config
}

/// The first two columns of the observation, squared.
fn reward(config: &TrainConfig) -> Box<dyn RewardSource> {
    let spec = meed_envs::spec(&config.env).unwrap();
    let description = Description::transition("squares", "0.1.0")
        .observation(spec.observation)
        .factors(["one", "two"].map(|name| Factor::new(name, 0.0, f32::INFINITY, 1.0, "a square")));
    Box::new(NativeReward::per_row(description, |row, out| {
        (out[0], out[1]) = (row.observation[0].powi(2), row.observation[1].powi(2));
    }))
}

/// All that must be the same: the metrics but for the seconds, and the newest policy and decoder.
fn outcome(path: &Path) -> (Vec<Metrics>, String, Option<String>) {
    let run = RunDir::open(path).unwrap();
    let metrics = run.metrics.into_iter().map(|row| Metrics { seconds: 0.0, ..row }).collect();
    let read = |name: &str| std::fs::read_to_string(path.join(name));
    (metrics, read("policy.json").unwrap(), read("decoder.json").ok())
}

/// Trains, then takes the end of the run away and goes on.
fn trained_and_resumed(config: &TrainConfig) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut run_dir = RunDir::create(&path, &RunInfo::new(config.clone(), None)).unwrap();
    train(config.make_env().unwrap(), Some(reward(config)), config, Some(&mut run_dir), &mut Silent).unwrap();
    drop(run_dir);
    let unbroken = outcome(&path);
    let method = config.credit.as_ref().unwrap().method;
    let last = unbroken.0.last().unwrap();
    assert_eq!(last.credit_loss.is_some(), unbroken.2.is_some(), "{method}");
    assert!(last.value_loss != 0.0, "{method}: nothing was learnt");

    let mut states: Vec<_> =
        std::fs::read_dir(path.join("resume")).unwrap().map(|entry| entry.unwrap().path()).collect();
    states.sort();
    std::fs::remove_file(states.last().unwrap()).unwrap();
    let status = std::fs::read_to_string(path.join("status.json")).unwrap().replace("finished", "running");
    std::fs::write(path.join("status.json"), status).unwrap();
    let mut reopened = RunDir::reopen(&path).unwrap();
    resume(config.make_env().unwrap(), Some(reward(config)), &mut reopened, &mut Silent).unwrap();
    assert_eq!(outcome(&path), unbroken, "{method}");
}

#[test]
fn each_decomposition_trains_sac_and_goes_on_bit_for_bit() {
    for method in CreditMethod::ALL.into_iter().filter(|method| !method.needs_agents()) {
        trained_and_resumed(&config(method, AlgorithmName::Sac));
    }
}

#[test]
fn td3_and_dqn_learn_from_decomposed_returns_too() {
    trained_and_resumed(&config(CreditMethod::LareRd, AlgorithmName::Td3));
    trained_and_resumed(&config(CreditMethod::Rd, AlgorithmName::Dqn));
}

#[test]
fn ppo_has_the_rollouts_of_several_agents_relabelled() {
    for method in [CreditMethod::LareRd, CreditMethod::LareRrd, CreditMethod::Uniform] {
        trained_and_resumed(&config(method, AlgorithmName::Ppo));
    }
    for method in CreditMethod::ALL.into_iter().filter(|method| method.needs_agents()) {
        trained_and_resumed(&config(method, AlgorithmName::Ppo));
    }
    let mut team = config(CreditMethod::LareRd, AlgorithmName::Ppo);
    team.credit.as_mut().unwrap().team = true;
    trained_and_resumed(&team);
}

#[test]
fn rollouts_may_end_within_an_episode() {
    for method in [CreditMethod::Arel, CreditMethod::Stas] {
        let mut short = config(method, AlgorithmName::Ppo);
        short.ppo.rollout_steps = 10;
        trained_and_resumed(&short);
    }
}

#[test]
fn without_the_actions_decoders_of_factors_and_of_rows_learn_as_well() {
    for method in [CreditMethod::LareRrd, CreditMethod::Rrd] {
        let mut blind = config(method, AlgorithmName::Sac);
        blind.credit.as_mut().unwrap().state_only = true;
        trained_and_resumed(&blind);
    }
}

#[test]
fn what_does_not_go_together_is_refused_with_what_to_do() {
    let refused = |config: &TrainConfig, reward| {
        train(config.make_env().unwrap(), reward, config, None, &mut Silent).map(|_| ()).unwrap_err().to_string()
    };
    let lare = config(CreditMethod::LareRd, AlgorithmName::Sac);
    assert!(refused(&lare, None).contains("credit is lare-rd; it must be one that needs no factors, such as rrd"));
    let alone = config(CreditMethod::Arel, AlgorithmName::Sac);
    assert!(refused(&alone, None).contains("credit is arel; it must be one that is not for several agents"));
    // What each step is paid is what is to be found out.
    let spec = meed_envs::spec(&lare.env).unwrap();
    let told = combine(vec![(reward(&lare), 1.0), (environment(&spec), 1.0)], &spec).unwrap();
    assert!(refused(&lare, Some(told)).contains("it must be one that does not read the environment's reward"));
    let mut clipped = lare.clone();
    clipped.transforms = vec!["clip=1".parse().unwrap()];
    assert!(refused(&clipped, Some(reward(&lare))).contains("transforms is 1; it must be none"));
}
