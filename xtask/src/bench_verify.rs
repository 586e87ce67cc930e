//! `cargo xtask bench verify`: what a verification costs, and where its time goes.

use anyhow::{Context, Result};

use crate::run::{cargo, command, last_line, root, run};
use crate::setup;

/// Episodes of 200 steps: a hundred thousand transitions, and a million.
const EPISODES: [&str; 2] = ["500", "5000"];

/// Verifies a Rust plugin on recordings of Pendulum, with everything that the full profile does.
pub(crate) fn verify() -> Result<()> {
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let meed = |arguments: &[&str]| command(target.join("debug/meed"), arguments);
    let folder = std::env::temp_dir().join(format!("meed-bench-verify-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let plugin = last_line(&mut meed(&["build", "plugins/pendulum"]))?;
    for episodes in EPISODES {
        let data = folder.join(format!("{episodes}.parquet")).display().to_string();
        run(&mut meed(&["record", "--env", "Pendulum-v1", "--episodes", episodes, "--out", &data]))?;
        run(&mut meed(&["verify", &plugin, "--data", &data, "--verbose"]))?;
    }
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))
}
