//! Rewards with a state: snapshots that do not restore, and handles that are none.

use meed_core::RewardFactory;

use super::guest::{BASE, DESCRIBE, HONEST, REALLOC, component, module};
use super::{Attack, Target, guest, scene};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        guest("a-sound-state", "scores", || Parts::default().component()),
        guest("snapshot-that-does-not-restore", "fault", || {
            Parts { restore: "(call $fault (i32.const 1168) (i32.const 6))", ..Parts::default() }.component()
        }),
        guest("snapshot-that-restores-another-state", "scores, but others once restored", || {
            Parts { restore: "(global.set $state (f32.const 7)) (call $restored)", ..Parts::default() }.component()
        }),
        guest("snapshot-bomb", "result-size", || {
            Parts {
                snapshot: "(call $ok (i32.const 8192) (i32.const 2000000) (i32.const 0) (i32.const 0))",
                ..Parts::default()
            }
            .component()
        }),
        guest("snapshot-outside-memory", "trap", || {
            Parts {
                snapshot: "(call $ok (i32.const -8) (i32.const 64) (i32.const 0) (i32.const 0))",
                ..Parts::default()
            }
            .component()
        }),
        guest("snapshot-loops", "out-of-fuel/deadline", || {
            Parts { snapshot: "(loop $forever (br $forever)) (i32.const 0)", ..Parts::default() }.component()
        }),
        guest("restore-loops", "out-of-fuel/deadline", || {
            Parts { restore: "(loop $forever (br $forever)) (i32.const 0)", ..Parts::default() }.component()
        }),
        guest("restore-gives-no-handle", "trap", || {
            Parts { restore: "(call $ok (i32.const 77) (i32.const 0) (i32.const 0) (i32.const 0))", ..Parts::default() }
                .component()
        }),
        guest("constructor-gives-no-handle", "trap", || {
            Parts { constructor: "(i32.const 77)", ..Parts::default() }.component()
        }),
        guest("constructor-loops", "out-of-fuel/deadline", || {
            Parts { constructor: "(loop $forever (br $forever)) (i32.const 0)", ..Parts::default() }.component()
        }),
        guest("constructor-traps", "trap", || Parts { constructor: "(unreachable)", ..Parts::default() }.component()),
        guest("handles-beyond-number", "trap", || {
            let observe = "(loop $more (drop (call $new (i32.const 8)))
                    (br_if $more (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 2000))))
                (call $ok (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
            Parts { observe, ..Parts::default() }.component()
        }),
        scene("snapshot-of-garbage", "fault, and as good as new", garbage),
    ]
}

/// The functions of a stateful reward whose state is a number. Each gives a result.
struct Parts {
    constructor: &'static str,
    observe: &'static str,
    snapshot: &'static str,
    restore: &'static str,
}

impl Default for Parts {
    fn default() -> Self {
        Parts {
            constructor: "(call $new (i32.const 8))",
            observe: "(global.set $state (f32.add (global.get $state) (f32.const 1)))
                (call $ok (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
            snapshot: "(f32.store (i32.const 8192) (global.get $state))
                (call $ok (i32.const 8192) (i32.const 4) (i32.const 0) (i32.const 0))",
            restore: "(global.set $state (f32.load (local.get 0))) (call $restored)",
        }
    }
}

impl Parts {
    fn component(&self) -> Vec<u8> {
        let Parts { constructor, observe, snapshot, restore } = self;
        let own = format!(
            r#"
            ;; import (import "[export]meed:reward/stateful@0.1.0" "[resource-new]reward" (func $new (param i32) (result i32)))
            (global $state (mut f32) (f32.const 0))
            (func $restored (result i32)
                (call $ok (call $new (i32.const 8)) (i32.const 0) (i32.const 0) (i32.const 0)))
            (func (export "meed:reward/stateful@0.1.0#[constructor]reward") (param i64) (result i32) {constructor})
            (func (export "meed:reward/stateful@0.1.0#[method]reward.observe") (param i32) (result i32) (local i32) {observe})
            (func (export "meed:reward/stateful@0.1.0#[method]reward.evaluate") (param i32) (result i32) (local $result i32)
                (local.set $result (call $honest (i32.add (local.get 0) (i32.const 4))))
                (f32.store (i32.load (i32.const 4)) (global.get $state))
                (local.get $result))
            (func (export "meed:reward/stateful@0.1.0#[method]reward.snapshot") (param i32) (result i32) {snapshot})
            (func (export "meed:reward/stateful@0.1.0#[static]reward.restore") (param i32 i32) (result i32) {restore})"#
        );
        component("stateful-plugin", &module(&[BASE, REALLOC, DESCRIBE, HONEST, &own]))
    }
}

/// Bytes that somebody else wrote, given to a reward that is sound.
fn garbage(target: &Target) -> String {
    let file = crate::plugin("novelty");
    for host in &target.hosts {
        let plugin = host.load_file(&file).unwrap();
        let mut source = plugin.source(1).unwrap();
        let whole = source.snapshot().unwrap();
        let long = vec![0xff; 500_000];
        let half = &whole[..whole.len() / 2];
        for bytes in [&[][..], &[0xff; 3], half, &long] {
            match source.restore(bytes) {
                Err(error) if error.failure.code() == "fault" => {}
                Err(error) => return error.failure.code().into(),
                Ok(()) => return format!("{} bytes restored", bytes.len()),
            }
        }
        if source.restore(&whole).is_err() || source.snapshot().unwrap() != whole {
            return "no longer restores".into();
        }
    }
    "fault, and as good as new".into()
}
