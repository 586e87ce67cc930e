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
fn authors_part(stderr: &str) -> String {
    let inner = stderr.split_once("AssertionError: ").map_or(stderr, |(_, inner)| inner);
    let inner = inner.split_once("\n\nCaused by:").map_or(inner, |(inner, _)| inner);
    format!("{}\n", inner.trim_end().replace("File \"/0/", "File \""))
}

#[cfg(test)]
mod tests {
    use super::*;

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
