//! The interface is no Rust affair: the Pendulum reward in C and in Python is import-free and gives the Rust plugin's factors.

use meed_core::{Batch, RewardFactory, Scores, Transitions};
use meed_runtime::{Plugin, Profile};
use meed_tests::load;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn scores(plugin: &Plugin, rows: usize) -> Scores {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (mut observation, mut action) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let angle = rng.random_range(-std::f32::consts::PI..std::f32::consts::PI);
        observation.extend([angle.cos(), angle.sin(), rng.random_range(-8.0..8.0)]);
        action.push(rng.random_range(-3.0..3.0));
    }
    let batch = Transitions { rows, observation: &observation, action: &action, ..Transitions::default() };
    let mut scores = Scores::default();
    plugin.source(0).unwrap().evaluate(Batch::Transitions(&batch), &mut scores).unwrap();
    scores
}

fn agrees_with_rust(name: &str, profile: Profile) {
    let (rust, other) = (load("pendulum", profile), load(name, profile));
    assert!(other.imports().iter().all(|import| import.starts_with("meed:reward/types@")), "{:?}", other.imports());
    assert_eq!(other.description().factors, rust.description().factors);
    assert_eq!(other.description().observation, rust.description().observation);
    assert_eq!(other.description().action, rust.description().action);
    let (expected, got) = (scores(&rust, 1_000), scores(&other, 1_000));
    assert_eq!(expected.values.len(), got.values.len());
    for (index, (expected, got)) in expected.values.iter().zip(&got.values).enumerate() {
        // Relative where the factor is large: f32 has seven digits, and an angle's square reaches ten.
        let allowed = 1e-6 * expected.abs().max(1.0);
        assert!((expected - got).abs() <= allowed, "value {index}: Rust {expected}, {name} {got}");
    }
}

#[test]
fn c_in_training() {
    agrees_with_rust("pendulum-c", Profile::Train);
}

#[test]
fn c_in_verification() {
    agrees_with_rust("pendulum-c", Profile::Verify);
}

#[test]
fn python_in_training() {
    agrees_with_rust("pendulum-python", Profile::Train);
}

#[test]
fn python_in_verification() {
    agrees_with_rust("pendulum-python", Profile::Verify);
}
