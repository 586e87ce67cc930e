//! Answers that are too large, or that break the interface's rules.

use super::guest::before_scoring;
use super::{Attack, guest};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        // Two megabytes that are really there, which is twice what an answer may have.
        call(
            "list-bomb",
            "result-size",
            "(return (call $ok (i32.const 8192) (i32.const 500000) (i32.const 0) (i32.const 0)))",
        ),
        call("text-bomb", "result-size", "(return (call $fault (i32.const 8192) (i32.const 2000000)))"),
        call(
            "unscored-bomb",
            "result-size",
            "(return (call $ok (i32.const 8192) (i32.const 64) (i32.const 8192) (i32.const 150000)))",
        ),
        // A thousand reasons that are one and the same text of 900 KB: sixteen bytes each in the guest, all of it in the host.
        call(
            "one-text-a-thousand-times",
            "result-size",
            "(loop $more
                (i32.store (i32.add (i32.const 8192) (i32.shl (local.get $i) (i32.const 4))) (local.get $i))
                (i32.store (i32.add (i32.const 8196) (i32.shl (local.get $i) (i32.const 4))) (i32.const 1))
                (i32.store (i32.add (i32.const 8200) (i32.shl (local.get $i) (i32.const 4))) (i32.const 65536))
                (i32.store (i32.add (i32.const 8204) (i32.shl (local.get $i) (i32.const 4))) (i32.const 900000))
                (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
            (return (call $ok (i32.const 65536) (i32.const 64) (i32.const 8192) (i32.const 1000)))",
        ),
        values("answers-nothing", "output-length", 0),
        values("answers-one-too-few", "output-length", 63),
        values("answers-one-too-many", "output-length", 65),
        call("answers-nan", "output-nan", &after_honest("(f32.store (i32.load (i32.const 4)) (f32.const nan))")),
        call(
            "answers-nan-with-a-payload",
            "output-nan",
            &after_honest("(i32.store offset=252 (i32.load (i32.const 4)) (i32.const 0x7fa00001))"),
        ),
        call(
            "answers-infinity",
            "output-infinite",
            &after_honest("(f32.store (i32.load (i32.const 4)) (f32.const -inf))"),
        ),
        // The sum of all is infinite though each is finite, and a sum that is not finite is what the host looks for first.
        call(
            "answers-whose-sum-overflows",
            "scores",
            &after_honest(
                "(f32.store (i32.load (i32.const 4)) (f32.const 0x1.fffffep127))
                (f32.store offset=4 (i32.load (i32.const 4)) (f32.const 0x1.fffffep127))",
            ),
        ),
        call("unscored-outside-the-batch", "output-unscored", &unscored(&[64])),
        call("unscored-of-all-ones", "output-unscored", &unscored(&[-1])),
        call("unscored-twice", "output-unscored", &unscored(&[3, 3])),
        call("unscored-in-disorder", "output-unscored", &unscored(&[5, 4])),
        // What stands in a row without a score means nothing.
        call(
            "unscored-hides-nan",
            "scores",
            &format!("(f32.store (i32.const 65536) (f32.const nan)){}", unscored(&[0])),
        ),
    ]
}

fn call(name: &'static str, expected: &'static str, statements: &str) -> Attack {
    let statements = statements.to_owned();
    guest(name, expected, move || before_scoring("", &statements))
}

fn values(name: &'static str, expected: &'static str, count: u32) -> Attack {
    call(
        name,
        expected,
        &format!("(return (call $ok (i32.const 8192) (i32.const {count}) (i32.const 0) (i32.const 0)))"),
    )
}

/// Answers honestly, and then meddles with the answer: the values' address stands at address 4.
fn after_honest(statements: &str) -> String {
    format!("(local.set $i (call $honest (local.get $batch))) {statements} (return (local.get $i))")
}

/// Answers zeros and a list of rows that abstain.
fn unscored(rows: &[i32]) -> String {
    let stores: String = (0..)
        .zip(rows)
        .map(|(index, row)| format!("(i32.store (i32.const {}) (i32.const {row}))", 8_192 + 16 * index))
        .collect();
    format!("{stores}(return (call $ok (i32.const 65536) (i32.const 64) (i32.const 8192) (i32.const {})))", rows.len())
}
