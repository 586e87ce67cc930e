//! Components that are not what they are asked for as: what they import and export.

use super::guest::{BASE, DESCRIBE, HONEST, POST, REALLOC, component, evaluate, module, sound};
use super::{Attack, guest};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        guest("imports-a-function", "load: forbidden-import", || {
            let import = "\n;; import (import \"$root\" \"now\" (func $now (result i64)))\n";
            component("clocked", &rewarding(&[import, &evaluate("(drop (call $now))")]))
        }),
        guest("imports-the-file-system", "load: forbidden-import", || {
            wat(r#"(component (import "wasi:filesystem/preopens@0.2.0" (instance)))"#)
        }),
        guest("imports-a-version-to-come", "load: forbidden-import", || renamed("@0.1.0", "@0.2.0")),
        guest("imports-more-under-an-allowed-name", "load: interface", || {
            wat(&format!(
                r#"(component (import "meed:reward/log@0.1.0" (instance (export "open" (func (param "path" string)))))
                    {NOTHING})"#
            ))
        }),
        guest("imports-a-core-module", "load: forbidden-import", || wat(r#"(component (import "m" (core module)))"#)),
        guest("exports-of-the-wrong-shape", "load: interface", || wat(&format!("(component {NOTHING})"))),
        guest("describes-nothing", "load: no-plugin", || {
            component("undescribed", &module(&[BASE, REALLOC, HONEST, POST, &evaluate("")]))
        }),
        guest("no-kind", "load: no-kind", || component("kindless", &module(&[BASE, REALLOC, DESCRIBE]))),
        guest("two-kinds", "load: several-kinds", || {
            let episode =
                r#"(func (export "meed:reward/episode@0.1.0#evaluate") (param i32) (result i32) (i32.const 0))"#;
            component("two-kinds", &rewarding(&[episode, &evaluate("")]))
        }),
        guest("package-of-another-name", "load: forbidden-import", || renamed("meed:reward", "meed:rewart")),
    ]
}

const NOTHING: &str = r#"(instance $none)
    (export "meed:reward/plugin@0.1.0" (instance $none)) (export "meed:reward/transition@0.1.0" (instance $none))"#;

fn rewarding(parts: &[&str]) -> String {
    module(&[&[BASE, REALLOC, DESCRIBE, HONEST, POST], parts].concat())
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// Replaces a text in a component's bytes by another of the same length.
fn renamed(from: &str, to: &str) -> Vec<u8> {
    let mut bytes = sound("");
    let places: Vec<usize> =
        bytes.windows(from.len()).enumerate().filter(|(_, part)| *part == from.as_bytes()).map(|(at, _)| at).collect();
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}
