//! The limits that are the same for everybody, at the limit and one past it.

use std::num::NonZero;

use meed_core::{Batch, Failure, Reason, RewardFactory, RewardSource, Scores, Transitions};

use super::fixture::{each_row, host, score, transition};
use super::kinds::stateful_that_first;
use crate::{LoadError, Profile};

const SAME: &str = "(local.get $x)";
/// Instances alive in one host.
const INSTANCES: usize = 256;
/// Tables of one core module.
const TABLES: usize = 8;
/// Handles alive in one instance.
const HANDLES: usize = 1_000;

#[test]
fn instances() {
    let plugin = host(Profile::Train).load(&transition(&each_row(SAME))).unwrap();
    let live = || {
        let mut source = plugin.source(0)?;
        score(&mut *source, &[0.5]).map(|_| source).map_err(|failure| plugin.error("evaluate", failure))
    };
    let mut all: Vec<_> = (0..INSTANCES).map(|_| live().unwrap()).collect();
    let Err(error) = live() else { panic!("one more than {INSTANCES}") };
    assert!(matches!(error.failure, Failure::Instantiate { .. }), "{error}");
    // Whoever gives one back makes room, and those that were there are as they were.
    all.pop();
    let mut last = live().unwrap();
    assert_eq!(score(&mut *last, &[0.25]).unwrap().values, [0.25]);
    assert_eq!(score(&mut *all[0], &[0.25]).unwrap().values, [0.25]);
}

#[test]
fn tables() {
    let load = |tables: usize| {
        let own = "(table 1 funcref)".repeat(tables) + &each_row(SAME);
        host(Profile::Train).load(&transition(&own))
    };
    load(TABLES).unwrap();
    let Err(error) = load(TABLES + 1) else { panic!("one more than {TABLES}") };
    assert!(matches!(error, LoadError::Compile { .. }), "{error}");
}

#[test]
fn handles() {
    let observe = |more: usize| {
        let statements = format!(
            "(loop $more (drop (call $new (i32.const 8)))
                (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {more}))))"
        );
        let plugin = host(Profile::Train).load(&stateful_that_first(&statements)).unwrap();
        let batch = Transitions { rows: 1, observation: &[1.0], ..Transitions::default() };
        plugin.source(0).unwrap().observe(&batch).map_err(|error| error.failure)
    };
    // The reward itself is two: the guest's own handle, and what the host lends it for the call.
    observe(HANDLES - 2).unwrap();
    assert!(matches!(observe(HANDLES - 1), Err(Failure::Trap { .. })));
}

/// As many rows as may have a message of full length, in one batch, and one more.
const ROWS: usize = 16_384;
const MESSAGE: usize = 4_096;

#[test]
fn messages() {
    // The first row of each call is at fault, and says 64 KiB.
    let faulty = "(func $evaluate (param $batch i32) (result i32)
        (local $rows i32)
        (local.set $rows (call $load (local.get $batch) (i32.const 0)))
        (i32.store (i32.const 8192) (i32.const 0)) (i32.store (i32.const 8196) (i32.const 1))
        (i32.store (i32.const 8200) (i32.const 65536)) (i32.store (i32.const 8204) (i32.const 65536))
        (call $ok (call $alloc (i32.shl (local.get $rows) (i32.const 2))) (local.get $rows) (i32.const 8192) (i32.const 1)))";
    let plugin = host(Profile::Train).load(&transition(faulty)).unwrap();
    let mut alone = plugin.source(0).unwrap();
    let mut pooled = plugin.pool(NonZero::new(2).unwrap()).unwrap();
    let sources: [&mut dyn RewardSource; 2] = [&mut *alone, &mut pooled];
    for source in sources {
        for (rows, kept) in [(1, MESSAGE), (ROWS, MESSAGE), (ROWS + 1, MESSAGE - 1), (4 * ROWS, MESSAGE / 4)] {
            let observation = vec![0.0; rows];
            let batch = Transitions { rows, observation: &observation, ..Transitions::default() };
            let mut scores = Scores::default();
            source.evaluate(Batch::Transitions(&batch), &mut scores).unwrap();
            let Some(Reason::Fault { message }) = scores.reason(0) else { panic!("{:?}", scores.unscored) };
            assert_eq!(message.len(), kept, "{rows} rows");
        }
    }
}
