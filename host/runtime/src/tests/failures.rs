//! Every way in which a call can fail, in both profiles: its own variant, and the next good call gives the same bits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use meed_core::{Failure, OutputError, Reason, RewardFactory, Unscored};

use super::fixture::{TWICE, each_row, host, host_with, logger, score, transition};
use crate::{Host, LoadError, Profile};

const BOTH: [Profile; 2] = [Profile::Verify, Profile::Train];

/// Wraps statements: they run where the first observation is negative, else each row is doubled.
fn where_negative(statements: &str) -> String {
    let doubled = each_row(TWICE).replace("$evaluate", "$doubled");
    format!(
        r#"{doubled}
        (func $evaluate (param $batch i32) (result i32)
            (if (f32.lt (f32.load (call $load (local.get $batch) (i32.const 4))) (f32.const 0)) (then {statements}))
            (call $doubled (local.get $batch)))"#
    )
}

/// Calls well, badly, and well again, in one source, and gives the failure in between.
fn failure_in(host: &Host, component: &[u8]) -> Failure {
    let plugin = host.load(component).unwrap();
    let mut source = plugin.source(0).unwrap();
    let before = score(&mut *source, &[0.5, 0.25]).unwrap();
    assert_eq!(before.values, [1.0, 0.5]);
    let failure = score(&mut *source, &[-1.0]).unwrap_err();
    let after = score(&mut *source, &[0.5, 0.25]).unwrap();
    assert!(after.same_bits(&before));
    failure
}

fn failures(statements: &str) -> [Failure; 2] {
    BOTH.map(|profile| failure_in(&host(profile), &transition(&where_negative(statements))))
}

#[test]
fn a_loop_without_end_runs_out_of_fuel_or_time() {
    let [verify, train] = failures("(loop $forever (br $forever))");
    assert_eq!(verify, Failure::OutOfFuel { limit: 50_000_000 });
    assert_eq!(train, Failure::Deadline { limit: Duration::from_millis(500) });
}

#[test]
fn time_backs_up_the_fuel() {
    let host = host_with(Profile::Verify, |limits| {
        limits.fuel = u64::MAX;
        limits.time = Duration::from_millis(50);
    });
    let failure = failure_in(&host, &transition(&where_negative("(loop $forever (br $forever))")));
    assert_eq!(failure.code(), "deadline");
}

#[test]
fn memory_is_bounded() {
    let limit = 256 << 20;
    let all = failures("(loop $more (drop (memory.grow (i32.const 16))) (br $more))");
    for failure in all {
        // 40 pages to begin with, then 16 at a time.
        assert_eq!(failure, Failure::Memory { requested: limit + (8 << 16), limit });
    }
    for failure in failures("(drop (memory.grow (i32.const 65000)))") {
        assert_eq!(failure, Failure::Memory { requested: 65_040 << 16, limit });
    }
}

#[test]
fn tables_are_bounded() {
    let grow = "(loop $more (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $more))";
    let own = format!("(table $t 1 funcref){}", where_negative(grow));
    for profile in BOTH {
        let failure = failure_in(&host(profile), &transition(&own));
        assert_eq!(failure, Failure::Table { requested: 66_001, limit: 65_536 });
    }
}

#[test]
fn recursion_is_bounded() {
    let own = format!(
        "(func $deeper (result i32) (i32.add (call $deeper) (i32.const 1))){}",
        where_negative("(drop (call $deeper))")
    );
    for profile in BOTH {
        assert_eq!(failure_in(&host(profile), &transition(&own)), Failure::StackOverflow);
    }
}

/// What a compiled language does: its stack pointer falls below the beginning of the memory before the native stack is full.
#[test]
fn a_recursion_that_exhausts_the_guests_own_stack_is_one_too() {
    let own = format!(
        r#"(global $sp (mut i32) (i32.const 65536))
        (func $deeper (result i32)
            (global.set $sp (i32.sub (global.get $sp) (i32.const 4096)))
            (i32.store (global.get $sp) (i32.const 1))
            (i32.add (call $deeper) (i32.load (global.get $sp))))
        {}"#,
        where_negative("(drop (call $deeper))")
    );
    let wild = where_negative("(i32.store (i32.const -4) (i32.const 1))");
    for profile in BOTH {
        assert_eq!(failure_in(&host(profile), &transition(&own)), Failure::StackOverflow);
        let reason = "out of bounds memory access".into();
        assert_eq!(failure_in(&host(profile), &transition(&wild)), Failure::Trap { reason });
    }
}

#[test]
fn an_answer_is_bounded() {
    let small = |profile| host_with(profile, |limits| limits.result = 1_000);
    let own = where_negative(
        "(return (call $ok (call $alloc (i32.const 4000)) (i32.const 1000) (i32.const 0) (i32.const 0)))",
    );
    for profile in BOTH {
        assert_eq!(failure_in(&small(profile), &transition(&own)), Failure::ResultSize { limit: 1_000 });
    }
    // A list that claims more than the guest has is not read at all.
    for failure in failures("(return (call $ok (i32.const 8) (i32.const 0x1fffffff) (i32.const 0) (i32.const 0)))") {
        assert!(matches!(&failure, Failure::Trap { reason } if reason.contains("out of bounds")), "{failure}");
    }
}

#[test]
fn an_answer_of_the_wrong_length_is_refused() {
    for failure in failures("(return (call $ok (i32.const 8) (i32.const 3) (i32.const 0) (i32.const 0)))") {
        assert_eq!(failure, OutputError::Length { len: 3, rows: 1, factors: 1 }.into());
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for profile in BOTH {
        // 0/0 is NaN; anything else over zero is infinite.
        let plugin = host(profile).load(&transition(&each_row("(f32.div (local.get $x) (f32.const 0))"))).unwrap();
        let mut source = plugin.source(0).unwrap();
        let nan = OutputError::NotANumber { row: 0, factor: "f".into() };
        assert_eq!(score(&mut *source, &[0.0, 1.0]), Err(nan.into()));
        let infinite = OutputError::Infinite { row: 0, factor: "f".into(), value: f32::NEG_INFINITY };
        assert_eq!(score(&mut *source, &[-1.0, 0.0]), Err(infinite.into()));
    }
}

#[test]
fn panics_are_traps() {
    for failure in failures("(unreachable)") {
        assert_eq!(failure, Failure::Trap { reason: "wasm `unreachable` instruction executed".into() });
    }
}

#[test]
fn a_trap_shows_what_was_logged_last() {
    let own = where_negative("(call $log (i32.const 3) (i32.const 64) (i32.const 12)) (unreachable)");
    for profile in BOTH {
        let failure = failure_in(&host(profile), &logger(&own));
        let reason = "wasm `unreachable` instruction executed; last logged: not this one".into();
        assert_eq!(failure, Failure::Trap { reason });
    }
}

#[test]
fn a_plugin_may_refuse_a_whole_call() {
    for failure in failures("(return (call $fault (i32.const 64) (i32.const 12)))") {
        assert_eq!(failure, Failure::Fault { message: "not this one".into() });
    }
}

#[test]
fn a_long_fault_is_cut() {
    for failure in failures("(return (call $fault (i32.const 65536) (i32.const 65536)))") {
        assert_eq!(failure, Failure::Fault { message: "\0".repeat(4_096) });
    }
}

#[test]
fn a_text_that_is_not_utf_8_is_no_message() {
    let statements = "(i32.store8 (i32.const 64) (i32.const 255)) (return (call $fault (i32.const 64) (i32.const 2)))";
    for failure in failures(statements) {
        assert!(matches!(&failure, Failure::Trap { reason } if reason.contains("utf-8")), "{failure}");
    }
}

/// Stores an unscored row: its index, and a fault where `fault` is 1.
fn unscored(at: u32, row: u32, fault: u32) -> String {
    format!(
        "(i32.store (i32.const {at}) (i32.const {row})) (i32.store (i32.const {}) (i32.const {fault}))
         (i32.store (i32.const {}) (i32.const 64)) (i32.store (i32.const {}) (i32.const 12))",
        at + 4,
        at + 8,
        at + 12
    )
}

fn unscored_rows(entries: &[(u32, u32)]) -> Vec<u8> {
    let stores: String = (0..).zip(entries).map(|(i, (row, fault))| unscored(8192 + 16 * i, *row, *fault)).collect();
    transition(&format!(
        "(func $evaluate (param $batch i32) (result i32) {stores}
            (f32.store (i32.const 9000) (f32.const 3)) (f32.store (i32.const 9004) (f32.const nan))
            (f32.store (i32.const 9008) (f32.const inf))
            (call $ok (i32.const 9000) (i32.const 3) (i32.const 8192) (i32.const {})))",
        entries.len()
    ))
}

#[test]
fn rows_without_a_score_are_kept_apart_from_zeros() {
    for profile in BOTH {
        let plugin = host(profile).load(&unscored_rows(&[(1, 0), (2, 1)])).unwrap();
        let scores = score(&mut *plugin.source(0).unwrap(), &[0.0; 3]).unwrap();
        assert_eq!(scores.values, [3.0, 0.0, 0.0]);
        let fault = Reason::Fault { message: "not this one".into() };
        let expected = [Unscored { row: 1, reason: Reason::Abstain }, Unscored { row: 2, reason: fault }];
        assert_eq!(scores.unscored, expected);
    }
}

#[test]
fn rows_without_a_score_must_be_in_order_and_in_the_batch() {
    for (entries, row) in [(&[(2, 0), (1, 0)][..], 1), (&[(1, 0), (1, 0)], 1), (&[(3, 0)], 3)] {
        let plugin = host(Profile::Train).load(&unscored_rows(entries)).unwrap();
        let failure = score(&mut *plugin.source(0).unwrap(), &[0.0; 3]).unwrap_err();
        assert_eq!(failure, OutputError::Unscored { row, rows: 3 }.into());
    }
}

/// Keeps what is logged while a closure runs on this thread.
fn logged(run: impl FnOnce()) -> String {
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_flood_of_log_lines_is_cut_and_the_call_goes_on() {
    let own = where_negative(
        "(global.set $i (i32.const 100000))
         (loop $more
            (call $log (i32.const 1) (i32.const 64) (i32.const 12))
            (global.set $i (i32.sub (global.get $i) (i32.const 1)))
            (br_if $more (global.get $i)))",
    );
    for profile in BOTH {
        let plugin = host_with(profile, |limits| limits.time = Duration::from_secs(60))
            .load(&logger(&format!("(global $i (mut i32) (i32.const 0)){own}")))
            .unwrap();
        let log = logged(|| {
            let scores = score(&mut *plugin.source(0).unwrap(), &[-1.0]).unwrap();
            assert_eq!(scores.values, [-2.0]);
        });
        // 64 KiB in lines of 12 bytes and an end, the last of which is cut, and the mark.
        assert_eq!(log.lines().count(), 65_536 / 13 + 2);
        assert!(log.lines().all(|line| line.contains("meed::plugin") && line.contains("p 0.1.0")));
        assert!(log.ends_with("[cut: more than 65536 bytes of log] plugin=\"p 0.1.0\"\n"), "{:?}", log.lines().last());
    }
}

#[test]
fn a_start_function_that_loops_is_ended() {
    let own = format!("(func $begin (loop $forever (br $forever))) (start $begin){}", each_row(TWICE));
    for (profile, code) in [(Profile::Verify, "out-of-fuel"), (Profile::Train, "deadline")] {
        let error = host(profile).load(&transition(&own)).unwrap_err();
        assert!(matches!(error, LoadError::Describe { .. }));
        assert_eq!(error.code(), code);
    }
}

#[test]
fn a_start_function_that_traps_gives_no_instance() {
    let own = format!("(func $begin (unreachable)) (start $begin){}", each_row(TWICE));
    let error = host(Profile::Train).load(&transition(&own)).unwrap_err();
    assert_eq!(error.code(), "instantiate");
}

#[test]
fn a_memory_that_is_too_large_from_the_start_is_refused_with_numbers() {
    let error = host_with(Profile::Train, |limits| limits.memory = 1 << 20).load(&transition(&each_row(TWICE)));
    let Err(LoadError::Describe { failure }) = error else { panic!("{error:?}") };
    assert_eq!(failure, Failure::Memory { requested: 40 << 16, limit: 1 << 20 });
}

#[test]
fn a_table_that_is_too_large_from_the_start_is_refused() {
    let load = |entries| {
        let own = format!("(table {entries} funcref){}", each_row(TWICE));
        host(Profile::Train).load(&transition(&own)).unwrap_err()
    };
    let LoadError::Describe { failure } = load(70_000) else { panic!() };
    assert_eq!(failure, Failure::Table { requested: 70_000, limit: 65_536 });
    // Beyond what the pool has room for, wasmtime refuses the module itself.
    let LoadError::Compile { reason } = load(10_000_000) else { panic!() };
    assert!(reason.contains("10000000"), "{reason}");
}

#[test]
fn instances_are_counted_and_their_places_used_again() {
    let plugin = host(Profile::Train).load(&transition(&each_row(TWICE))).unwrap();
    let mut sources = Vec::new();
    let error = loop {
        match plugin.source(0) {
            Ok(source) => sources.push(source),
            Err(error) => break error,
        }
        assert!(sources.len() <= 10_000);
    };
    assert_eq!(error.failure.code(), "instantiate");
    assert!(sources.len() >= 256);
    sources.pop();
    assert_eq!(score(&mut *plugin.source(0).unwrap(), &[1.0]).unwrap().values, [2.0]);
}
