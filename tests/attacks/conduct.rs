//! Plugins that behave until a certain call. Verification gives each call an instance of its own, so only training gets to see it.

use super::guest::before_scoring;
use super::{Attack, guest};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        fifth("loops-at-the-fifth-call", "scores/deadline", "(loop $forever (br $forever))"),
        fifth("traps-at-the-fifth-call", "scores/trap", "(unreachable)"),
        fifth(
            "answers-less-at-the-fifth-call",
            "scores/output-length",
            "(return (call $ok (i32.const 8192) (i32.const 5) (i32.const 0) (i32.const 0)))",
        ),
        fifth(
            "answers-nan-at-the-fifth-call",
            "scores/output-nan",
            "(drop (call $honest (local.get $batch))) (f32.store (i32.load (i32.const 4)) (f32.const nan)) (return (i32.const 0))",
        ),
        fifth("grows-at-the-fifth-call", "scores/memory", "(drop (memory.grow (i32.const 5000)))"),
        fifth("points-outside-at-the-fifth-call", "scores/trap", "(return (i32.const -8))"),
        guest("leaks-at-every-call", "scores/memory", || before_scoring("", "(drop (memory.grow (i32.const 160)))")),
        guest("counts-its-calls", "scores", || {
            // Nothing at run time forbids it; verification finds that the bits differ (see the sources).
            before_scoring(
                "",
                "(f32.store (i32.const 65536) (f32.convert_i32_u (global.get $calls)))
                (return (call $ok (i32.const 65536) (i32.const 64) (i32.const 0) (i32.const 0)))",
            )
        }),
    ]
}

fn fifth(name: &'static str, expected: &'static str, statements: &'static str) -> Attack {
    guest(name, expected, move || {
        before_scoring("", &format!("(if (i32.ge_u (global.get $calls) (i32.const 5)) (then {statements}))"))
    })
}
