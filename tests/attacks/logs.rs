//! The log, which is the one thing that a plugin can call.

use super::guest::{BASE, DESCRIBE, HONEST, POST, REALLOC, component, evaluate, logger, module};
use super::processes::meed_with;
use super::{Attack, Target, guest, scene};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        call(
            "log-flood",
            "scores",
            "(local.set $i (i32.const 20000))
            (loop $more
                (call $log (i32.const 1) (i32.const 1168) (i32.const 17))
                (br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))",
        ),
        call("log-line-of-megabytes", "result-size", "(call $log (i32.const 1) (i32.const 8192) (i32.const 2000000))"),
        call(
            "log-not-utf-8",
            "trap",
            "(i32.store (i32.const 64) (i32.const -1)) (call $log (i32.const 1) (i32.const 64) (i32.const 4))",
        ),
        call("log-outside-memory", "trap", "(call $log (i32.const 1) (i32.const -4) (i32.const 64))"),
        call("log-of-no-level", "trap", "(call $log (i32.const 4) (i32.const 1168) (i32.const 6))"),
        call(
            "log-without-end",
            "out-of-fuel/deadline",
            "(loop $forever (call $log (i32.const 1) (i32.const 1168) (i32.const 6)) (br $forever))",
        ),
        // What it imports is there only after its own start.
        guest("log-while-it-starts", "load: instantiate", || {
            logger("(func $begin (call $log (i32.const 3) (i32.const 1168) (i32.const 6))) (start $begin)", "")
        }),
        scene("log-with-escape-sequences", "shown escaped", escapes),
        scene("trap-with-escape-sequences", "shown escaped", escapes_in_a_trap),
    ]
}

fn call(name: &'static str, expected: &'static str, statements: &'static str) -> Attack {
    guest(name, expected, move || logger("", statements))
}

/// Clears the screen of whoever reads along.
fn escapes(_: &Target) -> String {
    shown(&describing("(i32.const 1024)"))
}

/// The same in the message of an error, which quotes what was logged last.
fn escapes_in_a_trap(_: &Target) -> String {
    shown(&describing("(unreachable)"))
}

/// Makes a plugin that logs while it describes itself.
fn describing(end: &str) -> Vec<u8> {
    let import = "\n;; import (import \"meed:reward/log@0.1.0\" \"log\" (func $log (param i32 i32 i32)))\n";
    let describe = DESCRIBE.replace(
        "(result i32) (i32.const 1024)",
        &format!("(result i32) (call $log (i32.const 3) (i32.const 8192) (i32.const 13)) {end}"),
    );
    let data = "(data (i32.const 8192) \"bell\\07\\1b[2Jgone\")";
    component("logger", &module(&[import, BASE, REALLOC, &describe, HONEST, POST, data, &evaluate("")]))
}

fn shown(component: &[u8]) -> String {
    let run = meed_with(component, |file| vec!["inspect".into(), file.into()]);
    if !run.stderr.contains("bell") {
        format!("not shown: {}", run.stderr)
    } else if run.stderr.contains(['\u{1b}', '\u{7}']) {
        format!("shown as it is: {:?}", run.stderr)
    } else {
        "shown escaped".into()
    }
}
