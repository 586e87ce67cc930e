//! Random valid guests that have an arena beside the portable call: a weighted sum of all columns that they read.
//!
//! Both ways are written out column by column, each by the layout of its own contract, so that a column that the host puts in the wrong
//! place gives other bits.

use std::fmt::Write;
use std::time::Duration;

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use meed_core::{Batch, RewardFactory, Scores, Transitions};
use meed_runtime::{CacheLocation, Host, HostConfig, Limits, Profile};

use crate::guest::{BASE, HONEST, POST, REALLOC, component, module};

/// A guest, and rows for it.
#[derive(Debug)]
pub struct Case {
    observation: Vec<Field>,
    action: Vec<Field>,
    task: Vec<Field>,
    /// Terminated, truncated, reward, agent, episode, step.
    inputs: [bool; 6],
    factors: usize,
    rows: usize,
    seed: u32,
}

#[derive(Debug)]
struct Field {
    size: usize,
    current: bool,
    next: bool,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        // The rows first, for a short input is taken to say least of everything behind its end.
        let rows = bytes.int_in_range(0..=300)?;
        Ok(Case {
            rows,
            factors: bytes.int_in_range(1..=3)?,
            inputs: bytes.arbitrary()?,
            observation: fields(bytes)?,
            action: fields(bytes)?,
            task: fields(bytes)?,
            seed: bytes.arbitrary()?,
        })
    }
}

fn fields(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Vec<Field>> {
    (0..bytes.int_in_range(0..=3)?)
        .map(|_| Ok(Field { size: bytes.int_in_range(1..=3)?, current: bytes.arbitrary()?, next: bytes.arbitrary()? }))
        .collect()
}

/// Where a column that is read is found.
enum Column {
    /// In a list of `f32`, `width` a row.
    Number { list: u32, width: usize, column: usize },
    /// In a list of one `u32` a row.
    Count { list: u32 },
    /// In a list of one byte a row.
    Flag { list: u32 },
}

/// Offsets of the lists' pointers in the batch.
const OBSERVATION: u32 = 4;
const ACTION: u32 = 12;
const NEXT: u32 = 20;
const TASK: u32 = 28;
const INPUTS: [u32; 6] = [36, 44, 52, 60, 68, 76];

impl Case {
    fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        let mut row = |list, fields: &[Field], read: fn(&Field) -> bool| {
            let width = fields.iter().map(|field| field.size).sum();
            let mut first = 0;
            for field in fields {
                if read(field) {
                    columns.extend((first..first + field.size).map(|column| Column::Number { list, width, column }));
                }
                first += field.size;
            }
        };
        row(OBSERVATION, &self.observation, |field| field.current);
        row(ACTION, &self.action, |field| field.current);
        row(NEXT, &self.observation, |field| field.next);
        row(TASK, &self.task, |field| field.current);
        for (index, list) in INPUTS.into_iter().enumerate().filter(|(index, _)| self.inputs[*index]) {
            columns.push(match index {
                0 | 1 => Column::Flag { list },
                2 => Column::Number { list, width: 1, column: 0 },
                _ => Column::Count { list },
            });
        }
        columns
    }

    /// Writes the sum of a factor, given the text that reads a column of row `$i`.
    fn sum(&self, factor: usize, read: impl Fn(usize, &Column) -> String) -> String {
        let mut sum = format!("(f32.const {factor}.25)");
        for (index, column) in self.columns().iter().enumerate() {
            let weight = (index * 7 + factor * 3) % 11;
            sum = format!("(f32.add {sum} (f32.mul (f32.const {weight}.5) {}))", read(index, column));
        }
        sum
    }

    fn component(&self) -> Vec<u8> {
        let Case { factors, .. } = self;
        let columns = self.columns().len();
        let at = |base: &str, offset: &str| format!("(i32.add {base} (i32.shl {offset} (i32.const 2)))");
        let mut portable = String::new();
        let mut arena = String::new();
        for factor in 0..*factors {
            let sum = self.sum(factor, |_, column| match column {
                Column::Number { list, width, column } => {
                    let offset = format!("(i32.add (i32.mul (local.get $i) (i32.const {width})) (i32.const {column}))");
                    format!("(f32.load {})", at(&pointer(*list), &offset))
                }
                Column::Count { list } => {
                    format!("(f32.convert_i32_u (i32.load {}))", at(&pointer(*list), "(local.get $i)"))
                }
                Column::Flag { list } => {
                    format!("(f32.convert_i32_u (i32.load8_u (i32.add {} (local.get $i))))", pointer(*list))
                }
            });
            let out = format!("(i32.add (i32.mul (local.get $i) (i32.const {factors})) (i32.const {factor}))");
            let _ = write!(portable, "(f32.store {} {sum})", at("(local.get $out)", &out));
            // Counts and flags are whole numbers in a tile, too.
            let sum = self.sum(factor, |index, column| {
                let cell = at("(i32.const 131072)", &cell(columns, index));
                match column {
                    Column::Number { .. } => format!("(f32.load {cell})"),
                    Column::Count { .. } | Column::Flag { .. } => format!("(f32.convert_i32_u (i32.load {cell}))"),
                }
            });
            let _ = write!(arena, "(f32.store {} {sum})", at("(i32.const 524288)", &cell(*factors, factor)));
        }
        // Room for as many rows as there can be, and not so many that the widest rows would reach into the output.
        // Every fifth row of a call abstains; what batches are cut at is a multiple of five.
        let abstains = "(i32.eqz (i32.rem_u (i32.add (local.get $i) (i32.const 3)) (i32.const 5)))";
        let own = format!(
            r#"
            {description}
            (data (i32.const 4096) (i32 512 {columns} {factors} 131072 524288 917504 0 0))
            (func (export "meed_arena_version") (result i32) (i32.const 1))
            (func (export "meed_arena_open") (param i32) (result i32)
                (select (i32.const 4096) (i32.const 0) (i32.le_u (local.get 0) (i32.const 512))))
            (func (export "meed_arena_evaluate") (param $rows i32) (result i32)
                (local $i i32) (local $without i32) (local $status i32)
                (block $end (loop $next
                    (br_if $end (i32.ge_u (local.get $i) (local.get $rows)))
                    {arena}
                    (local.set $status {abstains})
                    (i32.store8 (i32.add (i32.const 917504) (local.get $i)) (local.get $status))
                    (local.set $without (i32.add (local.get $without) (local.get $status)))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br $next)))
                (local.get $without))
            (func (export "meed:reward/transition@0.1.0#evaluate") (param $batch i32) (result i32)
                (local $i i32) (local $out i32) (local $rows i32) (local $list i32) (local $len i32)
                (local.set $rows (call $load (local.get $batch) (i32.const 0)))
                (local.set $out (call $alloc (i32.mul (local.get $rows) (i32.const {bytes}))))
                (local.set $list (call $alloc (i32.mul (local.get $rows) (i32.const 16))))
                (block $end (loop $next
                    (br_if $end (i32.ge_u (local.get $i) (local.get $rows)))
                    {portable}
                    (if {abstains} (then
                        (i32.store (i32.add (local.get $list) (i32.shl (local.get $len) (i32.const 4))) (local.get $i))
                        (i32.store offset=4 (i32.add (local.get $list) (i32.shl (local.get $len) (i32.const 4)))
                            (i32.const 0))
                        (local.set $len (i32.add (local.get $len) (i32.const 1)))))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (br $next)))
                (call $ok (local.get $out) (i32.mul (local.get $rows) (i32.const {factors}))
                    (local.get $list) (local.get $len)))"#,
            description = self.description(),
            bytes = factors * 4,
        );
        component("transition-plugin", &module(&[BASE, REALLOC, HONEST, POST, &own]))
    }

    /// Lays the description out at 8,192. All names are the letters at 12,288, from different beginnings.
    fn description(&self) -> String {
        let mut words = String::new();
        let mut place = 8_192 + 17 * 4;
        let mut heads = String::new();
        for row in [&self.observation, &self.action, &self.task] {
            let _ = write!(heads, "{place} {} ", row.len());
            for (index, field) in row.iter().enumerate() {
                let reads = field.current as u32 | (field.next as u32) << 1;
                let _ = write!(words, "{} 1 {} 12288 1 0xc1200000 0x41200000 {reads} ", 12_288 + index, field.size);
            }
            place += 32 * row.len();
        }
        for factor in 0..self.factors {
            let _ = write!(words, "{} 1 0xff800000 0x7f800000 0x3f800000 12288 1 ", 12_288 + factor);
        }
        let inputs = self.inputs;
        // The order of the flags has the group between the reward and the agent.
        let bits = [0, 1, 2, 4, 5, 6];
        let flags = bits.iter().zip(inputs).fold(0_u32, |flags, (bit, read)| flags | (read as u32) << bit);
        format!(
            r#"(data (i32.const 8192) (i32 12288 6 12294 5 12288 6 {heads} 0 0 {flags} {place} {} {words}))
            (data (i32.const 12288) "random0.1.0")
            (func (export "meed:reward/plugin@0.1.0#describe") (result i32) (i32.const 8192))"#,
            self.factors
        )
    }
}

fn pointer(list: u32) -> String {
    format!("(call $load (local.get $batch) (i32.const {list}))")
}

/// The cell of a column for row `$i`, counted in cells.
fn cell(columns: usize, column: usize) -> String {
    format!(
        "(i32.add (i32.shl (i32.add (i32.mul (i32.shr_u (local.get $i) (i32.const 6)) (i32.const {columns}))
            (i32.const {column})) (i32.const 6)) (i32.and (local.get $i) (i32.const 63)))"
    )
}

/// Hosts that are compared, and the folder in which those of one profile find what another compiled.
pub struct Hosts {
    hosts: Vec<Host>,
    cache: tempfile::TempDir,
}

/// Makes the hosts: by the arena, by the arena in parts that end within a tile, by the portable call, in verification.
pub fn hosts() -> Hosts {
    let cache = tempfile::tempdir_in("/dev/shm").unwrap();
    let make = |profile, chunk_rows, portable| {
        // A busy machine may leave a call waiting for long.
        let limits = Limits { chunk_rows, time: Duration::from_secs(60), ..Limits::of(profile) };
        let cache = CacheLocation::Folder(cache.path().into());
        Host::new(HostConfig { limits, cache, portable, ..HostConfig::new(profile) }).unwrap()
    };
    let hosts = vec![
        make(Profile::Train, 4_096, false),
        make(Profile::Train, 70, false),
        make(Profile::Train, 4_096, true),
        make(Profile::Verify, 35, false),
    ];
    Hosts { hosts, cache }
}

/// Asks hosts for the same rows, and panics where two of them answer differently.
pub fn compare(case: &Case, Hosts { hosts, cache }: &Hosts) {
    let component = case.component();
    let mut state = case.seed | 1;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let rows = case.rows;
    let width = |fields: &[Field]| fields.iter().map(|field| field.size).sum::<usize>();
    let mut numbers = |width: usize| -> Vec<f32> {
        (0..rows * width).map(|_| f32::from_bits(number() & 0x8fff_ffff | 0x3000_0000)).collect()
    };
    let (observation, next) = (numbers(width(&case.observation)), numbers(width(&case.observation)));
    let (action, task, reward) = (numbers(width(&case.action)), numbers(width(&case.task)), numbers(1));
    let counts: Vec<u32> = (0..rows).map(|_| number() >> 9).collect();
    let steps: Vec<u32> = (0..rows as u32).collect();
    let flags: Vec<bool> = (0..rows).map(|_| number() & 1 == 1).collect();
    let other: Vec<bool> = flags.iter().map(|flag| !flag).collect();
    let batch = Transitions {
        rows,
        observation: &observation,
        action: &action,
        next_observation: &next,
        task: &task,
        terminated: &flags,
        truncated: &other,
        reward: &reward,
        agent: &counts,
        episode: &counts,
        step: &steps,
        group_offsets: &[],
    };
    let mut answers: Vec<Scores> = Vec::new();
    for host in hosts {
        let plugin = host.load(&component).unwrap();
        let mut source = plugin.source(0).unwrap();
        let mut scores = Scores::default();
        // Twice, for the second call finds an arena that is open.
        for _ in 0..2 {
            source.evaluate(Batch::Transitions(&batch), &mut scores).unwrap();
        }
        answers.push(scores);
    }
    for answer in &answers[1..] {
        assert!(answer.same_bits(&answers[0]), "{case:?}");
    }
    for entry in std::fs::read_dir(cache.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
}
