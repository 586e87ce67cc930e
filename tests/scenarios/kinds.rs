//! All four kinds of reward are loaded and called, each with one small plugin; abstain, zero and fault stay three different
//! things from the guest to the scores.

use meed_core::{Batch, Episodes, Kind, Reason, RewardFactory, Samples, Scores, Transitions};
use meed_runtime::{Plugin, Profile};
use meed_tests::{host, hostile, load};

const PROFILES: [Profile; 2] = [Profile::Verify, Profile::Train];

/// Observations of Pendulum: cos, sin, velocity.
fn observations(rows: usize) -> Vec<f32> {
    (0..rows).map(|row| row as f32 * 0.37).flat_map(|angle| [angle.cos(), angle.sin(), angle % 8.0]).collect()
}

fn scores(plugin: &Plugin, batch: Batch<'_>) -> Scores {
    let mut scores = Scores::default();
    plugin.source(0).unwrap().evaluate(batch, &mut scores).unwrap();
    scores
}

#[test]
fn transition() {
    for plugin in PROFILES.map(|profile| load("pendulum", profile)) {
        assert_eq!(plugin.kind(), Kind::Transition);
        let batch = Transitions { rows: 1, observation: &[0.0, 1.0, 2.0], action: &[-3.0], ..Transitions::default() };
        let scores = scores(&plugin, Batch::Transitions(&batch));
        let quarter = std::f32::consts::FRAC_PI_2;
        assert_eq!(scores.values, [-quarter * quarter, -4.0, -4.0]);
    }
}

#[test]
fn transition_of_several_agents() {
    for plugin in PROFILES.map(|profile| load("keep-apart", profile)) {
        assert!(plugin.description().inputs.group);
        let width = plugin.description().observation_size();
        let observation: Vec<f32> = (0..5 * width).map(|index| (index as f32 * 0.9).sin()).collect();
        let together =
            Transitions { rows: 5, observation: &observation, group_offsets: &[0, 3, 5], ..Transitions::default() };
        let both = scores(&plugin, Batch::Transitions(&together));
        let alone = together.slice(0, 3);
        let first = scores(&plugin, Batch::Transitions(&Transitions { group_offsets: &[0, 3], ..alone }));
        assert_eq!(both.values[..first.values.len()], first.values);
        // An agent without neighbours is judged otherwise than one with two.
        let singles = scores(&plugin, Batch::Transitions(&Transitions { group_offsets: &[], ..together }));
        assert!(!both.same_bits(&singles));
    }
}

#[test]
fn episode() {
    for plugin in PROFILES.map(|profile| load("smoothness", profile)) {
        assert_eq!(plugin.kind(), Kind::Episode);
        let observation = observations(5);
        let steps = Transitions {
            rows: 5,
            observation: &observation,
            action: &[1.0, 1.0, 0.0, 2.0, 0.5],
            ..Transitions::default()
        };
        let episodes = Episodes { steps, episode_offsets: &[0, 2, 4, 5], group_offsets: &[] };
        let scores = scores(&plugin, Batch::Episodes(&episodes));
        assert_eq!((scores.rows(), scores.row(0)[0], scores.row(1)[0]), (3, 0.0, -4.0));
        assert_eq!(scores.reason(2), Some(&Reason::Abstain));
    }
}

#[test]
fn stateful() {
    for plugin in PROFILES.map(|profile| load("novelty", profile)) {
        assert_eq!(plugin.kind(), Kind::Stateful);
        let (seen, asked) = (observations(2_000), observations(50));
        let seen = Transitions { rows: 2_000, observation: &seen, ..Transitions::default() };
        let asked = Transitions { rows: 50, observation: &asked, ..Transitions::default() };
        let mut source = plugin.source(7).unwrap();
        let (mut before, mut after, mut restored) = (Scores::default(), Scores::default(), Scores::default());
        source.evaluate(Batch::Transitions(&asked), &mut before).unwrap();
        assert_eq!(before.counts(), (50, 0));
        source.observe(&seen).unwrap();
        source.evaluate(Batch::Transitions(&asked), &mut after).unwrap();
        assert_eq!(after.counts(), (0, 0));

        let snapshot = source.snapshot().unwrap();
        let mut other = plugin.source(8).unwrap();
        other.restore(&snapshot).unwrap();
        other.evaluate(Batch::Transitions(&asked), &mut restored).unwrap();
        assert!(after.same_bits(&restored));
        assert_eq!(other.snapshot().unwrap(), snapshot);
        // What follows is the same, too: the state holds the random numbers.
        source.observe(&seen).unwrap();
        other.observe(&seen).unwrap();
        assert_eq!(source.snapshot().unwrap(), other.snapshot().unwrap());

        let error = other.restore(&snapshot[..snapshot.len() / 2]).unwrap_err();
        assert_eq!(error.failure.code(), "fault");
    }
}

#[test]
fn text() {
    for plugin in PROFILES.map(|profile| load("answer-match", profile)) {
        assert_eq!(plugin.kind(), Kind::Text);
        let samples = Samples {
            rows: 3,
            completion: &["Six times seven is #### 42", "#### 41", "#### 42"],
            prompt: &[],
            reference: &[Some("42"), Some("42"), None],
            tokens: &[10, 512, 10],
            ..Samples::default()
        };
        let scores = scores(&plugin, Batch::Samples(&samples));
        assert_eq!(scores.row(0), [1.0, 0.0, 0.0]);
        assert_eq!(scores.row(1), [0.0, -1.0, 0.0]);
        assert_eq!(scores.reason(2), Some(&Reason::Abstain));
    }
}

#[test]
fn abstain_zero_and_fault_are_three_different_things() {
    for profile in PROFILES {
        let observation = observations(6);
        let batch = Transitions { rows: 6, observation: &observation, action: &[0.0; 6], ..Transitions::default() };
        let abstains = host(profile).load(&hostile("abstains").unwrap()).unwrap();
        let (abstained, faults) = scores(&abstains, Batch::Transitions(&batch)).counts();
        // It has no score where the tip is low: cos(0.37 row) below 0.5.
        assert_eq!((abstained, faults), (3, 0));

        let refuses = host(profile).load(&hostile("fault").unwrap()).unwrap();
        let refused = refuses.source(0).unwrap().evaluate(Batch::Transitions(&batch), &mut Scores::default());
        assert_eq!(refused.unwrap_err().failure.code(), "fault");

        let zero = load("pendulum", profile);
        let upright = Transitions { rows: 1, observation: &[1.0, 0.0, 0.0], action: &[0.0], ..Transitions::default() };
        let zero = scores(&zero, Batch::Transitions(&upright));
        assert!(zero.values.iter().all(|value| *value == 0.0) && zero.unscored.is_empty());
    }
}
