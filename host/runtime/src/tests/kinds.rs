//! All four kinds, what they are given and what they answer.

use meed_core::{
    Batch, Column, Description, Episodes, Factor, Failure, Field, Granularity, InputError, Inputs, Kind, RewardFactory,
    RewardSource, Samples, Scores, Transitions,
};

use super::fixture::{
    DESCRIBE, component, core, description, each_row, host, host_with, score, transition, transition_core,
};
use crate::Profile;

const BOTH: [Profile; 2] = [Profile::Verify, Profile::Train];

fn values(source: &mut dyn RewardSource, batch: Batch<'_>) -> Vec<f32> {
    let mut scores = Scores::default();
    source.evaluate(batch, &mut scores).unwrap();
    scores.values
}

#[test]
fn both_profiles_give_the_same_bits_and_only_one_counts_fuel() {
    let bytes = transition(&each_row("(f32.div (f32.sqrt (f32.abs (local.get $x))) (f32.const 3))"));
    let rows: Vec<f32> = (0..10_000).map(|i| (i as f32).sin()).collect();
    let [verify, train] = BOTH.map(|profile| {
        let plugin = host(profile).load(&bytes).unwrap();
        let mut source = plugin.source(0).unwrap();
        let scores = score(&mut *source, &rows).unwrap();
        let cost = source.cost();
        assert_eq!(cost.fuel.is_some(), profile == Profile::Verify);
        assert!(cost.memory >= Some(40 << 16));
        // The same again, and in a source of its own.
        assert!(score(&mut *source, &rows).unwrap().same_bits(&scores));
        assert_eq!(source.cost(), cost);
        assert!(score(&mut *plugin.source(1).unwrap(), &rows).unwrap().same_bits(&scores));
        scores
    });
    assert!(verify.same_bits(&train));
    let native: Vec<u32> = rows.iter().map(|x| (x.abs().sqrt() / 3.0).to_bits()).collect();
    assert_eq!(verify.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), native);
}

#[test]
fn verifying_lets_no_call_see_the_one_before() {
    let own = format!(
        "(global $calls (mut f32) (f32.const 0)){}",
        each_row("(global.set $calls (f32.add (global.get $calls) (f32.const 1))) (global.get $calls)")
    );
    let [verify, train] = BOTH.map(|profile| {
        let plugin = host(profile).load(&transition(&own)).unwrap();
        let mut source = plugin.source(0).unwrap();
        [0; 3].map(|_| score(&mut *source, &[0.0]).unwrap().values[0])
    });
    assert_eq!((verify, train), ([1.0; 3], [1.0, 2.0, 3.0]));
}

/// Answers with the lengths of the eleven lists, for one row.
const LENGTHS: &str = r#"(func $evaluate (param $batch i32) (result i32)
    (local $i i32)
    (block $end (loop $next
        (br_if $end (i32.ge_u (local.get $i) (i32.const 11)))
        (f32.store (i32.add (i32.const 8192) (i32.shl (local.get $i) (i32.const 2)))
            (f32.convert_i32_u (call $load (local.get $batch)
                (i32.add (i32.const 8) (i32.shl (local.get $i) (i32.const 3))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (call $ok (i32.const 8192) (i32.const 11) (i32.const 0) (i32.const 0)))"#;

#[test]
fn a_plugin_is_given_what_it_asks_for_and_nothing_else() {
    let factors: Vec<Factor> = (0..11).map(|i| Factor::new(&i.to_string(), 0.0, 9.0, 1.0, "")).collect();
    let field = |reads| Field::new("x", 1, "m", 0.0, 1.0).reads(reads);
    let batch = Transitions {
        rows: 1,
        observation: &[1.0],
        action: &[1.0],
        next_observation: &[1.0],
        task: &[1.0],
        terminated: &[true],
        truncated: &[true],
        reward: &[1.0],
        agent: &[1],
        episode: &[1],
        step: &[1],
        group_offsets: &[0, 1],
    };
    let lengths = |description: Description| {
        let bytes = component("transition-plugin", &transition_core(&description, LENGTHS));
        let plugin = host(Profile::Train).load(&bytes).unwrap();
        values(&mut *plugin.source(0).unwrap(), Batch::Transitions(&batch))
    };
    let plain = Description::transition("p", "0.1.0").factors(factors);
    let mut all = plain.clone().observation([field(meed_core::Reads::BOTH)]).action([field(meed_core::Reads::CURRENT)]);
    all.task = vec![field(meed_core::Reads::CURRENT)];
    all.inputs = Inputs {
        terminated: true,
        truncated: true,
        reward: true,
        group: true,
        agent: true,
        episode: true,
        step: true,
        ..Inputs::default()
    };
    assert_eq!(lengths(all), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
    let unread = [field(meed_core::Reads::NONE)];
    let mut few = plain.observation([field(meed_core::Reads::NEXT)]).action(unread.clone());
    few.task = unread.into();
    few.inputs.truncated = true;
    assert_eq!(lengths(few), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_batch_that_does_not_fit_is_refused_before_the_call() {
    let plugin = host(Profile::Train).load(&transition(&each_row("(local.get $x)"))).unwrap();
    let mut source = plugin.source(0).unwrap();
    let batch = Transitions { rows: 2, observation: &[0.0], ..Transitions::default() };
    let error = source.evaluate(Batch::Transitions(&batch), &mut Scores::default()).unwrap_err();
    assert_eq!(error.failure.code(), "input");
    let error = source.evaluate(Batch::Samples(&Samples::default()), &mut Scores::default()).unwrap_err();
    assert_eq!(error.failure, InputError::Kind { needed: Kind::Transition }.into());
    assert_eq!(source.snapshot().unwrap_err().failure.code(), "unsupported");
    assert!(score(&mut *source, &[]).unwrap().values.is_empty());
}

/// Gives each row the length of the group offsets that came with its call, and its own observation to tell the order.
const GROUPS: &str = "(f32.add (local.get $x) (f32.convert_i32_u (call $load (local.get $batch) (i32.const 88))))";

#[test]
fn a_large_batch_is_cut_between_groups() {
    let mut grouped = description();
    grouped.inputs.group = true;
    let bytes = component("transition-plugin", &transition_core(&grouped, &each_row(GROUPS)));
    for profile in BOTH {
        let host = host_with(profile, |limits| (limits.chunk_rows, limits.rows) = (4, 6));
        let plugin = host.load(&bytes).unwrap();
        let mut source = plugin.source(0).unwrap();
        let observation: Vec<f32> = (0..10).map(|i| 100.0 * i as f32).collect();
        let batch =
            |group_offsets| Transitions { rows: 10, observation: &observation, group_offsets, ..Default::default() };
        let lengths = |values: Vec<f32>| (0..).zip(values).map(|(i, v)| v - 100.0 * i as f32).collect::<Vec<_>>();
        // Groups of 2, 2 | 5 | 1: the offsets of the calls have 3, 2 and 2 entries.
        let found = lengths(values(&mut *source, Batch::Transitions(&batch(&[0, 2, 4, 9, 10]))));
        assert_eq!(found, [3.0, 3.0, 3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
        // Each row its own group: no offsets at all.
        assert_eq!(lengths(values(&mut *source, Batch::Transitions(&batch(&[])))), [0.0; 10]);
        let mut scores = Scores::default();
        let error = source.evaluate(Batch::Transitions(&batch(&[0, 7, 10])), &mut scores).unwrap_err();
        assert_eq!(error.failure, InputError::TooManyRows { rows: 7, limit: 6 }.into());
    }
}

#[test]
fn an_error_in_a_cut_batch_names_the_row_of_the_whole() {
    let host = host_with(Profile::Train, |limits| limits.chunk_rows = 4);
    let plugin = host.load(&transition(&each_row("(f32.div (f32.const 1) (local.get $x))"))).unwrap();
    let mut rows = [1.0; 10];
    rows[6] = 0.0;
    let failure = score(&mut *plugin.source(0).unwrap(), &rows).unwrap_err();
    assert_eq!(failure.to_string(), "factor \"f\" of row 6 is inf");
}

#[test]
fn an_episode_reward_scores_episodes() {
    // The length of each episode.
    let own = r#"(func (export "meed:reward/episode@0.1.0#evaluate") (param $batch i32) (result i32)
        (local $count i32) (local $i i32) (local $at i32)
        (local.set $count (i32.sub (call $load (local.get $batch) (i32.const 96)) (i32.const 1)))
        (block $end (loop $next
            (br_if $end (i32.ge_u (local.get $i) (local.get $count)))
            (local.set $at (i32.add (call $load (local.get $batch) (i32.const 92)) (i32.shl (local.get $i) (i32.const 2))))
            (f32.store (i32.add (i32.const 8192) (i32.shl (local.get $i) (i32.const 2))) (f32.convert_i32_u
                (i32.sub (call $load (local.get $at) (i32.const 4)) (i32.load (local.get $at)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (call $ok (i32.const 8192) (local.get $count) (i32.const 0) (i32.const 0)))"#;
    let mut described = description();
    described.granularity = Granularity::Episode;
    let bytes = component("episode-plugin", &core(&described, &format!("{DESCRIBE}{own}")));
    for profile in BOTH {
        let plugin = host_with(profile, |limits| limits.rows = 5).load(&bytes).unwrap();
        assert_eq!(plugin.kind(), Kind::Episode);
        let mut source = plugin.source(0).unwrap();
        let steps = Transitions { rows: 5, observation: &[0.0; 5], ..Transitions::default() };
        let batch = Episodes { steps, episode_offsets: &[0, 2, 2, 5], group_offsets: &[] };
        assert_eq!(values(&mut *source, Batch::Episodes(&batch)), [2.0, 0.0, 3.0]);
        let steps = Transitions { rows: 6, observation: &[0.0; 6], ..Transitions::default() };
        let batch = Episodes { steps, episode_offsets: &[0, 6], group_offsets: &[] };
        let error = source.evaluate(Batch::Episodes(&batch), &mut Scores::default()).unwrap_err();
        assert_eq!(error.failure, InputError::TooManyRows { rows: 6, limit: 5 }.into());
    }
}

#[test]
fn a_text_reward_scores_completions() {
    // Bytes of each completion, plus a hundred times the number of columns.
    let own = r#"(func (export "meed:reward/text@0.1.0#evaluate")
            (param $rows i32) (param $completion i32) (param i32 i32 i32 i32 i32 i32 i32 i32) (param $columns i32)
            (param i32 i32) (result i32)
        (local $i i32)
        (block $end (loop $next
            (br_if $end (i32.ge_u (local.get $i) (local.get $rows)))
            (f32.store (i32.add (i32.const 8192) (i32.shl (local.get $i) (i32.const 2))) (f32.convert_i32_u (i32.add
                (i32.mul (i32.const 100) (local.get $columns))
                (call $load (i32.add (local.get $completion) (i32.shl (local.get $i) (i32.const 3))) (i32.const 4)))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (call $ok (i32.const 8192) (local.get $rows) (i32.const 0) (i32.const 0)))"#;
    let mut described = Description::new(Kind::Text, "t", "0.1.0").factors([Factor::new("f", 0.0, 999.0, 1.0, "")]);
    described.columns = vec!["b".into()];
    let bytes = component("text-plugin", &core(&described, &format!("{DESCRIBE}{own}")));
    for profile in BOTH {
        let plugin = host(profile).load(&bytes).unwrap();
        let columns = ["a", "b"].map(|name| Column { name, values: &[Some("x"), None] });
        let batch = Samples { rows: 2, completion: &["four", "é"], columns: &columns, ..Samples::default() };
        assert_eq!(values(&mut *plugin.source(0).unwrap(), Batch::Samples(&batch)), [104.0, 102.0]);
    }
}

/// The state is a number: the seed, plus all observations. A row's score is its observation plus the state.
fn stateful() -> Vec<u8> {
    stateful_that_first("")
}

/// The same, which runs `statements` before it observes. Its locals are `$call` and `$i`.
pub(super) fn stateful_that_first(statements: &str) -> Vec<u8> {
    let own = r#"
        ;; import (import "[export]meed:reward/stateful@0.1.0" "[resource-new]reward" (func $new (param i32) (result i32)))
        (global $state (mut f32) (f32.const 0))
        (func (export "meed:reward/stateful@0.1.0#[constructor]reward") (param i64) (result i32)
            (global.set $state (f32.convert_i64_u (local.get 0)))
            (call $new (i32.const 8)))
        (func (export "meed:reward/stateful@0.1.0#[method]reward.observe") (param $call i32) (result i32)
            (local $i i32)
            ;; first
            (local.set $i (i32.const 0))
            (block $end (loop $next
                (br_if $end (i32.ge_u (local.get $i) (call $load (local.get $call) (i32.const 4))))
                (global.set $state (f32.add (global.get $state) (f32.load (i32.add
                    (call $load (local.get $call) (i32.const 8)) (i32.shl (local.get $i) (i32.const 2))))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next)))
            (call $ok (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
        (func (export "meed:reward/stateful@0.1.0#[method]reward.evaluate") (param $call i32) (result i32)
            (call $evaluate (i32.add (local.get $call) (i32.const 4))))
        (func (export "meed:reward/stateful@0.1.0#[method]reward.snapshot") (param i32) (result i32)
            (f32.store (i32.const 8192) (global.get $state))
            (call $ok (i32.const 8192) (i32.const 4) (i32.const 0) (i32.const 0)))
        (func (export "meed:reward/stateful@0.1.0#[static]reward.restore") (param i32 i32) (result i32)
            (if (i32.ne (local.get 1) (i32.const 4)) (then (return (call $fault (i32.const 64) (i32.const 12)))))
            (global.set $state (f32.load (local.get 0)))
            (call $ok (call $new (i32.const 8)) (i32.const 0) (i32.const 0) (i32.const 0)))"#;
    let own = own.replace(";; first", statements);
    let evaluate = each_row("(f32.add (local.get $x) (global.get $state))");
    component("stateful-plugin", &core(&description(), &format!("{DESCRIBE}{own}{evaluate}")))
}

#[test]
fn a_stateful_reward_keeps_and_gives_back_its_state() {
    let bytes = stateful();
    for profile in BOTH {
        let plugin = host(profile).load(&bytes).unwrap();
        let mut source = plugin.source(7).unwrap();
        assert_eq!(score(&mut *source, &[0.5]).unwrap().values, [7.5]);
        let batch = Transitions { rows: 2, observation: &[1.0, 2.0], ..Transitions::default() };
        source.observe(&batch).unwrap();
        assert_eq!(source.cost().fuel.is_some(), profile == Profile::Verify);
        assert_eq!(score(&mut *source, &[0.5]).unwrap().values, [10.5]);
        let snapshot = source.snapshot().unwrap();
        assert_eq!(snapshot, 10.0f32.to_le_bytes());
        source.observe(&batch).unwrap();
        assert_eq!(score(&mut *source, &[0.5]).unwrap().values, [13.5]);
        source.restore(&snapshot).unwrap();
        assert_eq!(score(&mut *source, &[0.5]).unwrap().values, [10.5]);
        let mut other = plugin.source(0).unwrap();
        other.restore(&snapshot).unwrap();
        assert_eq!(other.snapshot().unwrap(), snapshot);
    }
}

#[test]
fn an_error_costs_a_stateful_reward_its_state() {
    let plugin = host(Profile::Train).load(&stateful()).unwrap();
    let mut source = plugin.source(7).unwrap();
    let batch = Transitions { rows: 1, observation: &[1.0], ..Transitions::default() };
    source.observe(&batch).unwrap();
    // Refused before the call: nothing is lost.
    let short = Transitions { rows: 2, ..batch };
    assert_eq!(source.observe(&short).unwrap_err().failure.code(), "input");
    assert_eq!(score(&mut *source, &[0.0]).unwrap().values, [8.0]);
    let error = source.restore(b"short").unwrap_err();
    assert_eq!((error.export, error.failure), ("restore", Failure::Fault { message: "not this one".into() }));
    assert_eq!(score(&mut *source, &[0.0]).unwrap().values, [7.0]);
    source.observe(&batch).unwrap();
    assert_eq!(score(&mut *source, &[f32::INFINITY]).unwrap_err().code(), "output-infinite");
    assert_eq!(score(&mut *source, &[0.0]).unwrap().values, [7.0]);
}
