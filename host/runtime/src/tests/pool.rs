//! Many threads answer as one does.

use std::num::NonZero;

use meed_core::{Batch, Failure, Kind, OutputError, RewardError, RewardFactory, RewardSource, Scores, Transitions};

use super::fixture::{TWICE, arena, component, description, each_row, host, score, transition, transition_core};
use crate::{Background, CallPath, OwnedRows, Plugin, PooledSource, Profile};

fn pool(plugin: &Plugin, threads: usize) -> PooledSource {
    plugin.pool(NonZero::new(threads).unwrap()).unwrap()
}

/// Doubles; rows below -1 have no score, and each says why.
fn plugins() -> [Plugin; 2] {
    let each = r#"(if (f32.lt (local.get $x) (f32.const -1)) (then
        (i32.store8 (i32.add (global.get $status) (local.get $i)) (i32.const 1))
        (local.set $unscored (i32.add (local.get $unscored) (i32.const 1)))))"#;
    let arena = format!("{}{}", each_row(TWICE), arena("", each, ""));
    let plugins = [arena, each_row(TWICE)].map(|own| host(Profile::Train).load(&transition(&own)).unwrap());
    assert_eq!([plugins[0].path(), plugins[1].path()], [CallPath::Arena, CallPath::Portable]);
    plugins
}

fn rows(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1013) as f32 / 500.0 - 1.0 - if i % 1500 == 3 { 3.0 } else { 0.0 }).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_answer() {
    for plugin in plugins() {
        let mut one = plugin.source(0).unwrap();
        for threads in [1, 2, 3, 8] {
            let mut pool = pool(&plugin, threads);
            assert_eq!(pool.threads(), threads);
            for count in [0, 1, 64, 1024, 1025, 5_000, 20_000, 3] {
                let rows = rows(count);
                let expected = score(&mut *one, &rows).unwrap();
                assert!(score(&mut pool, &rows).unwrap().same_bits(&expected), "{count} rows, {threads} threads");
            }
        }
    }
}

#[test]
fn the_earliest_error_is_told_and_the_pool_lives_on() {
    for plugin in plugins() {
        let mut one = plugin.source(0).unwrap();
        let mut pool = pool(&plugin, 3);
        let mut rows = rows(20_000);
        (rows[15_000], rows[9_001], rows[19_999]) = (f32::INFINITY, f32::INFINITY, f32::INFINITY);
        for _ in 0..20 {
            let error = score(&mut pool, &rows).unwrap_err();
            assert_eq!(error, OutputError::Infinite { row: 9_001, factor: "f".into(), value: f32::INFINITY }.into());
        }
        rows.iter_mut().for_each(|x| *x = x.min(1.0));
        let expected = score(&mut *one, &rows).unwrap();
        assert!(score(&mut pool, &rows).unwrap().same_bits(&expected));
    }
}

#[test]
fn groups_stay_together() {
    let mut grouped = description();
    grouped.inputs.group = true;
    // Each row's score is the number of groups of its call times a thousand, plus the row's own value.
    let own = each_row(
        "(f32.add (local.get $x) (f32.convert_i32_u (i32.mul (i32.const 1000) (call $load (local.get $batch) (i32.const 88)))))",
    );
    let bytes = component("transition-plugin", &transition_core(&grouped, &own));
    let plugin = host(Profile::Train).load(&bytes).unwrap();
    let mut pool = pool(&plugin, 2);
    let offsets = [0, 1000, 1001, 2500, 4000];
    let observation = vec![0.0; 4000];
    let batch =
        Transitions { rows: 4000, observation: &observation, group_offsets: &offsets, ..Transitions::default() };
    let mut scores = Scores::default();
    pool.evaluate(Batch::Transitions(&batch), &mut scores).unwrap();
    // Calls of 2, 1 and 1 groups have 3, 2 and 2 offsets.
    assert!(scores.values[..1001].iter().all(|value| *value == 3000.0));
    assert!(scores.values[1001..].iter().all(|value| *value == 2000.0));
}

#[test]
fn only_transition_rewards_have_a_pool() {
    let own = r#"(func (export "meed:reward/episode@0.1.0#evaluate") (param i32) (result i32) (i32.const 0))"#;
    let core = super::fixture::core(&description(), &format!("{}{own}", super::fixture::DESCRIBE));
    let plugin = host(Profile::Train).load(&component("episode-plugin", &core)).unwrap();
    let error = plugin.pool(NonZero::<usize>::MIN).err().unwrap();
    assert_eq!(error.failure, Failure::Unsupported { kind: Kind::Episode });
}

struct Owned(Vec<f32>);

impl OwnedRows for Owned {
    fn rows(&self) -> Transitions<'_> {
        Transitions { rows: self.0.len(), observation: &self.0, ..Transitions::default() }
    }
}

#[test]
fn batches_in_the_background_come_back_in_order_with_their_scores() -> Result<(), RewardError> {
    for plugin in plugins() {
        let mut one = plugin.source(0)?;
        let mut background = Background::new(Box::new(pool(&plugin, 2)), 2).unwrap();
        assert!(background.collect().is_none() && background.collect_ready().is_none());
        for round in 0..20 {
            for size in [3_000 + round, 10] {
                assert!(background.submit(Owned(rows(size)), Scores::default()).is_ok());
            }
            // Two are on their way.
            assert!(background.submit(Owned(rows(1)), Scores::default()).is_err());
            for size in [3_000 + round, 10] {
                let answer = background.collect().unwrap();
                answer.result?;
                assert_eq!(answer.batch.0.len(), size);
                assert!(answer.scores.same_bits(&score(&mut *one, &answer.batch.0).unwrap()));
            }
        }
        // One bad batch does not spoil the next, and what is never collected is dropped.
        assert!(background.submit(Owned(vec![f32::INFINITY]), Scores::default()).is_ok());
        assert!(background.submit(Owned(vec![1.0]), Scores::default()).is_ok());
        assert_eq!(background.collect().unwrap().result.unwrap_err().failure.code(), "output-infinite");
        assert_eq!(background.waiting(), 1);
    }
    Ok(())
}
