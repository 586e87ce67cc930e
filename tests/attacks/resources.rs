//! Too much of everything: time, memory, tables, stack, instances, types, code.

use std::fmt::Write;
use std::time::Duration;

use meed_runtime::{CacheLocation, Host, HostConfig, Profile};

use super::bytes::leb;
use super::guest::{before_scoring, sound};
use super::target::{attempt, limits};
use super::{Attack, Target, guest, scene};

pub(super) fn attacks() -> Vec<Attack> {
    [time(), memory(), stack(), start(), structure()].into_iter().flatten().collect()
}

const FOREVER: &str = "(loop $forever (br $forever))";

fn time() -> Vec<Attack> {
    vec![
        call("endless-loop", "out-of-fuel/deadline", "", FOREVER),
        call(
            "endless-loop-of-calls",
            "out-of-fuel/deadline",
            "(func $idle)",
            "(loop $forever (call $idle) (br $forever))",
        ),
        call(
            "endless-loop-of-large-fills",
            "out-of-fuel/deadline",
            "",
            "(loop $forever (memory.fill (i32.const 65536) (i32.const 1) (i32.const 2000000)) (br $forever))",
        ),
        call(
            "endless-loop-of-large-copies",
            "out-of-fuel/deadline",
            "",
            "(loop $forever (memory.copy (i32.const 65536) (i32.const 65540) (i32.const 2000000)) (br $forever))",
        ),
        guest("describe-loops", "load: out-of-fuel/load: deadline", || {
            use super::guest::*;
            let describe =
                DESCRIBE.replace("(result i32) (i32.const 1024)", &format!("(result i32) {FOREVER} (i32.const 0)"));
            component("transition-plugin", &module(&[BASE, REALLOC, &describe, HONEST, POST, &evaluate("")]))
        }),
    ]
}

fn memory() -> Vec<Attack> {
    vec![
        call("memory-grows-without-end", "memory", "", "(loop $more (drop (memory.grow (i32.const 16))) (br $more))"),
        call("memory-grows-at-once", "memory", "", "(drop (memory.grow (i32.const 65000)))"),
        call("memory-grows-by-all-ones", "memory", "", "(drop (memory.grow (i32.const -1)))"),
        guest("memory-declared-huge", "load: memory", || {
            use super::guest::*;
            let base = BASE.replace("(export \"memory\") 40)", "(export \"memory\") 65000)");
            component("transition-plugin", &module(&[&base, REALLOC, DESCRIBE, HONEST, POST, &evaluate("")]))
        }),
        part("second-memory", "load: compile", "(memory 1)"),
        part("memory-of-64-bits", "load: compile", "(memory i64 1)"),
        call(
            "table-grows-without-end",
            "table",
            "(table $t 1 funcref)",
            "(loop $more (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $more))",
        ),
        part("table-declared-large", "load: table", "(table 70000 funcref)"),
        part("table-declared-huge", "load: compile", "(table 10000000 funcref)"),
        guest("tables-beyond-number", "load: compile", || sound(&"(table 1 funcref)".repeat(65))),
        call(
            "table-out-of-bounds",
            "trap",
            "(table $t 1 funcref) (type $f (func))",
            "(call_indirect $t (type $f) (i32.const 7))",
        ),
        call(
            "table-of-null",
            "trap",
            "(table $t 1 funcref) (type $f (func))",
            "(call_indirect $t (type $f) (i32.const 0))",
        ),
        call("reads-outside-memory", "trap", "", "(drop (i32.load (i32.const -4)))"),
        call("writes-outside-memory", "trap", "", "(i32.store offset=0xffffffff (i32.const -1) (i32.const 1))"),
        part("data-outside-memory", "load: instantiate", "(data (i32.const -8) \"0123456789\")"),
        part("elements-outside-table", "load: instantiate", "(table $t 1 funcref) (func $f) (elem (i32.const 5) $f)"),
    ]
}

/// WebAssembly's own stack, which is native, and the one that a compiled language keeps in its memory.
fn stack() -> Vec<Attack> {
    vec![
        call(
            "recursion",
            "stack-overflow",
            "(func $deeper (result i32) (i32.add (call $deeper) (i32.const 1)))",
            "(drop (call $deeper))",
        ),
        call(
            "recursion-of-two",
            "stack-overflow",
            "(func $here (result i32) (i32.add (call $there) (i32.const 1)))
            (func $there (result i32) (i32.add (call $here) (i32.const 1)))",
            "(drop (call $here))",
        ),
        call(
            "recursion-by-table",
            "stack-overflow",
            "(type $f (func (result i32))) (table $t 1 funcref) (elem (i32.const 0) $deeper)
            (func $deeper (result i32) (i32.add (call_indirect $t (type $f) (i32.const 0)) (i32.const 1)))",
            "(drop (call $deeper))",
        ),
        guest("recursion-with-huge-frames", "stack-overflow", || {
            // A thousand numbers that live across the call: 8 KB a frame.
            let mut function = String::from("(func $deeper (result i64) (local $sum i64)");
            for index in 0..1_000 {
                let _ = write!(function, "(local $v{index} i64)");
            }
            for index in 0..1_000 {
                let _ = write!(function, "(local.set $v{index} (i64.load (i32.const {})))", 8 * index);
            }
            function.push_str("(local.set $sum (call $deeper))");
            for index in 0..1_000 {
                let _ = write!(function, "(local.set $sum (i64.xor (local.get $sum) (local.get $v{index})))");
            }
            function.push_str("(local.get $sum))");
            before_scoring(&function, "(drop (call $deeper))")
        }),
        call(
            "recursion-below-the-memory",
            "stack-overflow",
            "(global $sp (mut i32) (i32.const 65536))
            (func $deeper (result i32)
                (global.set $sp (i32.sub (global.get $sp) (i32.const 4096)))
                (i32.store (global.get $sp) (i32.const 1))
                (i32.add (call $deeper) (i32.load (global.get $sp))))",
            "(drop (call $deeper))",
        ),
    ]
}

/// What runs before any call.
fn start() -> Vec<Attack> {
    vec![
        part(
            "start-loops",
            "load: out-of-fuel/load: deadline",
            "(func $begin (loop $forever (br $forever))) (start $begin)",
        ),
        part("start-traps", "load: instantiate", "(func $begin (unreachable)) (start $begin)"),
        part(
            "start-recurses",
            "load: stack-overflow",
            "(func $begin (call $begin) (global.set $top (i32.const 1))) (start $begin)",
        ),
        part(
            "start-grows-memory",
            "load: memory",
            "(func $begin (drop (memory.grow (i32.const 30000)))) (start $begin)",
        ),
        scene("deadline-while-instantiating", "loads or is ended, at each length", deadline_while_instantiating),
        scene("deadline-of-nothing", "loads or is ended", deadline_of_nothing),
    ]
}

/// Components whose structure alone is meant to cost the host much.
fn structure() -> Vec<Attack> {
    vec![
        guest("instances-beyond-number", "load: instantiate", || {
            // The guest's own core module, with its memory, three hundred times more.
            let more = format!("(component (core module) {})", "(core instance (instantiate 0))".repeat(300));
            let more = wat::parse_str(more).unwrap();
            // Without the header and the section of the empty module, for which the guest's stands in: both are number 0.
            [sound(""), more[8 + 10..].to_vec()].concat()
        }),
        guest("types-that-double", "load: compile", || {
            let mut text = String::from("(component (type $t0 (tuple u8 u8))");
            for level in 1..64 {
                let _ = write!(text, "(type $t{level} (tuple $t{0} $t{0}))", level - 1);
            }
            with_exports(&text)
        }),
        guest("components-in-components", "load: interface", || nested(31)),
        guest("components-in-components-deep", "load: not-a-component", || nested(100_000)),
        guest("components-beside-components", "load: compile", || {
            let many = b"\x04\x08\0asm\x0d\0\x01\0".repeat(100_000);
            [b"\0asm\x0d\0\x01\0".as_slice(), &many, &exports_alone()].concat()
        }),
        guest("blocks-in-blocks", "scores", || {
            let depth = 60_000;
            let function = format!("(func {}{})", "(block ".repeat(depth), ")".repeat(depth));
            deep(move || sound(&function))
        }),
        guest("locals-beyond-number", "load: compile", || {
            // Beyond 50,000 they are refused; written as one run, they cost the file a few bytes.
            let module = [
                b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0a\x01\x08\x01".as_slice(),
                b"\xff\xff\xff\xff\x0f\x7f\x0b",
            ]
            .concat();
            let size = [module.len() as u8];
            [b"\0asm\x0d\0\x01\0\x01".as_slice(), &size, &module, &exports_alone()].concat()
        }),
        guest("branches-beyond-number", "load: compile", || {
            let function = format!("(func (param i32) (br_table {} (local.get 0)))", "0 ".repeat(200_000));
            sound(&function)
        }),
        guest("functions-by-the-thousand", "scores", || sound(&"(func (drop (i32.const 7)))".repeat(20_000))),
    ]
}

fn call(name: &'static str, expected: &'static str, parts: &'static str, statements: &'static str) -> Attack {
    guest(name, expected, move || before_scoring(parts, statements))
}

fn part(name: &'static str, expected: &'static str, part: &'static str) -> Attack {
    guest(name, expected, move || sound(part))
}

fn with_exports(begun: &str) -> Vec<u8> {
    let exports = r#"(instance $none)
        (export "meed:reward/plugin@0.1.0" (instance $none)) (export "meed:reward/transition@0.1.0" (instance $none)))"#;
    wat::parse_str(format!("{begun}{exports}")).unwrap()
}

/// Gives the sections of a component that exports two empty instances by the right names.
pub(super) fn exports_alone() -> Vec<u8> {
    with_exports("(component")[8..].to_vec()
}

/// Nests components, in bytes, for no text parser would go so deep.
fn nested(depth: usize) -> Vec<u8> {
    const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
    // From the innermost outwards: how long each is.
    let mut sizes = vec![HEADER.len()];
    for _ in 1..depth {
        let inner = sizes[sizes.len() - 1];
        sizes.push(HEADER.len() + 1 + leb(inner).len() + inner);
    }
    let mut bytes = HEADER.to_vec();
    for size in sizes.into_iter().rev() {
        bytes.push(4);
        bytes.extend(leb(size));
        bytes.extend(HEADER);
    }
    bytes.extend(exports_alone());
    bytes
}

/// Makes a component on a stack that is large enough for the text parser, which recurses.
pub(super) fn deep(make: impl FnOnce() -> Vec<u8> + Send + 'static) -> Vec<u8> {
    std::thread::Builder::new().stack_size(512 << 20).spawn(make).unwrap().join().unwrap()
}

fn host_of(time: Duration) -> Host {
    let mut limits = limits(Profile::Train);
    limits.time = time;
    Host::new(HostConfig { limits, cache: CacheLocation::Nowhere, ..HostConfig::new(Profile::Train) }).unwrap()
}

/// Lets a start function run for shorter and longer than it may.
fn deadline_while_instantiating(_: &Target) -> String {
    let host = host_of(Duration::from_millis(20));
    let mut ends = Vec::new();
    for power in (10..32).step_by(2) {
        let begin = format!(
            "(func $begin (local $i i32) (loop $more
                (global.set $calls (local.tee $i (i32.add (local.get $i) (i32.const 1))))
                (br_if $more (i32.lt_u (local.get $i) (i32.const {}))))) (start $begin)",
            1_u32 << power
        );
        let end = attempt(&host, &sound(&begin));
        if end != "scores" && end != "load: deadline" && end != "deadline" {
            return end;
        }
        ends.push(end);
    }
    // The longest run takes a tenth of a second on any processor, the shortest microseconds.
    if ends.last().is_some_and(|end| end == "load: deadline") {
        "loads or is ended, at each length".into()
    } else {
        format!("the longest: {:?}", ends.last())
    }
}

fn deadline_of_nothing(_: &Target) -> String {
    let end = attempt(&host_of(Duration::ZERO), &sound(""));
    match end.as_str() {
        "scores" | "load: deadline" | "deadline" => "loads or is ended".into(),
        _ => end,
    }
}
