//! Small components that take wasmtime's compiler long, or more memory than there is.
//!
//! Each has a function, or many, of a shape whose cost grows faster than its size. Sizes are those at which it takes tens of seconds or
//! gigabytes where nothing stops it.

use std::time::Instant;

use super::guest::sound;
use super::resources::deep;
use super::target::attempt;
use super::{Attack, Target, guest, scene};

const REFUSED: &str = "load: compile-effort";
const SLOW: &str = "loads within a minute";

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        guest("loops-that-share-variables", REFUSED, || deep(|| sound(&loops(1_000, 400)))),
        guest("loops-in-loops", REFUSED, || deep(|| sound(&loops(20_000, 0)))),
        guest("calls-with-a-thousand-values", REFUSED, || many_values(&"(call $give) (call $take)".repeat(4_000))),
        guest("blocks-with-a-thousand-values", REFUSED, || {
            let depth = 1_000;
            let blocks = format!("{}{}", "block (type $both) ".repeat(depth), "end ".repeat(depth));
            deep(move || many_values(&format!("call $give {blocks} call $take")))
        }),
        guest("branches-with-a-thousand-values", REFUSED, || {
            let branches = "if (type $both) else end ".repeat(2_000).replace("if", "global.get $calls if");
            many_values(&format!("call $give {branches} call $take"))
        }),
        guest("calls-by-table-by-the-thousand", REFUSED, || {
            let calls = "(call_indirect $t (type $f) (i32.const 0))".repeat(60_000);
            sound(&format!("(table $t 1 funcref) (type $f (func)) (func {calls})"))
        }),
        guest("joins-of-many-variables", REFUSED, || {
            let joins = "(if (global.get $calls) (then))".repeat(40_000);
            let reads: String = (0..9_000).map(|index| format!("(drop (local.get {index}))")).collect();
            sound(&format!("(func (local {}) {joins}{reads})", "i32 ".repeat(9_000)))
        }),
        guest("functions-of-many-variables", REFUSED, functions_of_many_variables),
        scene("the-slowest-that-is-allowed", SLOW, slowest),
    ]
}

/// Writes a function of loops within each other, in the innermost of which all its variables change.
fn loops(depth: usize, variables: usize) -> String {
    let locals = "i32 ".repeat(variables);
    let changes: String = (0..variables)
        .map(|index| format!("(local.set {index} (i32.add (local.get {index}) (i32.const 1)))"))
        .collect();
    let begin = "(loop $again ".repeat(depth);
    let end = "(br_if $again (global.get $calls)))".repeat(depth);
    format!("(func (local {locals}) {begin}{changes}{end})")
}

/// Makes a component with a function between one that gives a thousand values and one that takes as many.
fn many_values(code: &str) -> Vec<u8> {
    let thousand = "i32 ".repeat(1_000);
    sound(&format!(
        "(type $both (func (param {thousand}) (result {thousand})))
        (func $give (result {thousand}) {}) (func $take (param {thousand})) (func {code})",
        "(i32.const 0)".repeat(1_000)
    ))
}

/// Sixty thousand functions that do nothing, each with fifty thousand variables. In bytes, for a text would have them one by one.
fn functions_of_many_variables() -> Vec<u8> {
    use super::bytes::leb;
    const NUMBER: usize = 60_000;
    let section = |id: u8, content: &[u8]| [&[id], leb(content.len()).as_slice(), content].concat();
    let list = |item: &[u8]| [leb(NUMBER).as_slice(), &item.repeat(NUMBER)].concat();
    let body = [&[1], leb(50_000).as_slice(), &[0x7f, 0x0b]].concat();
    let body = [leb(body.len()), body].concat();
    let module = [
        b"\0asm\x01\0\0\0".as_slice(),
        &section(1, &[1, 0x60, 0, 0]),
        &section(3, &list(&[0])),
        &section(10, &list(&body)),
    ];
    let module = section(1, &module.concat());
    [b"\0asm\x0d\0\x01\0".as_slice(), &module, &super::resources::exports_alone()].concat()
}

/// Compiles what is just within the limit of a function, of two shapes that are slow there.
fn slowest(target: &Target) -> String {
    let calls = "(call_indirect $t (type $f) (i32.const 0))".repeat(15_000);
    let components =
        [deep(|| sound(&loops(240, 90))), sound(&format!("(table $t 1 funcref) (type $f (func)) (func {calls})"))];
    let [_, train] = &target.hosts;
    let begun = Instant::now();
    for component in components {
        let end = attempt(train, &component);
        if end != "scores" {
            return end;
        }
    }
    // About two seconds of one processor each, on a machine that may be busy.
    if begun.elapsed().as_secs() < 50 { SLOW.into() } else { format!("{:?}", begun.elapsed()) }
}
