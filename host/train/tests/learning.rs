//! Shows that PPO learns: each environment on three seeds, within the budget of the references, once from the environment's own
//! reward and once from a native reward's factors. What counts is the environment's own return in 100 episodes.
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_core::{Description, Factor, Inputs, NativeReward, Reads, RewardSource};
use meed_train::{Critics, Silent, TrainConfig, evaluate, train};

const STEPS: u64 = 100_000;

fn learn(env: &str, seed: u64, reward: Option<Box<dyn RewardSource>>) -> f64 {
    learn_with(&TrainConfig::new(env, STEPS, seed), reward)
}

fn learn_with(config: &TrainConfig, reward: Option<Box<dyn RewardSource>>) -> f64 {
    let (env, seed) = (&config.env, config.seed);
    let from = if reward.is_some() { "factors" } else { "its own reward" };
    let summary = train(config.make_env().unwrap(), reward, config, None, &mut Silent).unwrap();
    let evaluation = evaluate(&summary.policy, 100, 1_000 + seed).unwrap();
    println!(
        "{env} from {from}, seed {seed}: return {:.1} (deviation {:.1}), {:.0} steps/s",
        evaluation.mean,
        evaluation.deviation,
        summary.steps as f64 / summary.seconds
    );
    evaluation.mean
}

/// The environment's reward, as a factor.
fn alive() -> Box<dyn RewardSource> {
    let spec = meed_envs::spec("CartPole-v1").unwrap();
    let description = Description::transition("alive", "0.1.0")
        .observation(spec.observation)
        .action(spec.action)
        .inputs(Inputs { terminated: true, ..Inputs::default() })
        .factors([
            Factor::new("alive", 0.0, 1.0, 1.0, "1 while the pole stands"),
            Factor::new("centred", -2.5, 0.0, 0.01, "minus the distance from the middle"),
        ]);
    Box::new(NativeReward::per_row(description, |row, out| {
        out[0] = f32::from(!row.terminated);
        out[1] = -row.observation[0].abs().min(2.5);
    }))
}

/// Pendulum's own three terms.
fn swing() -> Box<dyn RewardSource> {
    let spec = meed_envs::spec("Pendulum-v1").unwrap();
    let mut observation = spec.observation;
    observation.iter_mut().for_each(|field| field.reads = Reads::CURRENT);
    let description = Description::transition("swing", "0.1.0").observation(observation).action(spec.action).factors([
        Factor::new("angle", -9.87, 0.0, 1.0, "minus the squared angle from upright"),
        Factor::new("speed", -64.0, 0.0, 0.1, "minus the squared speed"),
        Factor::new("effort", -4.0, 0.0, 0.001, "minus the squared torque"),
    ]);
    Box::new(NativeReward::per_row(description, |row, out| {
        out[0] = -row.observation[1].atan2(row.observation[0]).powi(2);
        out[1] = -row.observation[2].powi(2);
        out[2] = -row.action[0].powi(2);
    }))
}

#[test]
fn cart_pole_is_solved_from_its_own_reward() {
    for seed in 1..=3 {
        let mean = learn("CartPole-v1", seed, None);
        assert!(mean >= 475.0, "seed {seed}: {mean}");
    }
}

#[test]
fn cart_pole_is_solved_from_a_rewards_factors() {
    for seed in 1..=3 {
        let mean = learn("CartPole-v1", seed, Some(alive()));
        assert!(mean >= 475.0, "seed {seed}: {mean}");
    }
}

#[test]
fn cart_pole_is_balanced_by_a_critic_for_each_factor() {
    // The weights say what counts, not the factors' scales: being centred, too, is a matter of balance.
    let mut config = TrainConfig::new("CartPole-v1", 50_000, 1);
    config.ppo.critics = Critics::PerFactor;
    let mean = learn_with(&config, Some(alive()));
    assert!(mean >= 400.0, "{mean}");
    // There is nothing to take apart in the environment's own reward.
    let refused = train(config.make_env().unwrap(), None, &config, None, &mut Silent).unwrap_err();
    assert!(refused.to_string().starts_with("critics is per-factor; it must be `one`"), "{refused}");
}

#[test]
fn pendulum_is_solved_from_its_own_reward() {
    for seed in 1..=3 {
        let mean = learn("Pendulum-v1", seed, None);
        assert!(mean >= -250.0, "seed {seed}: {mean}");
    }
}

#[test]
fn pendulum_is_solved_from_a_rewards_factors() {
    for seed in 1..=3 {
        let mean = learn("Pendulum-v1", seed, Some(swing()));
        assert!(mean >= -250.0, "seed {seed}: {mean}");
    }
}
