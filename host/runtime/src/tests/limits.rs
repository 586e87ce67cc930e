//! Every limit, at the limit and one past it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use meed_core::{Batch, Description, Factor, Failure, Field, InputError, RewardFactory, Scores, Transitions};

use super::fixture::{component, description, each_row, host, host_with, logger, score, transition, transition_core};
use crate::{Host, Limits, LoadError, Profile};

const BOTH: [Profile; 2] = [Profile::Verify, Profile::Train];
const SAME: &str = "(local.get $x)";
/// Pages that the fixture's guests begin with.
const PAGES: usize = 40;

/// Scores a row of 0.5 by a plugin in which `statements` run first.
fn run(host: &Host, parts: &str, statements: &str) -> Result<Scores, Failure> {
    let own = format!(
        r#"{parts}{}
        (func $evaluate (param $batch i32) (result i32) {statements} (call $same (local.get $batch)))"#,
        each_row(SAME).replace("$evaluate", "$same")
    );
    let plugin = host.load(&transition(&own)).unwrap();
    score(&mut *plugin.source(0).unwrap(), &[0.5])
}

#[test]
fn memory() {
    let limit = (PAGES + 3) << 16;
    for profile in BOTH {
        let host = host_with(profile, |limits| limits.memory = limit);
        let grow = |pages: usize| run(&host, "", &format!("(drop (memory.grow (i32.const {pages})))"));
        assert_eq!(grow(3).unwrap().values, [0.5]);
        assert_eq!(grow(4), Err(Failure::Memory { requested: limit + (1 << 16), limit }));
    }
    // What a guest begins with counts, too.
    let load = |limit| host_with(Profile::Train, |limits| limits.memory = limit).load(&transition(&each_row(SAME)));
    assert!(load(PAGES << 16).is_ok());
    let Err(LoadError::Describe { failure }) = load((PAGES << 16) - 1) else { panic!() };
    assert_eq!(failure, Failure::Memory { requested: PAGES << 16, limit: (PAGES << 16) - 1 });
}

#[test]
fn table_elements() {
    for profile in BOTH {
        let host = host_with(profile, |limits| limits.table_elements = 100);
        let grow = |by: usize| {
            let grow = format!("(drop (table.grow $t (ref.null func) (i32.const {by})))");
            run(&host, "(table $t 10 funcref) (table $other 20 funcref)", &grow)
        };
        // All tables together: the guest's two, and the one that the component's adapter brings.
        let fits = (0..100).take_while(|by| grow(*by).is_ok()).last().unwrap();
        assert!((60..=70).contains(&fits), "{fits}");
        assert_eq!(grow(fits + 1), Err(Failure::Table { requested: 101, limit: 100 }));
    }
}

/// A frame's size is the compiler's affair: the deepest recursion that still fits is looked for, and one call more does not fit, but
/// does in a stack twice as large.
#[test]
fn stack() {
    let parts = "(func $deeper (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (call $deeper (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
            (else (i32.const 0))))";
    let fits = |stack: usize, depth: usize| {
        let host = host_with(Profile::Train, |limits| limits.stack = stack);
        match run(&host, parts, &format!("(drop (call $deeper (i32.const {depth})))")) {
            Ok(_) => true,
            Err(Failure::StackOverflow) => false,
            Err(failure) => panic!("{failure}"),
        }
    };
    let (mut deep, mut too_deep) = (1, 100_000);
    assert!(fits(64 << 10, deep) && !fits(64 << 10, too_deep));
    while too_deep - deep > 1 {
        let depth = deep.midpoint(too_deep);
        if fits(64 << 10, depth) { deep = depth } else { too_deep = depth }
    }
    assert!(fits(128 << 10, too_deep));
    // From sixteen bytes a frame to a hundred.
    assert!((640..4_096).contains(&deep), "{deep}");
}

/// No call is ended before its time, and one that does not return is ended soon after.
#[test]
fn time() {
    let limit = Duration::from_millis(100);
    let host = host_with(Profile::Train, |limits| limits.time = limit);
    let begun = Instant::now();
    assert_eq!(run(&host, "", "(loop $forever (br $forever))"), Err(Failure::Deadline { limit }));
    let taken = begun.elapsed();
    assert!(taken >= limit && taken < 50 * limit, "{taken:?}");
    // A loop of some tens of milliseconds, in a host that allows a minute.
    let patient = host_with(Profile::Train, |limits| limits.time = Duration::from_secs(60));
    let count = "(loop $more (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 20000000))))";
    let counting = format!("(func $count (local $i i32) {count})");
    assert_eq!(run(&patient, &counting, "(call $count)").unwrap().values, [0.5]);
}

#[test]
fn fuel() {
    let work = "(call $count)";
    let counting = "(func $count (local $i i32)
        (loop $more (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000)))))";
    let own = format!(
        r#"{counting}{} (func $evaluate (param $batch i32) (result i32) {work} (call $same (local.get $batch)))"#,
        each_row(SAME).replace("$evaluate", "$same")
    );
    let bytes = transition(&own);
    let with = |fuel: u64| {
        let plugin = host_with(Profile::Verify, |limits| limits.fuel = fuel).load(&bytes).unwrap();
        let mut source = plugin.source(0).unwrap();
        (score(&mut *source, &[0.5]), source.cost().fuel.unwrap())
    };
    let (scores, used) = with(1_000_000);
    assert!(scores.is_ok() && (5_000..20_000).contains(&used), "{used}");
    // Fuel is looked at where a loop or a function begins: what is used after the last of them may be missing.
    let least = (0..=used).rev().take_while(|fuel| with(*fuel).0.is_ok()).last().unwrap();
    assert!(used - least < 100, "{least} of {used}");
    assert_eq!(with(least - 1).0, Err(Failure::OutOfFuel { limit: least - 1 }));
}

#[test]
fn result() {
    // A thousand numbers, and what the host adds to a list.
    let rows = vec![0.5; 1_000];
    for profile in BOTH {
        let with = |result: usize| {
            let plugin =
                host_with(profile, |limits| limits.result = result).load(&transition(&each_row(SAME))).unwrap();
            score(&mut *plugin.source(0).unwrap(), &rows)
        };
        assert_eq!(with(4_000).unwrap().values.len(), 1_000);
        assert_eq!(with(3_999), Err(Failure::ResultSize { limit: 3_999 }));
    }
}

/// Gives each row the number of rows of its call.
const ROWS: &str = "(f32.convert_i32_u (call $load (local.get $batch) (i32.const 0)))";

#[test]
fn chunk_rows() {
    for profile in BOTH {
        let plugin = host_with(profile, |limits| limits.chunk_rows = 8).load(&transition(&each_row(ROWS))).unwrap();
        let mut source = plugin.source(0).unwrap();
        assert_eq!(score(&mut *source, &[0.0; 8]).unwrap().values, [8.0; 8]);
        assert_eq!(score(&mut *source, &[0.0; 9]).unwrap().values[..], [8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 1.0]);
    }
}

#[test]
fn rows() {
    let mut grouped = description();
    grouped.inputs.group = true;
    let bytes = component("transition-plugin", &transition_core(&grouped, &each_row(ROWS)));
    for profile in BOTH {
        let plugin = host_with(profile, |limits| (limits.chunk_rows, limits.rows) = (4, 10)).load(&bytes).unwrap();
        let mut source = plugin.source(0).unwrap();
        // One group, which can't be cut.
        let mut one_group = |rows: usize| {
            let observation = vec![0.0; rows];
            let offsets = [0, rows as u32];
            let batch =
                Transitions { rows, observation: &observation, group_offsets: &offsets, ..Transitions::default() };
            let mut scores = Scores::default();
            source.evaluate(Batch::Transitions(&batch), &mut scores).map(|()| scores.values).map_err(|e| e.failure)
        };
        assert_eq!(one_group(10).unwrap(), [10.0; 10]);
        assert_eq!(one_group(11), Err(InputError::TooManyRows { rows: 11, limit: 10 }.into()));
    }
}

#[test]
fn log() {
    // Twelve bytes a line, and its end.
    let plugin = |lines: usize, limit: usize| {
        let own = format!(
            "(func $evaluate (param $batch i32) (result i32) {} (call $same (local.get $batch))){}",
            "(call $log (i32.const 1) (i32.const 64) (i32.const 12))".repeat(lines),
            each_row(SAME).replace("$evaluate", "$same")
        );
        host_with(Profile::Train, |limits| limits.log = limit).load(&logger(&own)).unwrap()
    };
    let cut = |lines, limit| {
        let plugin = plugin(lines, limit);
        logged(|| assert_eq!(score(&mut *plugin.source(0).unwrap(), &[0.5]).unwrap().values, [0.5])).contains("[cut")
    };
    assert!(!cut(3, 39));
    assert!(cut(3, 38));
    assert!(!cut(0, 0));
    assert!(cut(1, 0));
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
fn component_size() {
    let bytes = transition(&each_row(SAME));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let with = |limit: usize| host_with(Profile::Train, |limits| limits.component = limit);
    let fits = with(bytes.len());
    assert!(fits.load(&bytes).is_ok() && fits.load_file(file.path()).is_ok());
    let small = with(bytes.len() - 1);
    for error in [small.load(&bytes).unwrap_err(), small.load_file(file.path()).unwrap_err()] {
        assert!(
            matches!(error, LoadError::TooLarge { size, limit } if size == bytes.len() as u64 && limit == bytes.len() - 1),
            "{error}"
        );
    }
}

/// The steps are the estimate's affair: a host that allows none says how many there are.
fn steps_and_no_fewer(what: &str, allow: impl Fn(&mut Limits, u64)) {
    let bytes = transition(&each_row(SAME));
    let load = |limit: u64| host_with(Profile::Train, |limits| allow(limits, limit)).load(&bytes);
    let Err(LoadError::Effort { what: named, steps, limit: 0 }) = load(0) else { panic!("{:?}", load(0)) };
    assert!(named == what && (100..10_000).contains(&steps), "{named}: {steps}");
    assert!(load(steps).is_ok());
    assert_eq!(load(steps - 1).unwrap_err().code(), "compile-effort");
}

#[test]
fn compile() {
    steps_and_no_fewer("it", |limits, steps| limits.compile = steps);
}

#[test]
fn compile_function() {
    steps_and_no_fewer("a function", |limits, steps| limits.compile_function = steps);
}

fn load_described(description: Description, limits: impl FnOnce(&mut Limits)) -> Result<(), LoadError> {
    let bytes = component("transition-plugin", &transition_core(&description, &each_row(SAME)));
    host_with(Profile::Train, limits).load(&bytes).map(drop)
}

/// Loads a description of each, at ten and at eleven, in a host that allows ten.
fn ten_and_no_more(describe: impl Fn(usize) -> Description, allow: impl Fn(&mut Limits)) {
    load_described(describe(10), &allow).unwrap();
    let error = load_described(describe(11), &allow).unwrap_err();
    assert!(matches!(error, LoadError::Description { size: 11, limit: 10, .. }), "{error}");
}

#[test]
fn description_text() {
    let long = |len: usize| "x".repeat(len);
    let allow = |limits: &mut Limits| limits.description_text = 10;
    ten_and_no_more(|len| Description { name: long(len), ..description() }, allow);
    ten_and_no_more(|len| Description { version: long(len), ..description() }, allow);
    ten_and_no_more(|len| description().summary(&long(len)), allow);
    ten_and_no_more(|len| description().observation([Field::new(&long(len), 1, "m", 0.0, 1.0)]), allow);
    ten_and_no_more(|len| description().action([Field::new("x", 1, &long(len), 0.0, 1.0)]), allow);
    ten_and_no_more(|len| description().factors([Factor::new(&long(len), 0.0, 1.0, 1.0, "")]), allow);
    ten_and_no_more(|len| description().factors([Factor::new("f", 0.0, 1.0, 1.0, &long(len))]), allow);
    ten_and_no_more(|len| Description { columns: vec![long(len)], ..description() }, allow);
}

#[test]
fn description_items() {
    let allow = |limits: &mut Limits| limits.description_items = 10;
    let fields = |count| vec![Field::new("x", 1, "m", 0.0, 1.0); count];
    ten_and_no_more(|count| description().observation(fields(count)), allow);
    ten_and_no_more(|count| description().action(fields(count)), allow);
    ten_and_no_more(|count| Description { task: fields(count), ..description() }, allow);
    ten_and_no_more(|count| Description { columns: vec!["c".into(); count], ..description() }, allow);
    ten_and_no_more(|count| description().factors(vec![Factor::new("f", 0.0, 1.0, 1.0, ""); count]), allow);
}

#[test]
fn row_columns() {
    let allow = |limits: &mut Limits| limits.row_columns = 10;
    let wide = |columns| [Field::new("x", 4, "m", 0.0, 1.0), Field::new("y", columns - 4, "m", 0.0, 1.0)];
    ten_and_no_more(|columns| description().observation(wide(columns)), allow);
    ten_and_no_more(|columns| description().action(wide(columns)), allow);
    ten_and_no_more(|columns| Description { task: wide(columns).into(), ..description() }, allow);
}

/// The defaults that the documentation names.
#[test]
fn the_defaults_are_those_of_the_documentation() {
    let text = include_str!("../../../../docs/security.md");
    for profile in BOTH {
        let limits = host(profile).config().limits;
        let defaults = Limits { fuel: limits.fuel, time: limits.time, ..Limits::of(profile) };
        assert_eq!(limits, defaults);
    }
    let limits = Limits::of(Profile::Verify);
    for (name, value) in [
        ("memory", format!("{} MiB", limits.memory >> 20)),
        ("table_elements", grouped(limits.table_elements)),
        ("stack", format!("{} KiB", limits.stack >> 10)),
        ("time", format!("{} s, {} s", limits.time.as_secs(), Limits::of(Profile::Train).time.as_secs())),
        ("fuel", grouped(limits.fuel as usize)),
        ("result", format!("{} MiB", limits.result >> 20)),
        ("chunk_rows", grouped(limits.chunk_rows)),
        ("rows", grouped(limits.rows)),
        ("log", format!("{} KiB", limits.log >> 10)),
        ("component", format!("{} MiB", limits.component >> 20)),
        ("compile", grouped(limits.compile as usize)),
        ("compile_function", grouped(limits.compile_function as usize)),
        ("description_text", grouped(limits.description_text)),
        ("description_items", grouped(limits.description_items)),
        ("row_columns", grouped(limits.row_columns)),
    ] {
        assert!(text.contains(&format!("| `{name}` | {value} |")), "{name} is {value}");
    }
}

/// Writes a number with a comma before each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
