//! `cargo xtask check`: what a change must pass before its tests are run, cheapest first.

use anyhow::Result;

use crate::run::{cargo, example, run};
use crate::setup;

/// Checks format, lints and documentation of both workspaces.
pub(crate) fn check() -> Result<()> {
    setup::wasm_target()?;
    let plugins = ["--manifest-path", "plugins/Cargo.toml"];
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run(&mut cargo(&[&["fmt", "--all", "--check"][..], &plugins].concat()))?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    let guests = ["clippy", "--workspace", "--all-targets", "--target", "wasm32-unknown-unknown"];
    run(&mut cargo(&[&guests[..], &plugins, &["--", "--deny", "warnings"]].concat()))?;
    rules(&["--check"])?;
    run(&mut example("lare", &["docs/lare", "--check"])?)?;
    run(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Writes the rule reference, or checks that it is current.
pub(crate) fn rules(arguments: &[&str]) -> Result<()> {
    run(&mut example("rules", arguments)?)
}
