//! `cargo xtask bench evaluate`: what a row of reward costs, beside what else one would use; `cargo xtask bench design`: how fast
//! generated candidates are built and verified.
//!
//! The program of the first is a workspace of its own, so that nobody who builds Meed builds what it is compared with.

use std::path::PathBuf;

use anyhow::Result;

use crate::run::{cargo, command, root, run};
use crate::setup;

/// What `meed build` lets LLVM do to a plugin, for the same source natively: to inline long functions and to write loops out.
const FLAGS: &str = "-Cllvm-args=-inline-threshold=1000 -unroll-threshold=1000";

/// Builds the program and runs it with these arguments.
pub(crate) fn evaluate(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    let manifest = root().join("benches/Cargo.toml");
    let manifest = manifest.to_string_lossy();
    run(&mut cargo(&["rustc", "--manifest-path", &manifest, "--bin", "evaluate", "--", FLAGS]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("benches/target"), PathBuf::from);
    run(&mut command(target.join("debug/evaluate"), arguments))
}

/// Builds `meed` and the program that measures its designs, and runs it with these arguments.
pub(crate) fn design(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--example", "design_bench"]))?;
    run(&mut cargo(
        &[&["run", "--quiet", "--package", "meed-tests", "--example", "design_bench", "--"], arguments].concat(),
    ))
}
