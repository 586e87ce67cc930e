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

/// What compiles to the same bits whoever builds it: a fused multiply-add rounds once where the source says twice, and differs between
/// machines.
pub(super) const FLAGS: [&str; 8] =
    ["-target", "wasm32-wasi", "-std=c17", "-O2", "-Wall", "-Wextra", "-ffp-contract=off", "-msimd128"];
/// What links the object files of a plugin.
pub(super) const LINK: [&str; 2] = ["-mexec-model=reactor", "-Wl,--strip-debug"];

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
        .arg("cc")
        .args(FLAGS)
        .args(LINK)
        .arg(if options.color { "-fcolor-diagnostics" } else { "-fno-color-diagnostics" })
        // What the environment adds to every compile of the author's has no place in a plugin.
        .env_remove("CPATH")
        .env_remove("C_INCLUDE_PATH")
        .env_remove("LIBRARY_PATH");
}

pub(super) fn bindings(settings: &Settings) -> Result<Files, BuildError> {
    let (mut resolve, world) = wit::resolve(settings.kind)?;
    let options = wit_bindgen_c::Opts { rename_world: Some(BINDINGS.into()), ..Default::default() };
    let mut files = Files::default();
    match options.build().generate(&mut resolve, world, &mut files) {
        Ok(()) => Ok(files),
        Err(error) => Err(BuildError::Interface { message: format!("{error:#}") }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use meed_core::Kind;

    use super::*;
    use crate::{Built, Language, build};

    const PENDULUM: &str = include_str!("../../../../plugins/pendulum-c/reward.c");

    fn build_source(source: &str) -> Result<(Built, Vec<u8>), BuildError> {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("meed.toml"), "name = \"pendulum\"").unwrap();
        fs::write(dir.path().join("reward.c"), source).unwrap();
        let built = build(dir.path(), &BuildOptions::default())?;
        let bytes = fs::read(&built.component).unwrap();
        let left: Vec<_> = fs::read_dir(dir.path().join("build")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "more than the component and its bindings is left: {left:?}");
        Ok((built, bytes))
    }

    #[test]
    fn the_pendulum_reward_is_a_small_plugin_and_always_the_same() {
        let (built, bytes) = build_source(PENDULUM).unwrap();
        assert_eq!((built.language, built.kind, built.warnings.as_str()), (Language::C, Kind::Transition, ""));
        assert_eq!(built.component.file_name().unwrap(), "pendulum.wasm");
        assert!(bytes.len() < 40_000, "{} bytes", bytes.len());
        assert!(bytes == build_source(PENDULUM).unwrap().1, "the same source gave other bytes in another folder");
    }

    #[test]
    fn a_mistake_is_shown_at_the_authors_line() {
        let mistaken = PENDULUM.replace("float velocity = observation[2];", "float velocity = observatoin[2];");
        let line = mistaken.lines().position(|line| line.contains("observatoin")).unwrap() + 1;
        let error = build_source(&mistaken).unwrap_err();
        assert_eq!(error.code(), "compile");
        assert!(error.to_string().contains(&format!("reward.c:{line}:")), "{error}");
    }

    #[test]
    fn what_needs_an_operating_system_is_refused_by_name() {
        let printing = format!("#include <stdio.h>\n{PENDULUM}")
            .replace("float velocity = observation[2];", "float velocity = observation[2]; printf(\"%f\", velocity);");
        let error = build_source(&printing).unwrap_err();
        assert_eq!(error.code(), "forbidden-import");
        assert!(error.to_string().contains("wasi_snapshot_preview1"), "{error}");
        assert!(error.hint().unwrap().contains("printf"));
    }

    #[test]
    fn bindings_of_every_kind_have_one_prefix() {
        for kind in Kind::ALL {
            let mut files = bindings(&Settings { name: "x".into(), kind }).unwrap();
            let header = String::from_utf8(files.remove("meed_reward.h").unwrap()).unwrap();
            assert!(header.contains(&format!("exports_meed_reward_{kind}_")), "{kind}");
            assert!(files.remove("meed_reward.c").is_some() && files.remove("meed_reward_component_type.o").is_some());
        }
    }
}
