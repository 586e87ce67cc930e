//! What the build script embeds: the interface, the author's SDK, the templates.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
