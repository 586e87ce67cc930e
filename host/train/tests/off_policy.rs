//! Shows that SAC, TD3 and DQN learn, on the environments small enough for a test. What counts is the environment's own return in
//! 100 episodes.
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_train::{AlgorithmName, Silent, TrainConfig, evaluate, train};

fn learn(algorithm: AlgorithmName, env: &str, steps: u64, seed: u64) -> f64 {
    let config = TrainConfig { algorithm, ..TrainConfig::new(env, steps, seed) };
    let summary = train(config.make_env().unwrap(), None, &config, None, &mut Silent).unwrap();
    assert_eq!(summary.steps, steps);
    let evaluation = evaluate(&summary.policy, 100, 1_000 + seed).unwrap();
    println!(
        "{algorithm} on {env}, seed {seed}, {steps} steps: return {:.1} (deviation {:.1}), {:.0} steps/s",
        evaluation.mean,
        evaluation.deviation,
        summary.steps as f64 / summary.seconds
    );
    evaluation.mean
}

#[test]
fn each_takes_256_steps_and_leaves_a_policy() {
    for (algorithm, env) in
        [(AlgorithmName::Sac, "Pendulum-v1"), (AlgorithmName::Td3, "Pendulum-v1"), (AlgorithmName::Dqn, "CartPole-v1")]
    {
        learn(algorithm, env, 256, 1);
    }
}

#[test]
fn sac_swings_the_pendulum_up() {
    assert!(learn(AlgorithmName::Sac, "Pendulum-v1", 5_000, 1) >= -250.0);
}

#[test]
fn td3_swings_the_pendulum_up() {
    assert!(learn(AlgorithmName::Td3, "Pendulum-v1", 5_000, 1) >= -250.0);
}

#[test]
fn dqn_balances_the_pole() {
    assert!(learn(AlgorithmName::Dqn, "CartPole-v1", 50_176, 1) >= 400.0);
}
