//! A plugin and the same source compiled natively give the same bits: whatever the batch size, on a fresh or a reused instance,
//! in both profiles.

use meed_core::{Batch, Description, NativeReward, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::Profile;
use meed_tests::load;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROWS: usize = 100_000;

/// Rows of Pendulum, a tenth of them with what an environment never gives but a function must bear.
fn rows() -> (Vec<f32>, Vec<f32>) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut observation, mut action) = (Vec::new(), Vec::new());
    for row in 0..ROWS {
        let angle = rng.random_range(-std::f32::consts::PI..std::f32::consts::PI);
        let strange = row % 10 == 0;
        let scale = if strange { 10_f32.powi(rng.random_range(-38..6)) } else { 1.0 };
        let zero = if row % 100 == 0 { 0.0 } else { 1.0 };
        observation.extend([angle.cos() * scale, angle.sin() * scale * zero, rng.random_range(-8.0..8.0) * scale]);
        action.push(rng.random_range(-2.0..2.0) * scale);
    }
    (observation, action)
}

/// The plugin's own source, called without a sandbox.
fn native(description: &Description) -> impl RewardSource {
    NativeReward::per_row(description.clone(), |row, out| {
        pendulum::Plugin::step(row.observation, row.action, row.next_observation, out);
    })
}

fn in_batches(source: &mut dyn RewardSource, observation: &[f32], action: &[f32], size: usize) -> Vec<u32> {
    let mut bits = Vec::new();
    let mut scores = Scores::default();
    for (observation, action) in observation.chunks(3 * size).zip(action.chunks(size)) {
        let batch = Transitions { rows: action.len(), observation, action, ..Transitions::default() };
        source.evaluate(Batch::Transitions(&batch), &mut scores).unwrap();
        assert!(scores.unscored.is_empty());
        bits.extend(scores.values.iter().map(|value| value.to_bits()));
    }
    bits
}

#[test]
fn plugin_and_native_source_agree_bit_for_bit() {
    let (observation, action) = rows();
    let plugins = [load("pendulum", Profile::Verify), load("pendulum", Profile::Train)];
    let mut oracle = native(plugins[0].description());
    let expected = in_batches(&mut oracle, &observation, &action, ROWS);
    assert_eq!(expected.len(), 3 * ROWS);
    for plugin in &plugins {
        for size in [1, 3, 257, 4096] {
            let mut reused = plugin.source(0).unwrap();
            let got = in_batches(reused.as_mut(), &observation, &action, size);
            assert!(got == expected, "{:?}, batches of {size}, one source", plugin.profile());
        }
        for (size, every) in [(1, 97), (3, 31), (257, 1), (4096, 1)] {
            // A source of its own for each batch; for the small sizes not for each one, since there are 100,000.
            let width = 3 * size;
            for index in (0..ROWS.div_ceil(size)).step_by(every) {
                let observation = &observation[index * width..((index + 1) * width).min(3 * ROWS)];
                let action = &action[index * size..((index + 1) * size).min(ROWS)];
                let mut fresh = plugin.source(0).unwrap();
                let got = in_batches(fresh.as_mut(), observation, action, size);
                assert!(got == expected[index * width..index * width + got.len()], "batch {index} of {size}, fresh");
            }
        }
    }
}
