//! `cargo xtask kills`: that a run killed at any moment and resumed ends with the bits of the unbroken one.

use anyhow::Result;

use crate::run::{cargo, example, run};
use crate::setup;

/// Builds what is killed and kills it; `arguments` are those of `tests/examples/kills.rs`.
pub(crate) fn kills(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--examples"]))?;
    run(&mut example("kills", arguments)?)
}
