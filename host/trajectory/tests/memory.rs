//! A recording far larger than what a reader or a writer holds goes through both.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(unsafe_code, reason = "the allocator counts and hands every call on unchanged to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use meed_trajectory::{Dataset, Schema, Table, Writer, open};

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

/// Gives the most bytes that were held at once beyond those held before.
fn most_held(work: impl FnOnce()) -> usize {
    let before = HELD.load(Relaxed);
    MOST.store(before, Relaxed);
    work();
    MOST.load(Relaxed) - before
}

const ROWS: usize = 400_000;
const WIDTH: usize = 32;
/// Numbers of observations alone, in memory: 51 MB.
const BYTES: usize = ROWS * WIDTH * 4;
const EPISODE: usize = 200;

fn table(schema: &Schema, start: usize, rows: usize) -> Table {
    let all = start..start + rows;
    // Numbers that do not compress away.
    let number = |index: usize| (index as u32).wrapping_mul(2_654_435_761) as f32 / 4_294_967_296.0;
    Table {
        rows,
        observation: all.clone().flat_map(|row| (0..WIDTH).map(move |i| number(row * WIDTH + i))).collect(),
        next_observation: all.clone().flat_map(|row| (0..WIDTH).map(move |i| number((row + 1) * WIDTH + i))).collect(),
        action: all.clone().map(number).collect(),
        terminated: all.clone().map(|row| row % EPISODE == EPISODE - 1).collect(),
        truncated: vec![false; rows],
        episode: all.clone().map(|row| (row / EPISODE) as u32).collect(),
        step: all.map(|row| (row % EPISODE) as u32).collect(),
        ..schema.table()
    }
}

fn read(file: &Path) -> usize {
    let Dataset::Transitions(mut reader) = open(file).unwrap() else { panic!("samples") };
    let mut rows = 0;
    while let Some(table) = reader.next_episodes(1000).unwrap() {
        rows += table.rows;
    }
    assert!(reader.most_held() < 12_000, "{} rows were held", reader.most_held());
    rows
}

fn write_jsonl(file: &Path, rows: usize) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    let numbers = vec!["0.12345678"; WIDTH].join(",");
    for row in 0..rows {
        let end = row % EPISODE == EPISODE - 1;
        writeln!(out, "{{\"observation\":[{numbers}],\"action\":1,\"terminated\":{end},\"truncated\":false}}").unwrap();
    }
}

fn write_npz(file: &Path) {
    use npyz::WriterBuilder;
    let mut archive = zip::ZipWriter::new(std::fs::File::create(file).unwrap());
    for (name, width) in [("observations", WIDTH), ("actions", 1), ("terminated", 1), ("truncated", 1)] {
        archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        let shape = [ROWS as u64, width as u64];
        let mut array =
            npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut archive).begin_nd().unwrap();
        let ends = name == "terminated";
        let value = |index: usize| if ends && index % EPISODE == EPISODE - 1 { 1.0 } else { 0.0 };
        array.extend((0..ROWS * width).map(|index| value(index) as f32)).unwrap();
        array.finish().unwrap();
    }
    archive.finish().unwrap();
}

// One test, because the counts are of the whole process.
#[test]
fn a_long_recording_is_never_held_whole() {
    let folder = tempfile::tempdir().unwrap();
    let schema = Schema::new(WIDTH, 1).with_next_observation();
    let parquet = folder.path().join("r.parquet");
    let written = most_held(|| {
        let mut writer = Writer::create(&parquet, schema.clone()).unwrap();
        for start in (0..ROWS).step_by(1000) {
            writer.write(&table(&schema, start, 1000)).unwrap();
        }
        writer.finish().unwrap();
    });
    assert!(written < BYTES / 2, "writing held {written} bytes");

    let jsonl = folder.path().join("r.jsonl");
    write_jsonl(&jsonl, ROWS / 4);
    let npz = folder.path().join("r.npz");
    write_npz(&npz);
    for (file, expected) in [(&parquet, ROWS), (&jsonl, ROWS / 4), (&npz, ROWS)] {
        let mut rows = 0;
        let most = most_held(|| rows = read(file));
        assert_eq!(rows, expected, "{}", file.display());
        assert!(most < BYTES / 5, "reading {} held {most} bytes", file.display());
    }
}
