//! The Rust side of `wit/`: one world with every export of the four, so that all kinds share one set of types.
#![allow(unsafe_code, reason = "the generated code calls functions whose types it has checked when it loaded them")]
#![allow(missing_docs, unreachable_pub, reason = "generated; the documentation stands in wit/")]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package meed:host;
        world every-kind {
            import meed:reward/log@0.1.0;
            export meed:reward/plugin@0.1.0;
            export meed:reward/transition@0.1.0;
            export meed:reward/episode@0.1.0;
            export meed:reward/stateful@0.1.0;
            export meed:reward/text@0.1.0;
        }
    ",
    world: "meed:host/every-kind",
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub(crate) use self::exports::meed::reward::{episode, plugin, stateful, text, transition};
pub(crate) use self::meed::reward::{log, types};
