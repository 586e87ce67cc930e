//! `cargo xtask bench design`: how fast generated candidates are built and verified.

mod evaluate;

use anyhow::Result;

pub(crate) use self::evaluate::evaluate;
use crate::run::{cargo, command, run, target};
use crate::setup;

/// Builds `meed` and the program that measures its designs, and runs it with these arguments.
pub(crate) fn design(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--example", "design_bench"]))?;
    run(&mut command(target().join("debug/examples/design_bench"), arguments))
}
