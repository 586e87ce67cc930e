//! One file of generated Rust, by rustc alone, against an SDK that Cargo compiled before.
//!
//! The compiler is all that reads the file, and it does so within walls ([`Confined`]): it sees the file, itself, the compiled SDK and the
//! system's libraries, no variable of the environment, and no network. Cargo, which reads its user's settings and keys, is not there.
//! The flags are those of `meed build`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::rust::{Diagnostic, Messages, TARGET, copy_compiled_sdk, flag_list};
use super::{BuildOptions, Compiled};
use crate::confine::{Bounds, Confined};
use crate::{BuildError, Confinement, componentize, files, process};

/// What the template's `[profile.release]` says, and its edition.
const PROFILE: [&str; 6] =
    ["--edition=2024", "-Copt-level=3", "-Clto", "-Ccodegen-units=1", "-Cpanic=abort", "-Cstrip=debuginfo"];

/// What a compiler may use. An ordinary candidate takes a tenth of it.
pub(super) const BOUNDS: Bounds = Bounds { memory: 4 << 30, seconds: 60, file: 64 << 20, disk: 256 << 20, tasks: 512 };

/// A compiler with all that it needs for one file after another.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    /// Rust's own folder, in which the compiler and its libraries are.
    sysroot: PathBuf,
    /// The SDK's library, beside what it was made from.
    sdk: PathBuf,
    /// The folder of both, ours alone: the next workshop has Cargo write its own anew.
    libraries: Arc<TempDir>,
}

impl Bench {
    /// Has Cargo compile the SDK, for the plugin in `dir`, which is ours, in the folder `target`, which no other build has.
    ///
    /// # Errors
    /// Where Cargo fails or rustc does not say where it is.
    pub(crate) fn prepare(dir: &Path, target: &Path, options: &BuildOptions) -> Result<Bench, BuildError> {
        let dir = dir.canonicalize().map_err(|source| BuildError::io("open", dir, source))?;
        let libraries = tempfile::tempdir()
            .map_err(|source| BuildError::io("create a folder in", &std::env::temp_dir(), source))?;
        let sdk = copy_compiled_sdk(&dir, target, libraries.path(), options)?;
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "sysroot"]).current_dir(&dir);
        let said = process::run(&mut rustc, options.limit)?;
        let sysroot = said.filter(|said| said.status.success()).map(|said| PathBuf::from(said.stdout.trim_end()));
        let sysroot = sysroot.ok_or_else(|| BuildError::MissingTool {
            tool: "rustc",
            install: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh".into(),
        })?;
        Ok(Bench { sysroot, libraries: Arc::new(libraries), sdk })
    }

    /// Compiles `src/lib.rs` in `dir`, which holds nothing else, to a component.
    ///
    /// # Errors
    /// As for `build`, and [`BuildError::Unconfined`] where there can be no walls and there have to be.
    pub(crate) fn compile(
        &self,
        name: &str,
        dir: &Path,
        limit: Duration,
        confinement: Confinement,
    ) -> Result<Compiled, BuildError> {
        let dir = dir.canonicalize().map_err(|source| BuildError::io("open", dir, source))?;
        let out = dir.join("out");
        files::create_folder(&out)?;
        let core = out.join(format!("{name}.wasm"));
        let mut arguments: Vec<OsString> =
            ["--crate-type=cdylib", "--error-format=json", "--target", TARGET, "--crate-name"]
                .into_iter()
                .chain([name])
                .chain(PROFILE)
                .map(OsString::from)
                .collect();
        arguments.extend(flag_list(&dir).into_iter().map(OsString::from));
        arguments.extend(["-L".into(), joined("dependency=", self.libraries.path())]);
        arguments.extend(["--extern".into(), joined("meed_guest=", &self.sdk), "-o".into(), core.clone().into()]);
        arguments.push("src/lib.rs".into());
        let confined = Confined {
            program: self.sysroot.join("bin").join("rustc"),
            arguments,
            variables: vec![("TMPDIR", out.clone().into())],
            readable: vec![self.sysroot.clone(), dir.join("src"), self.libraries.path().to_owned()],
            writable: out,
            folder: dir,
            bounds: BOUNDS,
        };
        let finished = process::run_as(confinement, &confined, limit)?
            .ok_or_else(|| BuildError::io("start", &confined.program, std::io::ErrorKind::NotFound.into()))?;
        let (messages, rest) = read(&finished.stderr);
        if finished.status.success() {
            let component = componentize(&files::read(&core)?)?;
            return Ok(Compiled { name: name.into(), component, warnings: messages.diagnostics });
        }
        Err(BuildError::Compile {
            diagnostics: match messages.failed {
                true => messages.diagnostics,
                // It was ended, or gave up, where one of its bounds was.
                false => format!("{}\n{rest}", BOUNDS.gave_up(finished.status)),
            },
        })
    }
}

/// Tells rustc's messages from what else is said by it and its linker.
fn read(stderr: &str) -> (Messages, String) {
    let (mut messages, mut rest) = (Messages::default(), String::new());
    for line in stderr.lines() {
        match serde_json::from_str::<Diagnostic>(line) {
            Ok(message) => messages.add(message),
            Err(_) => rest = rest + line + "\n",
        }
    }
    (messages, rest)
}

fn joined(before: &str, path: &Path) -> OsString {
    let mut text = OsString::from(before);
    text.push(path);
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_flags_are_what_the_templates_manifest_says() {
        let (_, text) = crate::embedded::TEMPLATES.iter().find(|(name, _)| *name == "rust/common/Cargo.toml").unwrap();
        let manifest: toml::Table = text.replace("{{name}}", "n").parse().unwrap();
        let release = &manifest["profile"]["release"];
        let says = |key: &str| release[key].as_str().unwrap().to_owned();
        assert_eq!(release["lto"].as_bool(), Some(true));
        let flags = [
            format!("--edition={}", manifest["package"]["edition"].as_str().unwrap()),
            // Cargo's own, which the template leaves as it is.
            "-Copt-level=3".into(),
            "-Clto".into(),
            format!("-Ccodegen-units={}", release["codegen-units"].as_integer().unwrap()),
            format!("-Cpanic={}", says("panic")),
            format!("-Cstrip={}", says("strip")),
        ];
        assert_eq!(PROFILE.map(String::from), flags);
        assert_eq!(release.as_table().unwrap().len(), 4);
    }
}
