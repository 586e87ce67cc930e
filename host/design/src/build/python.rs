//! Python, by `componentize-py`: one module `reward`, which may import more from its folder.
//!
//! The module defines the classes `Plugin` and `Transition` (or `Episode`, ...), with the methods of the interface; the bindings
//! are the package `wit_world`, which the build also leaves in `build/bindings` for editors and for tests outside of wasm. The
//! component carries a Python, which is why it has 18 MB; every call to an operating system in it is replaced by a trap.
//!
//! Of all languages this one alone gives other bytes at each build: the tool seeds Python's hashes from chance, once, and keeps
//! the seed in the component. What the plugin computes stays the same unless it goes by the order of a set.

use std::path::Path;
use std::process::Command;

use super::{BuildOptions, Compiled};
use crate::settings::Settings;
use crate::{BuildError, files, process, tools, wit};

pub(crate) fn compile(dir: &Path, folder: &Path, options: &BuildOptions) -> Result<Compiled, BuildError> {
    let settings = Settings::read(dir)?;
    let scratch = files::scratch(folder)?;
    let interface = scratch.path().join("wit");
    wit::unpack(&interface)?;
    let tool = || -> Result<Command, BuildError> {
        let mut command = tools::componentize_py()?;
        command.current_dir(dir).args(["--quiet", "--world", &wit::world_name(settings.kind), "--wit-path"]);
        command.arg(&interface);
        // Packages of the author's own Python are for another machine than the plugin's.
        command.env_remove("VIRTUAL_ENV").env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        // An author's mistake is no reason for the tool to show where in itself it noticed.
        command.env("RUST_BACKTRACE", "0").env_remove("RUST_LIB_BACKTRACE");
        Ok(command)
    };

    let bindings = scratch.path().join("bindings");
    run(tool()?.arg("bindings").arg(&bindings), options)?;
    files::replace_folder(&bindings, &folder.join("bindings"))?;

    let output = scratch.path().join("component.wasm");
    let mut command = tool()?;
    command.args(["componentize", "reward", "--python-path", ".", "--stub-wasi", "--output"]).arg(&output);
    run(&mut command, options)?;
    Ok(Compiled { name: settings.name, component: files::read(&output)?, warnings: String::new() })
}

fn run(command: &mut Command, options: &BuildOptions) -> Result<(), BuildError> {
    match process::run(command, options.limit)? {
        Some(finished) if finished.status.success() => Ok(()),
        Some(finished) => Err(BuildError::Compile { diagnostics: authors_part(&finished.stderr) }),
        None => Err(tools::missing("componentize-py")),
    }
}

/// Cuts the tool's own frames off around the author's error, and the name under which the tool sees the author's folder.
pub(super) fn authors_part(stderr: &str) -> String {
    let inner = stderr.split_once("AssertionError: ").map_or(stderr, |(_, inner)| inner);
    let inner = inner.split_once("\n\nCaused by:").map_or(inner, |(inner, _)| inner);
    format!("{}\n", inner.trim_end().replace("File \"/0/", "File \""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use meed_core::Kind;

    use super::*;
    use crate::{Language, build};

    const PENDULUM: &str = include_str!("../../../../plugins/pendulum-python/reward.py");

    #[test]
    fn the_pendulum_reward_is_a_plugin() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("meed.toml"), "name = \"pendulum\"").unwrap();
        fs::write(dir.path().join("reward.py"), PENDULUM).unwrap();
        let built = build(dir.path(), &BuildOptions::default()).unwrap();
        assert_eq!((built.language, built.kind), (Language::Python, Kind::Transition));
        assert!(dir.path().join("build/bindings/wit_world/imports/types.py").is_file());
        let left = fs::read_dir(dir.path().join("build")).unwrap().count();
        assert_eq!(left, 2, "more than the component and its bindings is left");
    }

    #[test]
    fn a_mistake_is_shown_at_the_authors_line() {
        let dir = tempfile::tempdir().unwrap();
        let mistaken = PENDULUM.replace("class Plugin:", "class Plugin(Missing):");
        let line = mistaken.lines().position(|line| line.contains("Missing")).unwrap() + 1;
        fs::write(dir.path().join("meed.toml"), "name = \"pendulum\"").unwrap();
        fs::write(dir.path().join("reward.py"), mistaken).unwrap();
        let error = build(dir.path(), &BuildOptions::default()).unwrap_err();
        assert_eq!(error.code(), "compile");
        assert!(error.to_string().contains(&format!("File \"reward.py\", line {line}")), "{error}");
        assert!(!dir.path().join("build/pendulum.wasm").exists());
    }

    #[test]
    fn an_error_is_the_authors_alone() {
        let stderr = "Traceback (most recent call last):\n  File \"/tools/bin/componentize-py\", line 8, in <module>\n\
            AssertionError:   File \"/0/reward.py\", line 60\n    return [\n           ^\nSyntaxError: '[' was never closed\n\n\n\
            Caused by:\n    SyntaxError: '[' was never closed (reward.py, line 60)\n";
        let expected = "  File \"reward.py\", line 60\n    return [\n           ^\nSyntaxError: '[' was never closed\n";
        assert_eq!(authors_part(stderr), expected);
        assert_eq!(authors_part("something else\n"), "something else\n");
    }
}
