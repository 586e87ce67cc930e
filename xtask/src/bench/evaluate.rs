//! `cargo xtask bench evaluate`: what a row of reward costs, beside what else one would use.
//!
//! What is compared with is built and fetched by this command alone: the programs in `benches/` are a workspace of their own, and
//! NumPy and Extism's library go into a virtual environment of their own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::{cargo, command, last_line, root, run};
use crate::setup;

/// What `meed build` lets LLVM do to a plugin.
const LLVM_ARGS: &str = include_str!("../../../host/design/src/build/llvm-args.txt");
const REQUIREMENTS: &str = "benches/python/requirements.txt";
const REWARDS: [&str; 4] = ["locomotion", "pendulum", "nearest", "lookup"];

/// Builds all candidates and measures them.
pub(crate) fn evaluate(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    let environment = environment()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("benches/target"), PathBuf::from);
    let flags = format!("-Cllvm-args={}", LLVM_ARGS.trim());
    build(&["rustc", "--bin", "evaluate", "--", &flags])?;
    build(&["build", "--package", "meed-bench-others"])?;
    build(&["build", "--package", "meed-bench-pyo3"])?;
    let modules = target.join("bench-evaluate");
    fs::create_dir_all(&modules).with_context(|| format!("making {}", modules.display()))?;
    copy(&target.join("debug/libmeed_bench_pyo3.so"), &modules.join("meed_bench_pyo3.so"))?;
    for reward in REWARDS {
        extism_plugin(reward, &flags)?;
        let built = target.join("wasm32-unknown-unknown/release/meed_bench_extism.wasm");
        copy(&built, &modules.join(format!("{reward}.wasm")))?;
    }
    let python = environment.join("bin/python");
    let ask = "import extism_sys, pathlib; print(pathlib.Path(extism_sys.__file__).with_name('libextism_sys.so'))";
    let library = last_line(&mut command(&python, &["-c", ask]))?;
    let mut measure = command(target.join("debug/evaluate"), arguments);
    measure.env("PYTHON", python).env("PYTHONPATH", &modules);
    run(measure.env("MEED_BENCH_EXTISM", library).env("MEED_BENCH_EXTISM_PLUGINS", &modules))
}

fn build(arguments: &[&str]) -> Result<()> {
    let manifest = root().join("benches/Cargo.toml");
    let (command, rest) = arguments.split_first().context("no command")?;
    run(&mut cargo(&[&[*command, "--manifest-path", &manifest.to_string_lossy()], rest].concat()))
}

/// Compiles a reward for Extism, with what a plugin of Meed is compiled with.
fn extism_plugin(reward: &str, flags: &str) -> Result<()> {
    let target = ["--release", "--target", "wasm32-unknown-unknown"];
    let package = ["--package", "meed-bench-extism", "--features", reward];
    let flags = ["--", "-Ctarget-feature=+simd128", flags];
    build(&[&["rustc"], &target[..], &package, &flags].concat())
}

/// Makes the virtual environment that holds what comes from PyPI.
fn environment() -> Result<PathBuf> {
    let folder = setup::tools_folder()?.with_file_name("bench-evaluate");
    let (wanted, stamp) = (fs::read_to_string(root().join(REQUIREMENTS))?, folder.join("requirements.txt"));
    if !fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        run(command(python, &["-m", "venv"]).arg(&folder))?;
        run(&mut command(folder.join("bin/pip"), &["install", "--quiet", "--requirement", REQUIREMENTS]))?;
        fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))?;
    }
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    Ok(())
}
