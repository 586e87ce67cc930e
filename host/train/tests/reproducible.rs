//! Shows that a seed decides every bit, whatever else runs and however many threads there are.
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_train::{AlgorithmName, Metrics, Progress, TrainConfig, train};

#[derive(Default)]
struct Kept(Vec<Metrics>);

impl Progress for Kept {
    fn update(&mut self, metrics: &Metrics, _total: u64) {
        self.0.push(Metrics { seconds: 0.0, ..metrics.clone() });
    }
}

/// Trains and gives everything that must be the same.
fn trace(config: &TrainConfig) -> (Vec<Metrics>, String) {
    let mut kept = Kept::default();
    let summary = train(config.make_env().unwrap(), None, config, None, &mut kept).unwrap();
    (kept.0, summary.policy.to_json())
}

fn with_threads(threads: usize, config: &TrainConfig) -> (Vec<Metrics>, String) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| trace(config))
}

/// Small enough to be quick, and with every option that keeps a memory of its own switched on.
fn config(env: &str, seed: u64) -> TrainConfig {
    let mut config = TrainConfig::new(env, 2048, seed);
    config.ppo.rollout_steps = config.ppo.rollout_steps.min(128);
    config.ppo.num_envs = config.ppo.num_envs.min(16);
    config.ppo.normalize_observation = true;
    config.ppo.normalize_reward = true;
    config.ppo.entropy_coefficient = 0.01;
    config
}

#[test]
fn the_same_seed_gives_the_same_bits_also_side_by_side() {
    for env in meed_envs::IDS.into_iter().chain(["lare/spread-3"]) {
        let alone = trace(&config(env, 1));
        let beside = std::thread::scope(|scope| {
            let threads = [1, 2, 1].map(|seed| scope.spawn(move || trace(&config(env, seed))));
            threads.map(|thread| thread.join().unwrap())
        });
        assert!(alone.0.len() >= 4);
        assert!(alone == beside[0] && alone == beside[2], "{env}: the same seed gave other bits");
        assert!(alone != beside[1], "{env}: another seed gave the same bits");
    }
}

/// Small enough to be quick, with everything updated many times.
fn with_memory(algorithm: AlgorithmName, hidden: usize) -> TrainConfig {
    let env = if algorithm == AlgorithmName::Dqn { "CartPole-v1" } else { "Pendulum-v1" };
    let mut config = TrainConfig { algorithm, ..TrainConfig::new(env, 700, 5) };
    (config.sac.learning_starts, config.td3.learning_starts, config.dqn.learning_starts) = (500, 500, 500);
    (config.sac.hidden, config.td3.hidden, config.dqn.hidden) = (hidden, hidden, hidden);
    config.dqn.train_frequency = 4;
    config
}

#[test]
fn learners_with_a_memory_repeat_themselves_bit_for_bit_on_any_number_of_threads() {
    for algorithm in [AlgorithmName::Sac, AlgorithmName::Td3, AlgorithmName::Dqn] {
        let config = with_memory(algorithm, 64);
        let alone = trace(&config);
        assert!(alone == with_threads(3, &config), "{algorithm}");
        assert!(alone != trace(&TrainConfig { seed: 6, ..config }), "{algorithm}: another seed gave the same bits");
        let wide = TrainConfig { steps: 520, ..with_memory(algorithm, 256) };
        assert!(with_threads(1, &wide) == with_threads(2, &wide), "{algorithm}, 256 wide");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    // 64 wide, Burn computes the two networks in parallel; 256 wide, it divides each product.
    for hidden in [64, 256] {
        let mut config = config("CartPole-v1", 3);
        config.ppo.hidden = hidden;
        config.ppo.epochs = 3;
        let one = with_threads(1, &config);
        assert!(one == with_threads(2, &config) && one == with_threads(3, &config), "{hidden} wide");
    }
}
