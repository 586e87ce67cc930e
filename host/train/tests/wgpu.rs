//! Compares updates on a GPU with the same ones on the processor: `cargo xtask test-wgpu` runs this, on a GPU in software where
//! there is no other. Both act alike until the first update, because policies act on the processor.
#![cfg(feature = "wgpu")]
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_train::{AlgorithmName, DeviceChoice, Silent, TrainConfig, train};

/// Trains for as little as can be, and gives every weight of the policy.
fn weights(algorithm: AlgorithmName, env: &str, device: DeviceChoice) -> Vec<f64> {
    let mut config = TrainConfig { algorithm, device, ..TrainConfig::new(env, 64, 1) };
    let ppo = &mut config.ppo;
    (ppo.num_envs, ppo.rollout_steps, ppo.minibatch, ppo.epochs, ppo.hidden, ppo.decay) = (4, 16, 64, 1, 8, false);
    // The last of the steps is the first that is learnt from; two updates move an actor that is moved at every second.
    (config.sac.learning_starts, config.sac.batch, config.sac.hidden) = (63, 16, 8);
    (config.td3.learning_starts, config.td3.batch, config.td3.hidden) = (63, 16, 8);
    let summary = train(config.make_env().unwrap(), None, &config, None, &mut Silent).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&summary.policy.to_json()).unwrap();
    let parameters = policy["parameters"].as_array().unwrap().iter();
    parameters
        .flat_map(|parameter| parameter["values"].as_array().unwrap())
        .map(|value| value.as_f64().unwrap())
        .collect()
}

#[test]
fn an_update_is_the_processors_within_a_ten_thousandth() {
    for (algorithm, env) in [
        (AlgorithmName::Ppo, "CartPole-v1"),
        (AlgorithmName::Ppo, "Pendulum-v1"),
        (AlgorithmName::Sac, "Pendulum-v1"),
        (AlgorithmName::Td3, "Pendulum-v1"),
    ] {
        let [processor, gpu] = [DeviceChoice::Cpu, DeviceChoice::Wgpu].map(|device| weights(algorithm, env, device));
        assert_eq!(processor.len(), gpu.len());
        let largest = processor.iter().zip(&gpu).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("{algorithm} on {env}: {} weights within {largest:e}", gpu.len());
        assert!(largest < 1e-4, "{algorithm} on {env}: {largest}");
    }
}
