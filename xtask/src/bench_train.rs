//! `cargo xtask bench train`: what training costs, beside Stable-Baselines3, and what particles cost, beside mpe2.
//!
//! What is compared with is fetched by this command alone, into a virtual environment of its own: it takes 5 GB.

use std::fs;

use anyhow::{Context, Result};

use crate::mujoco;
use crate::run::{self, cargo, command, root, run};
use crate::setup;

/// The rewards whose share of the time is told.
const PLUGINS: [&str; 3] = ["cartpole", "pendulum", "latent/half-cheetah"];
const REQUIREMENTS: &str = "benches/python/train-requirements.txt";

/// Builds the program that trains, fetches what it is compared with, and compares.
pub(crate) fn train(arguments: &[&str]) -> Result<()> {
    let tools = setup::tools_folder()?;
    let folder = tools.with_file_name("sb3");
    let (wanted, stamp) = (fs::read_to_string(root().join(REQUIREMENTS))?, folder.join("requirements.txt"));
    if !fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        run(command(python, &["-m", "venv"]).arg(&folder))?;
        run(&mut command(folder.join("bin/pip"), &["install", "--quiet", "--requirement", REQUIREMENTS]))?;
        fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))?;
    }
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    for plugin in PLUGINS {
        let folder = format!("plugins/{plugin}");
        run(&mut command(run::target().join("debug/meed"), &["build", &folder]))?;
    }
    let clock = run::target().join("debug/examples/clock");
    let clock = clock.to_string_lossy();
    let mujoco = mujoco::folder()?;
    run(&mut mujoco::cargo_with(mujoco.as_deref(), &["build", "--example", "clock"]))?;
    let mut compare = command(folder.join("bin/python"), &["benches/python/train.py", "--clock", &clock]);
    compare.args(arguments);
    match mujoco {
        Some(folder) => run(&mut mujoco::with_library(&folder, compare)),
        None => {
            eprintln!("without MuJoCo, which `cargo xtask mujoco` fetches");
            run(compare.arg("--no-mujoco"))
        }
    }
}
