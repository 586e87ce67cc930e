//! Fetching what the machine lacks: Rust's WebAssembly target through rustup, the C and Python toolchains for guests and
//! Gymnasium through pip, in a virtual environment of their own.
//!
//! Nothing is installed twice and nothing outside the two places is touched. What can't be fetched is named with the command
//! that would.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::run::{command, root, run};

/// Fetches all that the tests need.
pub(crate) fn everything() -> Result<()> {
    wasm_target()?;
    guest_tools()
}

/// Fetches Rust's WebAssembly target.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = command("rustc", &["--print", "sysroot"]).output().context("asking rustc for its sysroot")?;
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout)?.trim());
    if sysroot.join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    run(&mut command("rustup", &["target", "add", "wasm32-unknown-unknown"]))
        .context("the Rust target wasm32-unknown-unknown is missing: run `rustup target add wasm32-unknown-unknown`")
}

/// Fetches what comes from PyPI, in the versions that `host/design/tools.txt` (the toolchains of the other guest languages) and
/// `host/envs/python-requirements.txt` (the bridge to Python's environments) pin.
pub(crate) fn guest_tools() -> Result<()> {
    let lists = ["host/design/tools.txt", "host/envs/python-requirements.txt"].map(|list| root().join(list));
    let read = |list: &PathBuf| std::fs::read_to_string(list).with_context(|| format!("reading {}", list.display()));
    let wanted = lists.iter().map(read).collect::<Result<String>>()?;
    let folder = tools_folder()?;
    let stamp = folder.join("meed-tools.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(command(python, &["-m", "venv"]).arg(&folder)).context(
        "Python 3.11 with its venv module is needed: on Debian, `apt-get install python3 python3-venv`, as root",
    )?;
    let requirements = lists.iter().flat_map(|list| ["--requirement".as_ref(), list.as_os_str()]);
    run(command(folder.join("bin/pip"), &["install", "--quiet"]).args(requirements))?;
    std::fs::write(&stamp, wanted).with_context(|| format!("writing {}", stamp.display()))
}

/// Gives the folder that `meed build` looks in, too: `$MEED_TOOLS`, or `meed/tools` in the user's cache.
pub(crate) fn tools_folder() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("MEED_TOOLS") {
        return Ok(folder.into());
    }
    if let Some(cache) = std::env::var_os("XDG_CACHE_HOME").filter(|cache| !cache.is_empty()) {
        return Ok(PathBuf::from(cache).join("meed/tools"));
    }
    match std::env::var_os("HOME") {
        Some(home) => Ok(PathBuf::from(home).join(".cache/meed/tools")),
        None => bail!("neither MEED_TOOLS, XDG_CACHE_HOME nor HOME is set: there is no place for the guest toolchains"),
    }
}
