//! `cargo xtask attacks`: what becomes of every attack on the sandbox.

use anyhow::Result;

use crate::run::{cargo, example, run};
use crate::setup;

/// Builds what the attacks need and runs them; `arguments` are those of `tests/examples/attacks.rs`.
pub(crate) fn attacks(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--examples"]))?;
    run(&mut example("attacks", arguments)?)
}
