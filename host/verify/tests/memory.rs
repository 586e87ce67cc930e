//! A million transitions are verified in no more memory than a hundred thousand.
#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(unsafe_code, reason = "the allocator counts and hands every call on unchanged to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use meed_core::{Description, Factor, Field, NativeReward};
use meed_trajectory::{Schema, Table, Writer, open};
use meed_verify::{Settings, Subject, Verdict, verify};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        MOST.fetch_max(held, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const WIDTH: usize = 8;
const EPISODE: usize = 200;

fn record(file: &Path, rows: usize) {
    let schema = Schema::new(WIDTH, 1).with_reward();
    let mut writer = Writer::create(file, schema.clone()).unwrap();
    // Numbers that do not compress away.
    let number = |index: usize| (index as u32).wrapping_mul(2_654_435_761) as f32 / 4_294_967_296.0;
    for start in (0..rows).step_by(1000) {
        let all = start..start + 1000;
        let table = Table {
            rows: 1000,
            observation: (start * WIDTH..(start + 1000) * WIDTH).map(number).collect(),
            action: all.clone().map(number).collect(),
            reward: all.clone().map(number).collect(),
            terminated: all.clone().map(|row| row % EPISODE == EPISODE - 1).collect(),
            truncated: vec![false; 1000],
            episode: all.clone().map(|row| (row / EPISODE) as u32).collect(),
            step: all.map(|row| (row % EPISODE) as u32).collect(),
            ..schema.table()
        };
        writer.write(&table).unwrap();
    }
    writer.finish().unwrap();
}

// One test, because the counts are of the whole process.
#[test]
fn a_million_transitions_take_no_more_memory_than_a_hundred_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let description = Description::transition("mean", "0.1.0")
        .observation([Field::new("x", WIDTH, "m", 0.0, 1.0)])
        .factors([Factor::new("mean", 0.0, 8.0, 1.0, "their sum")]);
    let reward = NativeReward::per_row(description, |row, out| out[0] = row.observation.iter().sum());
    let subject = Subject { verify: &reward, train: Some(&reward), reference: None, hash: None, file: None };
    let most: Vec<usize> = [100_000, 1_000_000]
        .into_iter()
        .map(|rows| {
            let file = folder.path().join(format!("{rows}.parquet"));
            record(&file, rows);
            let before = HELD.load(Relaxed);
            MOST.store(before, Relaxed);
            let report = verify(&subject, [open(&file).unwrap()], &Settings::default()).unwrap();
            assert_eq!((report.data.rows, report.data.used), (rows as u64, 10_000));
            assert_ne!(report.verdict, Verdict::Fail, "{}", report.table());
            MOST.load(Relaxed) - before
        })
        .collect();
    // How much of a row group is decoded at a time differs a little between the two files.
    assert!(most[1] < most[0] + most[0] / 2, "{most:?}");
    assert!(most[1] < 1_000_000 * WIDTH * 4, "{most:?}, as much as the recording");
}
