//! Finds the guest compilers that come from PyPI, at the versions that `tools.txt` pins.
//!
//! They live in a Python virtual environment of their own: in the folder that `MEED_TOOLS` names, else in `meed/tools` in the
//! user's cache (`XDG_CACHE_HOME`, else `~/.cache`). After it, `PATH` is searched. `MEED_ZIG` names a Zig directly.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::BuildError;

/// The pins, as `pip install -r` reads them.
pub const REQUIREMENTS: &str = include_str!("../tools.txt");

/// Names the folder for what Meed can make again: `meed` in the user's cache, else one among the temporary files.
pub fn cache_dir() -> PathBuf {
    match (env::var_os("XDG_CACHE_HOME"), env::home_dir()) {
        (Some(cache), _) if !cache.is_empty() => Path::new(&cache).join("meed"),
        (_, Some(home)) if !home.as_os_str().is_empty() => home.join(".cache").join("meed"),
        _ => env::temp_dir().join("meed-cache"),
    }
}

/// Names the folder of the virtual environment: `MEED_TOOLS`, else `tools` in [`cache_dir`]. It may not be there.
pub fn tools_dir() -> PathBuf {
    match env::var_os("MEED_TOOLS") {
        Some(dir) if !dir.is_empty() => dir.into(),
        _ => cache_dir().join("tools"),
    }
}

/// Makes the command that runs Zig.
pub(crate) fn zig() -> Result<Command, BuildError> {
    find_zig(env::var_os("MEED_ZIG").map(PathBuf::from), &tools_dir(), &path()).ok_or_else(|| missing("zig"))
}

/// Finds Zig's own program, which has its libraries beside it.
pub(crate) fn zig_program() -> Result<PathBuf, BuildError> {
    let packaged = |packages: PathBuf| packages.join("ziglang").join(format!("zig{}", env::consts::EXE_SUFFIX));
    let named = env::var_os("MEED_ZIG").map(PathBuf::from).filter(|zig| !zig.as_os_str().is_empty());
    let found = named.or_else(|| site_packages(&tools_dir()).map(packaged).find(|program| program.is_file()));
    let found = found.or_else(|| find("zig", &tools_dir(), &path()));
    // A link would lead away from the libraries.
    found.and_then(|program| program.canonicalize().ok()).ok_or_else(|| missing("zig"))
}

/// Makes the command that runs componentize-py.
pub(crate) fn componentize_py() -> Result<Command, BuildError> {
    find("componentize-py", &tools_dir(), &path()).map(Command::new).ok_or_else(|| missing("componentize-py"))
}

/// Finds the Python of the virtual environment that componentize-py is installed in.
pub(crate) fn python_of_componentize_py() -> Result<PathBuf, BuildError> {
    let tool = find("componentize-py", &tools_dir(), &path()).and_then(|tool| tool.canonicalize().ok());
    // The link itself, which is what tells Python that it is in an environment.
    let python = tool.and_then(|tool| Some(tool.parent()?.join(format!("python{}", env::consts::EXE_SUFFIX))));
    python.filter(|python| python.is_file()).ok_or_else(|| missing("componentize-py"))
}

/// Says that a tool is not there, and how to install it at its pin.
pub(crate) fn missing(tool: &'static str) -> BuildError {
    let package = if tool == "zig" { "ziglang" } else { tool };
    let pin = REQUIREMENTS.lines().find(|line| line.starts_with(package)).unwrap_or(package);
    let (tools, bin) = (tools_dir(), if cfg!(windows) { "Scripts" } else { "bin" });
    let pip = tools.join(bin).join("pip");
    // A wrong name of the user's own would hide what the command installs.
    let first = if tool == "zig" && env::var_os("MEED_ZIG").is_some() { "unset MEED_ZIG && " } else { "" };
    BuildError::MissingTool {
        tool,
        install: format!("{first}python3 -m venv {} && {} install {pin}", tools.display(), pip.display()),
    }
}

fn find_zig(named: Option<PathBuf>, tools: &Path, path: &[PathBuf]) -> Option<Command> {
    if let Some(zig) = named.filter(|zig| !zig.as_os_str().is_empty()) {
        return Some(Command::new(zig));
    }
    // The package brings no program named zig: its Python finds it.
    if site_packages(tools).any(|packages| packages.join("ziglang").is_dir()) {
        let mut command = Command::new(find("python", tools, &[])?);
        command.args(["-m", "ziglang"]);
        return Some(command);
    }
    find("zig", tools, path).map(Command::new)
}

fn find(name: &str, tools: &Path, path: &[PathBuf]) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let bin = tools.join(if cfg!(windows) { "Scripts" } else { "bin" });
    std::iter::once(&bin).chain(path).map(|dir| dir.join(&file)).find(|file| file.is_file())
}

/// Lists the folders of packages in a virtual environment, whatever its Python's version.
fn site_packages(tools: &Path) -> impl Iterator<Item = PathBuf> {
    let versions = std::fs::read_dir(tools.join("lib")).into_iter().flatten().flatten();
    let unix = versions.map(|version| version.path().join("site-packages"));
    unix.chain([tools.join("Lib").join("site-packages")])
}

fn path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_environment_of_tools_comes_before_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let tools = dir.path().join("tools");
        let other = dir.path().join("other");
        std::fs::create_dir_all(tools.join("bin")).unwrap();
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(other.join("zig"), "").unwrap();
        let path = [other.clone()];
        assert_eq!(find_zig(None, &tools, &path).unwrap().get_program(), other.join("zig"));
        std::fs::create_dir_all(tools.join("lib/python3.11/site-packages/ziglang")).unwrap();
        std::fs::write(tools.join("bin/python"), "").unwrap();
        assert_eq!(find_zig(None, &tools, &path).unwrap().get_program(), tools.join("bin/python"));
        let named = dir.path().join("my-zig");
        assert_eq!(find_zig(Some(named.clone()), &tools, &path).unwrap().get_program(), named);
    }

    #[test]
    fn nothing_found_is_none_and_the_hint_has_the_pin() {
        let dir = tempfile::tempdir().unwrap();
        assert!(find_zig(None, dir.path(), &[]).is_none());
        assert!(find("componentize-py", dir.path(), &[dir.path().into()]).is_none());
        for (tool, package) in [("zig", "ziglang"), ("componentize-py", "componentize-py")] {
            let error = missing(tool);
            assert_eq!(error.to_string(), format!("{tool} is not installed"));
            let hint = error.hint().unwrap();
            assert!(hint.contains(&format!("pip install {package}==0.")), "{hint}");
        }
    }
}
