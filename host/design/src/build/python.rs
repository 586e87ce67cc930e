//! Python, by `componentize-py`: one module `reward`, which may import more from its folder.
//!
//! The module defines the classes `Plugin` and `Transition` (or `Episode`, ...), with the methods of the interface; the bindings
//! are the package `wit_world`, which the build also leaves in `build/bindings` for editors and for tests outside of wasm. The
//! component carries a Python, which is why it has 18 MB; every call to an operating system in it is replaced by a trap.

use std::path::Path;

use super::{BuildOptions, Compiled};
use crate::settings::Settings;
use crate::{BuildError, files, process, tools, wit};

pub(crate) fn compile(dir: &Path, folder: &Path, options: &BuildOptions) -> Result<Compiled, BuildError> {
    let settings = Settings::read(dir)?;
    let scratch = files::scratch(folder)?;
    let interface = scratch.path().join("wit");
    wit::unpack(&interface)?;
    let output = scratch.path().join("component.wasm");
    let mut command = tools::componentize_py()?;
    command
        .current_dir(dir)
        .arg("--wit-path")
        .arg(&interface)
        .args(["--world", &wit::world_name(settings.kind), "componentize", "reward", "--stub-wasi", "--output"])
        .arg(&output)
        // Packages of the author's own Python are for another machine than the plugin's.
        .args(["--python-path", "."])
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME");
    let finished = process::run(&mut command, options.limit)?
        .ok_or(BuildError::MissingTool { tool: "componentize-py", install: "see its hint".into() })?;
    if !finished.status.success() {
        return Err(BuildError::Compile { diagnostics: finished.stderr });
    }
    Ok(Compiled { name: settings.name, component: files::read(&output)?, warnings: String::new() })
}
