//! The arena, in which the host reads and writes the guest's memory itself: headers that lie, and arenas that move.
//!
//! Only training uses it. Verification's portable call is sound in all of these guests, so the end that comes first is always that the
//! plugin gives scores.

use super::guest::{before_scoring, sound};
use super::{Attack, guest};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        attack("arena-that-is-sound", "scores", Arena::default()),
        header("arena-header-outside-memory", "scores/arena", "(i32.const -16)"),
        header(
            "arena-header-across-the-end",
            "scores/arena",
            "(i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 16))",
        ),
        header("arena-header-unaligned", "scores/arena", "(i32.const 4098)"),
        header("arena-header-nowhere", "scores/arena", "(i32.const 0)"),
        words("arena-without-room", "scores/arena", "0 1 1 131072 262144 393216"),
        words("arena-with-too-little-room", "scores/arena", "32 1 1 131072 262144 393216"),
        words("arena-of-half-a-tile", "scores/arena", "4097 1 1 131072 262144 393216"),
        words("arena-of-too-much-room", "scores/arena", "0x7fffffc0 1 1 131072 262144 393216"),
        words("arena-of-all-ones", "scores/arena", "-1 -1 -1 -1 -1 -1"),
        words("arena-of-other-columns", "scores/arena", "4096 2 1 131072 262144 393216"),
        words("arena-of-other-factors", "scores/arena", "4096 1 3 131072 262144 393216"),
        words("arena-input-unaligned", "scores/arena", "4096 1 1 131076 262144 393216"),
        words("arena-output-unaligned", "scores/arena", "4096 1 1 131072 262145 393216"),
        words("arena-input-outside-memory", "scores/arena", "4096 1 1 0x7fffffc0 262144 393216"),
        words("arena-output-across-the-end", "scores/arena", "4096 1 1 131072 2621376 393216"),
        words("arena-input-that-wraps", "scores/arena", "4096 1 1 0xffffffc0 262144 393216"),
        words("arena-status-outside-memory", "scores/arena", "4096 1 1 131072 262144 0xfffffff0"),
        words("arena-input-over-output", "scores/arena", "4096 1 1 131072 131072 393216"),
        words("arena-output-partly-over-input", "scores/arena", "4096 1 1 131072 139264 393216"),
        words("arena-status-in-the-output", "scores/arena", "4096 1 1 131072 262144 262208"),
        words("arena-input-over-the-header", "scores/arena", "4096 1 1 4096 262144 393216"),
        opening("arena-open-traps", "scores/trap", "(unreachable)"),
        opening("arena-open-loops", "scores/deadline", "(loop $forever (br $forever))"),
        opening("arena-open-grows-memory", "scores", "(drop (memory.grow (i32.const 1)))"),
        opening("arena-open-grows-without-end", "scores/memory", "(drop (memory.grow (i32.const 60000)))"),
        opening("arena-open-recurses", "scores/stack-overflow", "(drop (call $open (i32.const 1)))"),
        evaluating("arena-evaluate-traps", "scores/trap", "(unreachable)"),
        evaluating("arena-evaluate-loops", "scores/deadline", "(loop $forever (br $forever))"),
        // The memory moves on the host's side.
        evaluating("arena-memory-moves", "scores", "(drop (memory.grow (i32.const 16)))"),
        evaluating(
            "arena-that-moves-between-calls",
            "scores/arena",
            "(i32.store (i32.const 4108) (i32.const 524288)) (i32.store (i32.const 4112) (i32.const 589824))",
        ),
        evaluating(
            "arena-header-changes",
            "scores/arena",
            "(i32.store (i32.const 4096) (i32.const -1)) (i32.store (i32.const 4100) (i32.const -1))",
        ),
        evaluating("arena-has-no-such-room", "scores/arena", "(return (i32.const -1))"),
        evaluating("arena-counts-unscored-rows-that-are-not", "scores/arena", "(return (i32.const 3))"),
        ending(
            "arena-status-unknown",
            "scores/arena",
            "(i32.store8 (i32.const 393220) (i32.const 3)) (return (i32.const 1))",
        ),
        ending(
            "arena-unscored-rows-that-are-not-counted",
            "scores/arena",
            "(i32.store8 (i32.const 393220) (i32.const 1))",
        ),
        ending("arena-answers-nan", "scores/output-nan", "(f32.store (i32.const 262148) (f32.const nan))"),
        ending("arena-answers-infinity", "scores/output-infinite", "(f32.store (i32.const 262148) (f32.const inf))"),
        faulty("arena-fault-outside-memory", "scores/arena", "(i32.const -16) (i32.const 32)"),
        faulty("arena-fault-of-all-ones", "scores/arena", "(i32.const 4096) (i32.const -1)"),
        faulty("arena-fault-not-utf-8", "scores/arena", "(i32.const 8192) (i32.const 4)"),
        faulty("arena-fault-of-megabytes", "scores", "(i32.const 65536) (i32.const 2000000)"),
        evaluating(
            "arena-behaves-until-the-fifth-call",
            "scores/arena",
            "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (if (i32.ge_u (global.get $calls) (i32.const 5)) (then (return (i32.const 77))))",
        ),
        attack("arena-of-a-version-to-come", "scores", Arena { version: "(i32.const 2)", ..Arena::default() }),
        attack("arena-version-traps", "scores", Arena { version: "(unreachable)", ..Arena::default() }),
        attack(
            "arena-version-loops",
            "scores",
            Arena { version: "(loop $forever (br $forever)) (i32.const 1)", ..Arena::default() },
        ),
        guest("arena-functions-of-other-types", "scores", || {
            sound(
                r#"(func (export "meed_arena_version") (result i64) (i64.const 1))
                (func (export "meed_arena_open") (param f32)) (func (export "meed_arena_evaluate"))"#,
            )
        }),
        guest("arena-without-functions", "scores", || {
            sound(r#"(func (export "meed_arena_version") (result i32) (i32.const 1))"#)
        }),
        guest("arena-functions-that-are-none", "scores", || {
            sound(
                r#"(global (export "meed_arena_version") i32 (i32.const 1))
                (global (export "meed_arena_open") i32 (i32.const 1)) (global (export "meed_arena_evaluate") i32 (i32.const 1))"#,
            )
        }),
    ]
}

/// An arena for 4,096 rows of one column and one factor: the header at 4,096, input, output and status each in pages of their own.
struct Arena {
    version: &'static str,
    words: &'static str,
    header: &'static str,
    /// Statements before it is opened, before the rows are scored and after.
    opening: &'static str,
    evaluating: &'static str,
    ending: String,
}

impl Default for Arena {
    fn default() -> Self {
        Arena {
            version: "(i32.const 1)",
            words: "4096 1 1 131072 262144 393216",
            header: "(i32.const 4096)",
            opening: "",
            evaluating: "",
            ending: String::new(),
        }
    }
}

impl Arena {
    fn component(&self) -> Vec<u8> {
        let Arena { version, words, header, opening, evaluating, ending } = self;
        let parts = format!(
            r#"
            (data (i32.const 4096) (i32 {words} 0 0))
            (data (i32.const 8192) "\ff\fe\80\c0")
            (func (export "meed_arena_version") (result i32) {version})
            (func $open (export "meed_arena_open") (param i32) (result i32) {opening} {header})
            (func (export "meed_arena_evaluate") (param $rows i32) (result i32)
                (local $i i32)
                {evaluating}
                (block $end (loop $next
                    (br_if $end (i32.ge_u (local.get $i) (i32.shl (local.get $rows) (i32.const 2))))
                    (f32.store (i32.add (i32.const 262144) (local.get $i))
                        (f32.mul (f32.const 2) (f32.load (i32.add (i32.const 131072) (local.get $i)))))
                    (local.set $i (i32.add (local.get $i) (i32.const 4)))
                    (br $next)))
                {ending}
                (i32.const 0))"#
        );
        before_scoring(&parts, "")
    }
}

fn attack(name: &'static str, expected: &'static str, arena: Arena) -> Attack {
    guest(name, expected, move || arena.component())
}

fn header(name: &'static str, expected: &'static str, header: &'static str) -> Attack {
    attack(name, expected, Arena { header, ..Arena::default() })
}

fn words(name: &'static str, expected: &'static str, words: &'static str) -> Attack {
    attack(name, expected, Arena { words, ..Arena::default() })
}

fn opening(name: &'static str, expected: &'static str, opening: &'static str) -> Attack {
    attack(name, expected, Arena { opening, ..Arena::default() })
}

fn evaluating(name: &'static str, expected: &'static str, evaluating: &'static str) -> Attack {
    attack(name, expected, Arena { evaluating, ..Arena::default() })
}

fn ending(name: &'static str, expected: &'static str, ending: &str) -> Attack {
    attack(name, expected, Arena { ending: ending.into(), ..Arena::default() })
}

/// A row that is faulty, and a message for it that is a pointer and a length.
fn faulty(name: &'static str, expected: &'static str, message: &str) -> Attack {
    let [pointer, length]: [&str; 2] =
        message.split(") ").collect::<Vec<_>>().try_into().expect("a pointer and a length");
    ending(
        name,
        expected,
        &format!(
            "(i32.store8 (i32.const 393220) (i32.const 2))
            (i32.store (i32.const 4120) {pointer})) (i32.store (i32.const 4124) {length})
            (return (i32.const 1))"
        ),
    )
}
