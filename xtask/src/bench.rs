//! `cargo xtask bench design`: how fast generated candidates are built and verified.

mod evaluate;

use anyhow::Result;

pub(crate) use self::evaluate::evaluate;
use crate::run::{cargo, run};
use crate::setup;

/// Builds `meed` and the program that measures its designs, and runs it with these arguments.
pub(crate) fn design(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--example", "design_bench"]))?;
    run(&mut cargo(
        &[&["run", "--quiet", "--package", "meed-tests", "--example", "design_bench", "--"], arguments].concat(),
    ))
}
