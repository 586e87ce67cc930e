//! `cargo xtask test`: all tests, in one build.
//!
//! Everything is built with `--workspace`, so that each dependency is compiled once, with one set of features.

use anyhow::Result;

use crate::run::{cargo, run};
use crate::setup;

/// Runs all tests.
pub(crate) fn all() -> Result<()> {
    prepare()?;
    run(&mut cargo(&["test", "--workspace", "--no-fail-fast"]))?;
    run(&mut cargo(&["test", "--manifest-path", "plugins/Cargo.toml"]))
}

/// Runs the scenario tests whose name contains a text.
pub(crate) fn some(filter: &str) -> Result<()> {
    prepare()?;
    run(&mut cargo(&["test", "--workspace", "--test", "scenarios", "--", filter]))
}

/// Fetches the tools and builds the binary, which the scenarios run as a user would.
fn prepare() -> Result<()> {
    setup::everything()?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--examples"]))
}
