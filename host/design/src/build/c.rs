//! C, by `zig cc`: one `reward.c`, which may include more.
//!
//! The bindings are made from the interface into `build/meed_reward.h` and `build/meed_reward.c`; the author includes
//! `meed_reward.h` and defines the functions that it declares under "Exported Functions". Zig brings the C library; the part of
//! it that needs an operating system shows as an import, and is refused by name.

use std::path::Path;
use std::process::Command;

use wit_bindgen_core::Files;

use super::{BuildOptions, Compiled};
use crate::settings::Settings;
use crate::{BuildError, componentize, files, process, tools, wit};

/// The prefix of every name in the bindings, whatever the kind.
const BINDINGS: &str = "meed_reward";

pub(crate) fn compile(dir: &Path, folder: &Path, options: &BuildOptions) -> Result<Compiled, BuildError> {
    let settings = Settings::read(dir)?;
    let mut bindings = bindings(&settings)?;
    for file in ["meed_reward.h", "meed_reward.c"] {
        let bytes = bindings.remove(file).unwrap_or_default();
        files::write_if_changed(&folder.join(file), &bytes)?;
    }
    let scratch = files::scratch(folder)?;
    // The world's description has an object of its own, for the linker to carry over.
    let world = scratch.path().join("world.o");
    files::write_atomically(&world, &bindings.remove("meed_reward_component_type.o").unwrap_or_default())?;
    let core = scratch.path().join("core.wasm");
    let mut command = tools::zig()?;
    zig_cc(&mut command, options);
    command.current_dir(dir).args(["-I", "build", "reward.c", "build/meed_reward.c"]).arg(&world).arg("-o").arg(&core);
    let finished = process::run(&mut command, options.limit)?.ok_or_else(|| tools::missing("zig"))?;
    if !finished.status.success() {
        return Err(BuildError::Compile { diagnostics: finished.stderr });
    }
    let component = componentize(&files::read(&core)?)?;
    Ok(Compiled { name: settings.name, component, warnings: finished.stderr })
}

fn zig_cc(command: &mut Command, options: &BuildOptions) {
    command
        .args([
            "cc",
            "-target",
            "wasm32-wasi",
            "-mexec-model=reactor",
            "-std=c17",
            "-O2",
            "-Wl,--strip-debug",
            "-Wall",
            "-Wextra",
        ])
        // A fused multiply-add rounds once where the source says twice, and differs between machines.
        .args(["-ffp-contract=off", "-msimd128"])
        .arg(if options.color { "-fcolor-diagnostics" } else { "-fno-color-diagnostics" })
        // What the environment adds to every compile of the author's has no place in a plugin.
        .env_remove("CPATH")
        .env_remove("C_INCLUDE_PATH")
        .env_remove("LIBRARY_PATH");
}

fn bindings(settings: &Settings) -> Result<Files, BuildError> {
    let (mut resolve, world) = wit::resolve(settings.kind)?;
    let options = wit_bindgen_c::Opts { rename_world: Some(BINDINGS.into()), ..Default::default() };
    let mut files = Files::default();
    match options.build().generate(&mut resolve, world, &mut files) {
        Ok(()) => Ok(files),
        Err(error) => Err(BuildError::Interface { message: format!("{error:#}") }),
    }
}
