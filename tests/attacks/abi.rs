//! The canonical ABI, broken: pointers, lengths, alignments, discriminants, texts, and the functions that the host calls by it.

use super::guest::{
    BASE, DESCRIBE, DESCRIPTION, FACTOR, FIELD, HONEST, POST, REALLOC, before_scoring, component, evaluate, module,
    sound,
};
use super::{Attack, guest};

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = answers();
    attacks.extend(allocations());
    attacks.extend(descriptions());
    attacks
}

/// The result of a call.
fn answers() -> Vec<Attack> {
    const ROW: &str = "(i32.store (i32.const 8192) (i32.const 0))";
    vec![
        answer("result-outside-memory", "trap", "(i32.const 0x7ffffff0)"),
        answer("result-at-the-last-address", "trap", "(i32.const -1)"),
        answer("result-across-the-end", "trap", "(i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4))"),
        answer("result-unaligned", "trap", "(i32.const 2)"),
        guest("result-discriminant", "trap", || {
            before_scoring(
                "",
                "(drop (call $ok (i32.const 8192) (i32.const 64) (i32.const 0) (i32.const 0)))
                (i32.store8 (i32.const 0) (i32.const 2)) (return (i32.const 0))",
            )
        }),
        answer("list-outside-memory", "trap", "(call $ok (i32.const -16) (i32.const 64) (i32.const 0) (i32.const 0))"),
        answer("list-unaligned", "trap", "(call $ok (i32.const 8193) (i32.const 64) (i32.const 0) (i32.const 0))"),
        answer(
            "list-across-the-end",
            "trap",
            "(call $ok (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 252)) (i32.const 64)
                (i32.const 0) (i32.const 0))",
        ),
        answer(
            "list-length-that-overflows",
            "trap",
            "(call $ok (i32.const 8192) (i32.const 0x40000010) (i32.const 0) (i32.const 0))",
        ),
        answer(
            "list-length-of-all-ones",
            "trap",
            "(call $ok (i32.const 8192) (i32.const -1) (i32.const 0) (i32.const 0))",
        ),
        answer(
            "unscored-unaligned",
            "trap",
            "(call $ok (i32.const 16384) (i32.const 64) (i32.const 8194) (i32.const 1))",
        ),
        answer(
            "unscored-length-that-overflows",
            "trap",
            "(call $ok (i32.const 16384) (i32.const 64) (i32.const 8192) (i32.const 0x10000001))",
        ),
        guest("reason-discriminant", "trap", || {
            let stores = "(i32.store (i32.const 8196) (i32.const 9))
                (return (call $ok (i32.const 16384) (i32.const 64) (i32.const 8192) (i32.const 1)))";
            before_scoring("", &format!("{ROW}{stores}"))
        }),
        guest("reason-text-outside-memory", "trap", || {
            let stores = "(i32.store (i32.const 8196) (i32.const 1)) (i32.store (i32.const 8200) (i32.const -9))
                (i32.store (i32.const 8204) (i32.const 8))
                (return (call $ok (i32.const 16384) (i32.const 64) (i32.const 8192) (i32.const 1)))";
            before_scoring("", &format!("{ROW}{stores}"))
        }),
        guest("fault-not-utf-8", "trap", || {
            before_scoring(
                "",
                "(i32.store (i32.const 64) (i32.const -1)) (return (call $fault (i32.const 64) (i32.const 4)))",
            )
        }),
        guest("fault-of-half-a-character", "trap", || {
            before_scoring(
                "",
                "(i32.store8 (i32.const 64) (i32.const 0xc3)) (return (call $fault (i32.const 64) (i32.const 1)))",
            )
        }),
        answer("fault-outside-memory", "trap", "(call $fault (i32.const -100) (i32.const 200))"),
        guest("post-return-traps", "trap", || after("(unreachable)")),
        guest("post-return-loops", "out-of-fuel/deadline", || after("(loop $forever (br $forever))")),
        guest("post-return-grows-memory", "memory", || after("(drop (memory.grow (i32.const 60000)))")),
    ]
}

/// The function by which the host gets memory for what it hands over.
fn allocations() -> Vec<Attack> {
    vec![
        allocation("realloc-unaligned", "trap", "(i32.const 8193)"),
        allocation("realloc-outside-memory", "trap", "(i32.const -65536)"),
        allocation("realloc-across-the-end", "trap", "(i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4))"),
        allocation("realloc-traps", "trap", "(unreachable)"),
        allocation("realloc-loops", "out-of-fuel/deadline", "(loop $forever (br $forever)) (i32.const 0)"),
        // It hands out its own memory over and over, and the only one who is misled is itself.
        allocation("realloc-of-one-place", "output-length", "(i32.const 524288)"),
        // The memory may move on the host's side between two lists.
        allocation("realloc-grows-memory", "scores", "(drop (memory.grow (i32.const 1))) (call $alloc (local.get 3))"),
        allocation("realloc-grows-without-end", "memory", "(drop (memory.grow (i32.const 20000))) (i32.const 8192)"),
        guest("realloc-into-the-description", "trap", || {
            // The lists that the host writes lie over the description, which is then asked for again by nobody: harmless. The
            // answer, however, is read from where the host has just written.
            let realloc = r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))"#;
            let lying = "(return (i32.const 2))";
            component("transition-plugin", &module(&[BASE, realloc, DESCRIBE, HONEST, POST, &evaluate(lying)]))
        }),
    ]
}

/// The description, which is read while the plugin is loaded.
fn descriptions() -> Vec<Attack> {
    let word = |at: u32, value: &str| format!("(data (i32.const {at}) (i32 {value}))");
    let lie = |name, segment: String| guest(name, "load: trap", move || sound(&segment));
    vec![
        lie("description-name-outside-memory", word(DESCRIPTION, "-16 32")),
        lie("description-name-not-utf-8", "(data (i32.const 1168) \"\\ff\\fe\\80\")".into()),
        lie("description-list-unaligned", word(DESCRIPTION + 24, "1105 1")),
        lie("description-list-outside-memory", word(DESCRIPTION + 24, "-32 1")),
        lie("description-list-that-overflows", word(DESCRIPTION + 24, "1104 0x08000001")),
        lie("description-granularity", format!("(data (i32.const {}) (i8 7))", DESCRIPTION + 58)),
        lie("field-unit-not-utf-8", "(data (i32.const 1186) \"\\c0\")".into()),
        lie("factor-meaning-outside-memory", word(FACTOR + 20, "0x7fffffff 1")),
        // Bits that the interface has no flag for are ignored, as the canonical ABI wants it.
        guest("inputs-of-all-flags", "scores", || sound("(data (i32.const 1080) (i16 -1))")),
        guest("reads-of-all-flags", "scores", || sound(&format!("(data (i32.const {}) (i8 -1))", FIELD + 28))),
        guest("description-pointer-outside-memory", "load: trap", || describing("(i32.const -4)")),
        guest("description-pointer-unaligned", "load: trap", || describing("(i32.const 1025)")),
    ]
}

fn answer(name: &'static str, expected: &'static str, result: &'static str) -> Attack {
    guest(name, expected, move || before_scoring("", &format!("(return {result})")))
}

fn allocation(name: &'static str, expected: &'static str, body: &'static str) -> Attack {
    guest(name, expected, move || {
        let realloc = format!(r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {body})"#);
        component("transition-plugin", &module(&[BASE, &realloc, DESCRIBE, HONEST, POST, &evaluate("")]))
    })
}

fn after(statements: &str) -> Vec<u8> {
    let post = format!(r#"(func (export "cabi_post_meed:reward/transition@0.1.0#evaluate") (param i32) {statements})"#);
    component("transition-plugin", &module(&[BASE, REALLOC, DESCRIBE, HONEST, &post, &evaluate("")]))
}

fn describing(pointer: &str) -> Vec<u8> {
    let describe = DESCRIBE.replace("(result i32) (i32.const 1024)", &format!("(result i32) {pointer}"));
    component("transition-plugin", &module(&[BASE, REALLOC, &describe, HONEST, POST, &evaluate("")]))
}
