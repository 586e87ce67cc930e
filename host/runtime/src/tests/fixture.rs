//! Makes components from WAT: the canonical ABI by hand, as a plugin in any language has it inside.

use meed_core::{Batch, Description, Factor, Failure, Field, Granularity, RewardSource, Scores, Transitions};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{CacheLocation, Host, HostConfig, Limits, Profile};

/// Where the description lies in the guest's memory.
const DESCRIPTION: usize = 1_024;
/// The whole package, in one piece, with worlds for the tests.
fn wit() -> String {
    let files = [include_str!("../../../../wit/types.wit"), include_str!("../../../../wit/kinds.wit")];
    let worlds = include_str!("../../../../wit/worlds.wit");
    let rest: String = files.map(|file| file.replacen("package meed:reward@0.1.0;", "", 1)).concat();
    format!(
        "{worlds}{rest}
        world logger {{ include logging; include transition-plugin; }}
        world clocked {{ import now: func() -> u64; include transition-plugin; }}
        world nothing {{ export plugin; }}
        world undescribed {{ export transition; }}
        world both {{ export plugin; export transition; export episode; }}"
    )
}

/// Makes a component of one of the worlds from a core module.
pub(super) fn component(world: &str, core: &str) -> Vec<u8> {
    component_of_version(world, core, "0.1.0")
}

pub(super) fn component_of_version(world: &str, core: &str, version: &str) -> Vec<u8> {
    let (wit, core) = (wit().replace("@0.1.0", &format!("@{version}")), core.replace("@0.1.0", &format!("@{version}")));
    let mut resolve = Resolve::default();
    let package = resolve.push_str("meed.wit", &wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = wat::parse_str(core).unwrap_or_else(|error| panic!("{error}"));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

/// The parts of a core module that all guests share.
///
/// - `$ok(values, values-len, unscored, unscored-len)` and `$fault(message, message-len)` give a result.
/// - `$alloc(bytes)` gives memory until the call is over.
/// - `$load(batch, offset)` reads a pointer or a number.
pub(super) fn core(description: &Description, own: &str) -> String {
    let data: String = image(description).iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        r#"(module
        {imports}
        (memory (export "memory") 40)
        (data (i32.const {DESCRIPTION}) "{data}")
        (data (i32.const 64) "not this one")
        (global $top (mut i32) (i32.const 1048576))
        (func $alloc (param $bytes i32) (result i32)
            (local $at i32)
            (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
            (global.set $top (i32.add (local.get $at) (local.get $bytes)))
            (block $fits
                (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
                (drop (memory.grow (i32.add (i32.shr_u (local.get $bytes) (i32.const 16)) (i32.const 1)))))
            (local.get $at))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $alloc (local.get 3)))
        (func $reset (global.set $top (i32.const 1048576)))
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
            (i32.const 0))
        {own})"#,
        // Imports have to come first.
        imports = own.lines().filter_map(|line| line.trim().strip_prefix(";; import ")).collect::<String>(),
    )
}

pub(super) const DESCRIBE: &str = r#"
    (func (export "meed:reward/plugin@0.1.0#describe") (result i32) (i32.const 1024))"#;

/// Scores each row's first observation column by an expression of `$x`, an `f32`.
pub(super) fn each_row(expression: &str) -> String {
    format!(
        r#"(func $evaluate (param $batch i32) (result i32)
            (local $rows i32) (local $out i32) (local $i i32) (local $x f32)
            (local.set $rows (call $load (local.get $batch) (i32.const 0)))
            (local.set $out (call $alloc (i32.shl (local.get $rows) (i32.const 2))))
            (block $end (loop $next
                (br_if $end (i32.ge_u (local.get $i) (local.get $rows)))
                (local.set $x (f32.load (i32.add (call $load (local.get $batch) (i32.const 4))
                    (i32.shl (local.get $i) (i32.const 2)))))
                (f32.store (i32.add (local.get $out) (i32.shl (local.get $i) (i32.const 2))) {expression})
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next)))
            (call $ok (local.get $out) (local.get $rows) (i32.const 0) (i32.const 0)))"#
    )
}

pub(super) const TWICE: &str = "(f32.mul (local.get $x) (f32.const 2))";
/// Where the arena lies in the guest's memory: header, input, output, status.
const PLACES: &str = r#"
    (global $header i32 (i32.const 256)) (global $input i32 (i32.const 131072))
    (global $output i32 (i32.const 262144)) (global $status i32 (i32.const 393216))"#;

/// Offers an arena: `opened` runs when it is opened and can change the header, `each` for each row `$i`, of which `$x` is the
/// observation, and `done` at the end of a call, which returns `$unscored`.
pub(super) fn arena(opened: &str, each: &str, done: &str) -> String {
    format!(
        r#"{PLACES}
        (func $word (param $index i32) (param $value i32)
            (i32.store (i32.add (global.get $header) (i32.shl (local.get $index) (i32.const 2))) (local.get $value)))
        (func (export "meed_arena_version") (result i32) (i32.const 1))
        (func (export "meed_arena_open") (param $rows i32) (result i32)
            (call $word (i32.const 0) (i32.and (i32.add (local.get $rows) (i32.const 63)) (i32.const -64)))
            (call $word (i32.const 1) (i32.const 1)) (call $word (i32.const 2) (i32.const 1))
            (call $word (i32.const 3) (global.get $input)) (call $word (i32.const 4) (global.get $output))
            (call $word (i32.const 5) (global.get $status))
            {opened}
            (global.get $header))
        (func (export "meed_arena_evaluate") (param $rows i32) (result i32)
            (local $i i32) (local $x f32) (local $unscored i32)
            (block $end (loop $next
                (br_if $end (i32.ge_u (local.get $i) (local.get $rows)))
                (local.set $x (f32.load (i32.add (global.get $input) (i32.shl (local.get $i) (i32.const 2)))))
                (f32.store (i32.add (global.get $output) (i32.shl (local.get $i) (i32.const 2))) {TWICE})
                (i32.store8 (i32.add (global.get $status) (local.get $i)) (i32.const 0))
                {each}
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next)))
            {done}
            (local.get $unscored))"#
    )
}

/// Wraps the function `$evaluate` as a transition reward.
pub(super) fn transition_core(description: &Description, own: &str) -> String {
    let exports = r#"
        (func (export "meed:reward/transition@0.1.0#evaluate") (param i32) (result i32)
            (call $evaluate (local.get 0)))
        (func (export "cabi_post_meed:reward/transition@0.1.0#evaluate") (param i32) (call $reset))"#;
    core(description, &format!("{DESCRIBE}{exports}{own}"))
}

/// A transition reward of one observation column and one factor.
pub(super) fn transition(own: &str) -> Vec<u8> {
    component("transition-plugin", &transition_core(&description(), own))
}

/// The same that may log: `$log(level, message, len)`.
pub(super) fn logger(own: &str) -> Vec<u8> {
    let import = "\n;; import (import \"meed:reward/log@0.1.0\" \"log\" (func $log (param i32 i32 i32)))\n";
    component("logger", &transition_core(&description(), &format!("{import}{own}")))
}

pub(super) fn description() -> Description {
    Description::transition("p", "0.1.0")
        .observation([Field::new("x", 1, "m", -1.0, 1.0)])
        .factors([Factor::new("f", -10.0, 10.0, 1.0, "twice x")])
}

pub(super) fn host(profile: Profile) -> Host {
    host_with(profile, |_| ())
}

pub(super) fn host_with(profile: Profile, change: impl FnOnce(&mut Limits)) -> Host {
    let mut config = HostConfig { cache: CacheLocation::Nowhere, ..HostConfig::new(profile) };
    // Enough to end a loop quickly, and far more than these guests need.
    config.limits.fuel = 50_000_000;
    config.limits.time = match profile {
        Profile::Verify => config.limits.time,
        Profile::Train => std::time::Duration::from_millis(500),
    };
    change(&mut config.limits);
    Host::new(config).unwrap()
}

/// Scores rows of one observation column.
pub(super) fn score(source: &mut dyn RewardSource, observation: &[f32]) -> Result<Scores, Failure> {
    let batch = Transitions { rows: observation.len(), observation, ..Transitions::default() };
    let mut scores = Scores::default();
    source.evaluate(Batch::Transitions(&batch), &mut scores).map(|()| scores).map_err(|error| error.failure)
}

/// Lays a description out as the canonical ABI has it, for the address `DESCRIPTION`.
fn image(description: &Description) -> Vec<u8> {
    let mut image = Image { bytes: vec![0; 68] };
    let Description {
        name, version, summary, observation, action, task, columns, inputs, granularity, factors, ..
    } = description;
    image.text(0, name);
    image.text(8, version);
    image.text(16, summary);
    for (at, fields) in [(24, observation), (32, action), (40, task)] {
        let list = image.list(at, fields.len(), 32);
        for (at, field) in (list..).step_by(32).zip(fields) {
            image.text(at, &field.name);
            image.word(at + 8, field.size as u32);
            image.text(at + 12, &field.unit);
            image.word(at + 20, field.low.to_bits());
            image.word(at + 24, field.high.to_bits());
            image.bytes[at + 28] = field.reads.current as u8 | (field.reads.next as u8) << 1;
        }
    }
    let list = image.list(48, columns.len(), 8);
    for (at, column) in (list..).step_by(8).zip(columns) {
        image.text(at, column);
    }
    let names = [
        inputs.terminated,
        inputs.truncated,
        inputs.reward,
        inputs.group,
        inputs.agent,
        inputs.episode,
        inputs.step,
        inputs.prompt,
        inputs.reference,
        inputs.tokens,
    ];
    let flags = names.iter().enumerate().fold(0, |flags, (bit, read)| flags | (*read as u32) << bit);
    image.word(56, flags | ((*granularity == Granularity::Episode) as u32) << 16);
    let list = image.list(60, factors.len(), 28);
    for (at, factor) in (list..).step_by(28).zip(factors) {
        image.text(at, &factor.name);
        image.word(at + 8, factor.low.to_bits());
        image.word(at + 12, factor.high.to_bits());
        image.word(at + 16, factor.weight.to_bits());
        image.text(at + 20, &factor.meaning);
    }
    image.bytes
}

struct Image {
    bytes: Vec<u8>,
}

impl Image {
    fn word(&mut self, at: usize, word: u32) {
        self.bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }

    /// Makes room for a list and writes its pointer and length.
    fn list(&mut self, at: usize, len: usize, size: usize) -> usize {
        let list = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(list + len * size, 0);
        self.word(at, (DESCRIPTION + list) as u32);
        self.word(at + 4, len as u32);
        list
    }

    fn text(&mut self, at: usize, text: &str) {
        let list = self.list(at, text.len(), 1);
        self.bytes[list..].copy_from_slice(text.as_bytes());
    }
}
