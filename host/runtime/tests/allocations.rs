//! In the steady state a call allocates nothing. A binary of its own with one test, since it counts what all threads allocate.
#![allow(unsafe_code, reason = "an allocator that counts is one that passes on")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

use meed_core::{Batch, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{Background, CacheLocation, Host, HostConfig, Limits, OwnedRows, Profile};

#[path = "../src/tests/fixture.rs"]
#[allow(dead_code, reason = "shared with the unit tests")]
mod fixture;

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: each function is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: usize = 100;

fn counted(mut round: impl FnMut()) -> usize {
    // Buffers find their size, and new threads begin.
    (0..10).for_each(|_| round());
    std::thread::sleep(std::time::Duration::from_millis(50));
    let before = COUNT.load(Ordering::Relaxed);
    (0..ROUNDS).for_each(|_| round());
    COUNT.load(Ordering::Relaxed) - before
}

fn calls(source: &mut dyn RewardSource, rows: usize) -> usize {
    let observation = vec![0.5; rows];
    let batch = Transitions { rows, observation: &observation, ..Transitions::default() };
    let mut scores = Scores::default();
    counted(|| source.evaluate(Batch::Transitions(&batch), &mut scores).unwrap())
}

struct Owned(Vec<f32>);

impl OwnedRows for Owned {
    fn rows(&self) -> Transitions<'_> {
        Transitions { rows: self.0.len(), observation: &self.0, ..Transitions::default() }
    }
}

#[test]
fn steady_calls_allocate_nothing() {
    // Every tenth row abstains.
    let each = r#"(if (i32.eqz (i32.rem_u (local.get $i) (i32.const 10))) (then
        (i32.store8 (i32.add (global.get $status) (local.get $i)) (i32.const 1))
        (local.set $unscored (i32.add (local.get $unscored) (i32.const 1)))))"#;
    let own = format!("{}{}", fixture::each_row(fixture::TWICE), fixture::arena("", each, ""));
    let bytes = fixture::transition(&own);
    let arena = fixture::host(Profile::Train).load(&bytes).unwrap();
    let config = HostConfig { portable: true, cache: CacheLocation::Nowhere, ..HostConfig::new(Profile::Train) };
    let portable = Host::new(config).unwrap().load(&bytes).unwrap();
    let two = NonZero::new(2).unwrap();
    for rows in [1, 64, 1_000, 10_000] {
        assert_eq!(calls(&mut *arena.source(0).unwrap(), rows), 0, "{rows} rows through the arena");
        assert_eq!(calls(&mut arena.pool(two).unwrap(), rows), 0, "{rows} rows over two arenas");
        // wasmtime gives the list of an answer as a new `Vec`: one for each call, of at most 4,096 rows here, 1,024 in a pool.
        let parts = rows.div_ceil(4_096);
        assert_eq!(calls(&mut *portable.source(0).unwrap(), rows), ROUNDS * parts, "{rows} rows by the portable call");
        let parts = rows.div_ceil(1_024);
        assert_eq!(calls(&mut portable.pool(two).unwrap(), rows), ROUNDS * parts, "{rows} rows over two instances");
    }
    let mut background = Background::new(arena.source(0).unwrap(), 1).unwrap();
    let mut idle = Some((Owned(vec![0.5; 5_000]), Scores::default()));
    let allocated = counted(|| {
        let (batch, scores) = idle.take().unwrap();
        assert!(background.submit(batch, scores).is_ok());
        let answer = background.collect().unwrap();
        idle = Some((answer.batch, answer.scores));
    });
    assert_eq!(allocated, 0, "in the background");
}
