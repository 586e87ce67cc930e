//! `cargo xtask mujoco`: what Gymnasium's tasks on MuJoCo take.
//!
//! The library comes out of the PyPI package `mujoco`, the models out of `gymnasium`, both in the versions that the environments
//! were compared with. They go to `meed/mujoco` in the user's cache, where `meed` looks for the models. Then `meed` is built with
//! the feature and the environments are compared with Gymnasium's recordings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{cargo, command, run};
use crate::setup;

const PACKAGES: [&str; 2] = ["mujoco==3.17.0", "gymnasium==1.4.0"];
const LIBRARY: &str = "libmujoco.so.3.17.0";

/// Fetches library and models, builds `meed` with them and runs their tests.
pub(crate) fn mujoco() -> Result<()> {
    setup::guest_tools()?;
    let tools = setup::tools_folder()?;
    let folder = tools.with_file_name("mujoco");
    let library = folder.join("lib");
    if !(library.join("libmujoco.so").exists() && folder.join("assets").is_dir()) {
        fetch(&tools, &folder).with_context(|| format!("fetching MuJoCo into {}", folder.display()))?;
    }
    run(&mut cargo_with(Some(&folder), &["test", "--test", "mujoco"]))?;
    run(&mut cargo_with(Some(&folder), &["build", "--bins"]))?;
    println!("\n`meed` has MuJoCo now, until it is built without. To run it:");
    println!("  export LD_LIBRARY_PATH={} MEED_MUJOCO={}", library.display(), folder.display());
    Ok(())
}

/// What cargo needs to hear for the environments on MuJoCo.
const FEATURE: [&str; 3] = ["--workspace", "--features", "meed-cli/mujoco"];

/// Gives the folder with library and models, where they have been fetched.
pub(crate) fn folder() -> Result<Option<PathBuf>> {
    let folder = setup::tools_folder()?.with_file_name("mujoco");
    Ok(folder.join("lib/libmujoco.so").exists().then_some(folder))
}

/// Makes a cargo command for the whole workspace, with MuJoCo where there is one.
pub(crate) fn cargo_with(mujoco: Option<&Path>, arguments: &[&str]) -> Command {
    match mujoco {
        Some(folder) => with_library(folder, cargo(&[arguments, &FEATURE].concat())),
        None => cargo(&[arguments, &["--workspace"]].concat()),
    }
}

/// Tells a command where library and models are.
pub(crate) fn with_library(folder: &Path, mut command: Command) -> Command {
    let library = folder.join("lib");
    command.env("MUJOCO_DYNAMIC_LINK_DIR", &library).env("LD_LIBRARY_PATH", &library).env("MEED_MUJOCO", folder);
    command
}

/// Prints how far each environment is from the original.
pub(crate) fn parity(arguments: &[&str]) -> Result<()> {
    let example = ["run", "--quiet", "--package", "meed-envs", "--example", "parity"];
    match folder()? {
        Some(folder) => {
            let command = cargo(&[&example[..], &["--features", "mujoco", "--"], arguments].concat());
            run(&mut with_library(&folder, command))
        }
        None => {
            eprintln!("without MuJoCo, which `cargo xtask mujoco` fetches");
            run(&mut cargo(&[&example[..], &["--"], arguments].concat()))
        }
    }
}

fn fetch(tools: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let wheels = folder.join("wheels");
    let unpacked = folder.join("unpacked");
    fs::create_dir_all(&wheels)?;
    let mut pip = command(tools.join("bin/pip"), &["download", "--quiet", "--no-deps", "--only-binary", ":all:"]);
    run(pip.args(PACKAGES).arg("--dest").arg(&wheels))?;
    for wheel in fs::read_dir(&wheels)? {
        let unzip = ["-m", "zipfile", "-e"];
        run(command(tools.join("bin/python"), &unzip).arg(wheel?.path()).arg(&unpacked))?;
    }
    fs::create_dir_all(folder.join("lib"))?;
    fs::rename(unpacked.join("mujoco").join(LIBRARY), folder.join("lib").join(LIBRARY))?;
    fs::rename(unpacked.join("gymnasium/envs/mujoco/assets"), folder.join("assets"))?;
    // The linker looks for the plain name.
    std::os::unix::fs::symlink(LIBRARY, folder.join("lib/libmujoco.so"))?;
    fs::remove_dir_all(wheels)?;
    fs::remove_dir_all(unpacked)?;
    Ok(())
}
