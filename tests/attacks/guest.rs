//! Guests from WAT: a sound reward of one observation column, in parts that an attack exchanges.
//!
//! The canonical ABI is written out by hand, as a plugin in any language has it inside, so that an attack can break each rule of it.
//! A later data segment overwrites an earlier one: a description is made to lie by appending a segment.

use std::sync::LazyLock;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// Memory, allocation and helpers.
///
/// - `$alloc(bytes)` gives memory until the call is over.
/// - `$load(batch, offset)` reads a word of the batch.
/// - `$ok(values, len, unscored, len)` and `$fault(message, len)` write a result at address 0 and give it.
pub(super) const BASE: &str = r#"
    (memory (export "memory") 40)
    (global $top (mut i32) (i32.const 1048576))
    (global $calls (mut i32) (i32.const 0))
    (func $alloc (param $bytes i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
        (global.set $top (i32.add (local.get $at) (local.get $bytes)))
        (local.get $at))
    (func $load (param $batch i32) (param $offset i32) (result i32)
        (i32.load (i32.add (local.get $batch) (local.get $offset))))
    (func $ok (param i32 i32 i32 i32) (result i32)
        (i32.store (i32.const 0) (i32.const 0))
        (i32.store (i32.const 4) (local.get 0)) (i32.store (i32.const 8) (local.get 1))
        (i32.store (i32.const 12) (local.get 2)) (i32.store (i32.const 16) (local.get 3))
        (i32.const 0))
    (func $fault (param i32 i32) (result i32)
        (i32.store (i32.const 0) (i32.const 1))
        (i32.store (i32.const 4) (local.get 0)) (i32.store (i32.const 8) (local.get 1))
        (i32.const 0))"#;

/// How the host gets memory for what it hands over.
pub(super) const REALLOC: &str = r#"
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $alloc (local.get 3)))"#;

/// Where the description lies.
pub(super) const DESCRIPTION: u32 = 1_024;
/// Where its one field lies.
pub(super) const FIELD: u32 = 1_104;
/// Where its one factor lies.
pub(super) const FACTOR: u32 = 1_136;

/// One observation column `x`, read; one factor `f`, from -10 to 10.
pub(super) const DESCRIBE: &str = r#"
    (data (i32.const 1024) (i32 1168 6 1174 5 1179 6 1104 1 0 0 0 0 0 0 0 1136 1))
    (data (i32.const 1104) (i32 1185 1 1 1186 1) (f32 -1 1) (i32 1))
    (data (i32.const 1136) (i32 1187 1) (f32 -10 10 1) (i32 1188 7))
    (data (i32.const 1168) "attack" "0.1.0" "attack" "x" "m" "f" "meaning")
    (func (export "meed:reward/plugin@0.1.0#describe") (result i32) (i32.const 1024))"#;

/// `$honest` scores each row by twice its observation.
pub(super) const HONEST: &str = r#"
    (func $honest (param $batch i32) (result i32)
        (local $rows i32) (local $out i32) (local $i i32)
        (local.set $rows (call $load (local.get $batch) (i32.const 0)))
        (local.set $out (call $alloc (i32.shl (local.get $rows) (i32.const 2))))
        (block $end (loop $next
            (br_if $end (i32.ge_u (local.get $i) (local.get $rows)))
            (f32.store (i32.add (local.get $out) (i32.shl (local.get $i) (i32.const 2)))
                (f32.mul (f32.const 2) (f32.load (i32.add (call $load (local.get $batch) (i32.const 4))
                    (i32.shl (local.get $i) (i32.const 2))))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $next)))
        (call $ok (local.get $out) (local.get $rows) (i32.const 0) (i32.const 0)))"#;

/// Forgets what was allocated in a call.
pub(super) const POST: &str = r#"
    (func (export "cabi_post_meed:reward/transition@0.1.0#evaluate") (param i32)
        (global.set $top (i32.const 1048576)))"#;

/// Makes a core module of parts. Lines that begin with `;; import ` are taken out and put first, where imports have to be.
pub(super) fn module(parts: &[&str]) -> String {
    let text = parts.concat();
    let imports: String = text.lines().filter_map(|line| line.trim().strip_prefix(";; import ")).collect();
    format!("(module {imports} {text})")
}

/// Makes a component of one of the interface's worlds, or of one of those below, from a core module.
pub(super) fn component(world: &str, core: &str) -> Vec<u8> {
    /// The interface and the worlds below, with the packages of both.
    static RESOLVED: LazyLock<(Resolve, [PackageId; 2])> = LazyLock::new(|| {
        let mut resolve = Resolve::default();
        let (reward, _) = resolve.push_dir(crate::root().join("wit")).unwrap();
        let own = r#"package meed:attacks;
            world logger { include meed:reward/logging@0.1.0; include meed:reward/transition-plugin@0.1.0; }
            world clocked { import now: func() -> u64; include meed:reward/transition-plugin@0.1.0; }
            world undescribed { export meed:reward/transition@0.1.0; }
            world kindless { export meed:reward/plugin@0.1.0; }
            world two-kinds { include meed:reward/transition-plugin@0.1.0; export meed:reward/episode@0.1.0; }"#;
        let own = resolve.push_str("attacks.wit", own).unwrap();
        (resolve, [own, reward])
    });
    let (resolve, [own, reward]) = &*RESOLVED;
    let world = resolve
        .select_world(&[*own], Some(world))
        .or_else(|_| resolve.select_world(&[*reward], Some(world)))
        .unwrap_or_else(|error| panic!("{error:#}"));
    let mut module = wat::parse_str(core).unwrap_or_else(|error| panic!("{error}"));
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// Makes a transition reward of all parts, `$evaluate` among the given ones.
pub(super) fn transition(parts: &[&str]) -> Vec<u8> {
    component("transition-plugin", &module(&[&[BASE, REALLOC, DESCRIBE, HONEST, POST], parts].concat()))
}

/// Gives the function that scores a batch: `statements`, and then `$honest` unless they returned.
///
/// It has the batch's address in `$batch` and three locals, `$i`, `$j` and `$x`.
pub(super) fn evaluate(statements: &str) -> String {
    format!(
        r#"(func (export "meed:reward/transition@0.1.0#evaluate") (param $batch i32) (result i32)
            (local $i i32) (local $j i32) (local $x f32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            {statements}
            (call $honest (local.get $batch)))"#
    )
}

/// Makes a transition reward that runs `statements` before it scores, beside other parts.
pub(super) fn before_scoring(parts: &str, statements: &str) -> Vec<u8> {
    transition(&[parts, &evaluate(statements)])
}

/// Makes a sound transition reward whose parts are given beside.
pub(super) fn sound(parts: &str) -> Vec<u8> {
    before_scoring(parts, "")
}

/// Makes a transition reward that may log, by `$log(level, message, len)`, before it scores.
pub(super) fn logger(parts: &str, statements: &str) -> Vec<u8> {
    let import = "\n;; import (import \"meed:reward/log@0.1.0\" \"log\" (func $log (param i32 i32 i32)))\n";
    let all = [import, BASE, REALLOC, DESCRIBE, HONEST, POST, parts, &evaluate(statements)];
    component("logger", &module(&all))
}
