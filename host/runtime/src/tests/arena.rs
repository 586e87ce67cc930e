//! The arena's path: the same answers as the portable call, and a typed failure for everything that its contract forbids.

use std::time::Duration;

use meed_core::{Failure, OutputError, Reason, RewardFactory};

use super::fixture::{
    TWICE, arena, component, description, each_row, host, logger, score, transition, transition_core,
};
use crate::{CallPath, Host, Plugin, Profile};

/// A plugin whose portable call doubles, too.
fn plugin_of(host: &Host, arena: &str) -> Plugin {
    let plugin = host.load(&transition(&format!("{}{arena}", each_row(TWICE)))).unwrap();
    assert!(plugin.has_arena());
    plugin
}

fn plugin(arena: &str) -> Plugin {
    let plugin = plugin_of(&host(Profile::Train), arena);
    assert_eq!(plugin.path(), CallPath::Arena);
    plugin
}

#[test]
fn training_uses_an_arena_and_verification_does_not() {
    let arena = arena("", "", "");
    let rows: Vec<f32> = (0..10_000).map(|i| i as f32 / 64.0 - 70.0).collect();
    let verify = plugin_of(&host(Profile::Verify), &arena);
    assert_eq!(verify.path(), CallPath::Portable);
    let expected = score(&mut *verify.source(0).unwrap(), &rows).unwrap();
    let mut source = plugin(&arena).source(0).unwrap();
    // The arena grows, and is then used again for few rows.
    for count in [1, 63, 64, 65, 10_000, 3, 0] {
        let scores = score(&mut *source, &rows[..count]).unwrap();
        assert!(scores.values == expected.values[..count] && scores.unscored.is_empty(), "{count}");
    }
    assert!(source.cost().memory.is_some());
}

#[test]
fn the_portable_path_can_be_forced() {
    let config = crate::HostConfig { portable: true, ..host(Profile::Train).config().clone() };
    assert_eq!(plugin_of(&Host::new(config).unwrap(), &arena("", "", "")).path(), CallPath::Portable);
}

#[test]
fn an_arena_that_is_not_for_this_host_is_left_alone() {
    let train = host(Profile::Train);
    let good = arena("", "", "");
    let path = |arena: &str| plugin_of(&train, arena).path();
    let version = "(result i32) (i32.const 1))";
    assert_eq!(path(&good.replacen(version, "(result i32) (i32.const 2))", 1)), CallPath::Portable);
    assert_eq!(path(&good.replacen(version, "(result i32) unreachable)", 1)), CallPath::Portable);
    assert_eq!(path(&good.replacen(version, "(result i32) (loop $l (br $l)) unreachable)", 1)), CallPath::Portable);
    assert_eq!(
        path(&good.replacen("(result i32) (i32.const 1))", "(result i64) (i64.const 1))", 1)),
        CallPath::Portable
    );
    assert_eq!(path(&good.replacen("meed_arena_open", "meed_arena_opened", 1)), CallPath::Portable);
    assert_eq!(path(&format!("{good}(func (export \"_initialize\"))")), CallPath::Portable);
    // One that imports, and one that reads groups.
    let own = format!("{}{good}", each_row(TWICE));
    let logs =
        own.replacen("(local.set $i", "(call $log (i32.const 1) (i32.const 64) (i32.const 12)) (local.set $i", 1);
    assert_eq!(train.load(&logger(&logs)).unwrap().path(), CallPath::Portable);
    let mut grouped = description();
    grouped.inputs.group = true;
    let bytes = component("transition-plugin", &transition_core(&grouped, &own));
    assert_eq!(train.load(&bytes).unwrap().path(), CallPath::Portable);
}

/// Statements that run for rows with an observation of 7.
fn at_seven(statements: &str) -> String {
    format!("(if (f32.eq (local.get $x) (f32.const 7)) (then {statements}))")
}

/// Fails at a 7, in one source, between two good calls.
fn failure_in(plugin: &Plugin) -> Failure {
    let mut source = plugin.source(0).unwrap();
    assert_eq!(score(&mut *source, &[0.5, 0.25]).unwrap().values, [1.0, 0.5]);
    let failure = score(&mut *source, &[1.0, 7.0, 2.0]).unwrap_err();
    assert_eq!(score(&mut *source, &[0.5, 0.25]).unwrap().values, [1.0, 0.5]);
    failure
}

fn failure(statements: &str) -> Failure {
    failure_in(&plugin(&arena("", &at_seven(statements), "")))
}

fn broken(problem: &str) -> Failure {
    Failure::Arena { problem: problem.into() }
}

#[test]
fn limits_and_traps_are_those_of_any_call() {
    assert_eq!(failure("unreachable").code(), "trap");
    assert_eq!(failure("(loop $l (br $l))"), Failure::Deadline { limit: Duration::from_millis(500) });
    let grow = "(loop $l (drop (memory.grow (i32.const 16))) (br $l))";
    assert_eq!(failure(grow), Failure::Memory { requested: (256 << 20) + (8 << 16), limit: 256 << 20 });
    let deep = format!(
        "(func $deep (result i32) (i32.add (call $deep) (i32.const 1))){}",
        arena("", &at_seven("(drop (call $deep))"), "")
    );
    assert_eq!(failure_in(&plugin(&deep)), Failure::StackOverflow);
}

#[test]
fn a_memory_that_grows_in_a_call_is_no_mistake() {
    let grows = plugin(&arena("", &at_seven("(drop (memory.grow (i32.const 1)))"), ""));
    let mut source = grows.source(0).unwrap();
    for _ in 0..3 {
        assert_eq!(score(&mut *source, &[1.0, 7.0]).unwrap().values, [2.0, 14.0]);
    }
}

#[test]
fn opening_has_a_deadline_too() {
    let endless = plugin(&arena("(loop $l (br $l))", "", ""));
    assert_eq!(score(&mut *endless.source(0).unwrap(), &[1.0]).unwrap_err().code(), "deadline");
}

#[test]
fn every_false_word_of_a_header_is_told() {
    let opened =
        |statements: &str| score(&mut *plugin(&arena(statements, "", "")).source(0).unwrap(), &[1.0]).unwrap_err();
    let word = |index: u32, value: u32| opened(&format!("(call $word (i32.const {index}) (i32.const {value}))"));
    assert_eq!(opened("(return (i32.const 0))"), broken("it makes no room for 64 rows"));
    assert_eq!(opened("(return (i32.const -4))"), broken("its header at 4294967292 lies outside the memory"));
    assert_eq!(word(0, 0), broken("it has room for 0 rows, where 64 were asked for, in tiles of 64"));
    assert_eq!(word(1, 2), broken("it has 2 columns and 1 factors, the description 1 and 1"));
    assert_eq!(word(3, 131_073), broken("its input lies at 131073, which is no multiple of 64"));
    assert_eq!(word(3, 40 << 16), broken("its input at 2621440 lies outside the memory"));
    assert_eq!(word(4, 131_072), broken("its output overlaps its input"));
    assert_eq!(word(5, u32::MAX), broken("its status at 4294967295 lies outside the memory"));
    assert_eq!(word(5, 256), broken("its status overlaps its header"));
}

#[test]
fn an_arena_that_moves_is_found() {
    for index in 0..6 {
        let moves = at_seven(&format!("(call $word (i32.const {index}) (i32.const 640))"));
        let mut source = plugin(&arena("", &moves, "")).source(0).unwrap();
        assert_eq!(score(&mut *source, &[1.0, 7.0]).unwrap_err(), broken("it has moved without being asked to"));
        assert_eq!(score(&mut *source, &[1.0]).unwrap().values, [2.0]);
    }
}

#[test]
fn rows_without_a_score_are_told_apart_and_counted() {
    let abstain = |status: u32| {
        format!(
            "(i32.store8 (i32.add (global.get $status) (local.get $i)) (i32.const {status}))
             (local.set $unscored (i32.add (local.get $unscored) (i32.const 1)))"
        )
    };
    let faulty = "(if (f32.lt (local.get $x) (f32.const 0)) (then (global.set $said (i32.sub (i32.const 12)
        (i32.trunc_f32_s (f32.neg (local.get $x)))))"
        .to_owned()
        + &abstain(2)
        + "))";
    // The message of a faulty row is the shorter the more negative it is, so that each row has its own.
    let each = at_seven(&abstain(1)) + &faulty;
    let done = "(call $word (i32.const 6) (i32.const 64)) (call $word (i32.const 7) (global.get $said))";
    let own = format!("(global $said (mut i32) (i32.const 0)){}", arena("", &each, done));
    let mut source = plugin(&own).source(0).unwrap();
    let rows: Vec<f32> = (0..200).map(|i| if i == 3 || i == 130 { 7.0 } else { 1.0 }).collect();
    let mut scores = score(&mut *source, &rows).unwrap();
    assert_eq!(scores.counts(), (2, 0));
    assert_eq!((scores.reason(130), scores.row(130)), (Some(&Reason::Abstain), &[0.0][..]));
    let fault = |message: &str| Some(Reason::Fault { message: message.into() });
    scores = score(&mut *source, &[1.0, -2.0, 7.0]).unwrap();
    assert_eq!((scores.reason(1).cloned(), scores.counts()), (fault("not this o"), (1, 1)));
    // Several faulty rows: each is asked for its own message, and the answers of the others stay.
    let mut rows = [1.5; 100];
    (rows[3], rows[50], rows[99]) = (-2.0, -9.0, -4.0);
    scores = score(&mut *source, &rows).unwrap();
    assert_eq!(
        [3, 50, 99].map(|row| scores.reason(row).cloned()),
        [fault("not this o"), fault("not"), fault("not this")]
    );
    assert!(scores.values.iter().enumerate().all(|(row, value)| *value == if rows[row] < 0.0 { 0.0 } else { 3.0 }));
}

#[test]
fn false_statuses_and_counts_are_told() {
    let status =
        |status: u32| format!("(i32.store8 (i32.add (global.get $status) (local.get $i)) (i32.const {status}))");
    let count = "(local.set $unscored (i32.add (local.get $unscored) (i32.const 1)))";
    assert_eq!(failure(count), broken("it counts 1 rows without a score, their status bytes 0"));
    assert_eq!(failure(&status(1)), broken("it counts 0 rows without a score, their status bytes 1"));
    assert_eq!(failure(&(status(3) + count)), broken("the status of row 1 is 3, which is over 2"));
    assert_eq!(failure("(return (i32.const -1))"), broken("it has no room for 3 rows, though it said so"));
    // A message outside the memory, and one that is no text.
    let message = |at: u32, len: u32| {
        status(2)
            + count
            + &format!("(call $word (i32.const 6) (i32.const {at})) (call $word (i32.const 7) (i32.const {len}))")
    };
    assert_eq!(
        failure(&message(64, u32::MAX)),
        broken("its message of 4294967295 bytes at 64 lies outside the memory")
    );
    let bad = format!("(data (i32.const 96) \"\\ff\"){}", arena("", &at_seven(&message(96, 1)), ""));
    assert_eq!(failure_in(&plugin(&bad)), broken("its message is not UTF-8"));
    // Faulty only where there is a second faulty row.
    let pair = "(if (i32.gt_u (local.get $rows) (i32.const 1)) (then ".to_owned() + &status(2) + count + "))";
    let mut source = plugin(&arena("", &pair, "")).source(0).unwrap();
    assert_eq!(
        score(&mut *source, &[1.0, 2.0]).unwrap_err(),
        broken("row 0 is faulty beside other rows and not on its own")
    );
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    let infinite = "(f32.store (i32.add (global.get $output) (i32.shl (local.get $i) (i32.const 2))) (f32.const inf))";
    assert_eq!(failure(infinite).code(), "output-infinite");
    let mut rows = vec![1.0; 9_000];
    rows[8_500] = 7.0;
    let mut source = plugin(&arena("", &at_seven(infinite), "")).source(0).unwrap();
    let expected = OutputError::Infinite { row: 8_500, factor: "f".into(), value: f32::INFINITY };
    assert_eq!(score(&mut *source, &rows).unwrap_err(), expected.into());
}
