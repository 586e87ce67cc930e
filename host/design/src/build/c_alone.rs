//! One file of generated C, by `zig cc` alone, against bindings and a C library that were compiled before.
//!
//! Zig compiles its C library when it first links against it, which takes half a minute and a cache that it writes to. So a plugin of
//! ours is linked first; its libraries are copied, and a candidate is compiled and linked in two runs that write to a folder of the
//! candidate's alone, both within walls ([`Confined`]).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use meed_core::Kind;
use tempfile::TempDir;

use super::alone::BOUNDS;
use super::c::{FLAGS, LINK, bindings};
use super::{BuildOptions, Compiled};
use crate::confine::Confined;
use crate::settings::Settings;
use crate::{BuildError, Confinement, cache_dir, componentize, files, process, tools};

/// A plugin that is linked against what plugins need: the interface's functions, memory, mathematics.
pub(crate) const PLUGIN: &str = include_str!("c_alone.c");
/// What Zig makes for the linker.
const LIBRARIES: [&str; 4] = ["crt1-reactor.o", "libc.a", "libzigc.a", "libcompiler_rt.a"];

/// A compiler with all that it needs for one file after another.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    zig: PathBuf,
    /// The bindings' header and objects, and the libraries.
    folder: Arc<TempDir>,
}

impl Bench {
    /// Compiles the bindings, and has Zig compile its C library, or takes it from the cache.
    ///
    /// # Errors
    /// Where there is no Zig, or it fails.
    pub(crate) fn prepare(options: &BuildOptions) -> Result<Bench, BuildError> {
        let zig = tools::zig_program()?;
        let made = tempfile::tempdir()
            .map_err(|source| BuildError::io("create a folder in", &std::env::temp_dir(), source))?;
        let folder = made.path();
        for (name, bytes) in bindings(&Settings { name: "candidate".into(), kind: Kind::Transition })?.iter() {
            files::write_atomically(&folder.join(name), bytes)?;
        }
        files::write_atomically(&folder.join("reward.c"), PLUGIN.as_bytes())?;
        let cache = cache_dir().join("candidates").join(format!("zig-{}", version(&zig, options)?));
        let run = |arguments: &[&str]| {
            let mut command = Command::new(&zig);
            command.arg("cc").args(FLAGS).args(arguments).current_dir(folder);
            for variable in ["CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH"] {
                command.env_remove(variable);
            }
            command.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
            said(&mut command, options)
        };
        run(&["-c", "meed_reward.c", "-o", "meed_reward.o"])?;
        run(&[
            "-I",
            ".",
            LINK[0],
            LINK[1],
            "reward.c",
            "meed_reward.o",
            "meed_reward_component_type.o",
            "-o",
            "core.wasm",
        ])?;
        for name in LIBRARIES {
            let from = library(&cache, name)?;
            std::fs::copy(&from, folder.join(name)).map_err(|source| BuildError::io("copy", &from, source))?;
        }
        Ok(Bench { zig, folder: Arc::new(made) })
    }

    /// Compiles `src/lib.c` in `dir`, which holds nothing else, to a component.
    ///
    /// # Errors
    /// As for `build`, and [`BuildError::Unconfined`] where there can be no walls and there have to be.
    pub(crate) fn compile(
        &self,
        dir: &Path,
        limit: Duration,
        confinement: Confinement,
    ) -> Result<Compiled, BuildError> {
        let dir = dir.canonicalize().map_err(|source| BuildError::io("open", dir, source))?;
        let out = dir.join("out");
        files::create_folder(&out)?;
        let (object, core) = (out.join("reward.o"), out.join("core.wasm"));
        let own = |name: &str| self.folder.path().join(name).into_os_string();
        let flags = FLAGS.map(OsString::from).into_iter();
        let color = ["-fno-color-diagnostics".into(), "-I".into(), self.folder.path().into()];
        let compile = flags
            .clone()
            .chain(color)
            .chain(["-c", "src/lib.c", "-o"].map(OsString::from))
            .chain([object.clone().into()]);
        let warnings = self.zig(&dir, &out, compile, limit, confinement)?;
        // Without `-nostdlib` Zig would make the libraries anew, in a cache that is empty.
        let objects = ["meed_reward.o", "meed_reward_component_type.o"].into_iter().chain(LIBRARIES).map(own);
        let link = flags.chain(LINK.map(OsString::from)).chain(["-nostdlib".into(), object.into()]).chain(objects);
        self.zig(&dir, &out, link.chain(["-o".into(), core.clone().into()]), limit, confinement)?;
        let component = componentize(&files::read(&core)?)?;
        Ok(Compiled { name: "candidate".into(), component, warnings })
    }

    /// Runs `zig cc` within walls; gives what it says.
    fn zig(
        &self,
        dir: &Path,
        out: &Path,
        arguments: impl Iterator<Item = OsString>,
        limit: Duration,
        confinement: Confinement,
    ) -> Result<String, BuildError> {
        let home = self.zig.parent().unwrap_or(&self.zig).to_owned();
        let confined = Confined {
            program: self.zig.clone(),
            arguments: std::iter::once("cc".into()).chain(arguments).collect(),
            variables: ["TMPDIR", "ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"]
                .map(|name| (name, out.into()))
                .to_vec(),
            readable: vec![home, dir.join("src"), self.folder.path().to_owned()],
            writable: out.to_owned(),
            folder: dir.to_owned(),
            bounds: BOUNDS,
        };
        let finished = process::run_as(confinement, &confined, limit)?.ok_or_else(|| tools::missing("zig"))?;
        if finished.status.success() {
            return Ok(finished.stderr);
        }
        // What it calls an error is the author's; anything else is a bound that it met.
        let diagnostics = match finished.stderr.contains("error:") {
            true => finished.stderr,
            false => format!("{}\n{}", BOUNDS.gave_up(finished.status), finished.stderr),
        };
        Err(BuildError::Compile { diagnostics })
    }
}

fn version(zig: &Path, options: &BuildOptions) -> Result<String, BuildError> {
    let text = said(Command::new(zig).arg("version"), options)?;
    Ok(text.trim().chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect())
}

/// Runs a command of ours, and gives what it prints.
fn said(command: &mut Command, options: &BuildOptions) -> Result<String, BuildError> {
    let finished = process::run(command, options.limit)?.ok_or_else(|| tools::missing("zig"))?;
    match finished.status.success() {
        true => Ok(finished.stdout),
        false => Err(BuildError::Interface { message: format!("preparing to compile C: {}", finished.stderr) }),
    }
}

/// Finds a library in Zig's cache, where each has a folder of its own; of several, any does.
fn library(cache: &Path, name: &str) -> Result<PathBuf, BuildError> {
    let folders = std::fs::read_dir(cache.join("o")).map_err(|source| BuildError::io("read", cache, source))?;
    let mut found: Vec<PathBuf> =
        folders.flatten().map(|folder| folder.path().join(name)).filter(|file| file.is_file()).collect();
    found.sort();
    found.into_iter().next().ok_or_else(|| BuildError::io("find", name.as_ref(), std::io::ErrorKind::NotFound.into()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use std::fs;
    use std::sync::LazyLock;

    use super::*;
    use crate::workshop::LIMIT;

    static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench::prepare(&BuildOptions::default()).unwrap());

    /// Compiles a source within walls, unchecked.
    fn compiled(source: &str) -> Result<Compiled, BuildError> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.c"), source).unwrap();
        BENCH.compile(folder.path(), LIMIT, Confinement::Required)
    }

    #[test]
    fn the_same_source_gives_the_same_bytes_and_a_mistake_its_line() {
        let first = compiled(PLUGIN).unwrap();
        assert!(first.component == compiled(PLUGIN).unwrap().component && first.warnings.is_empty());
        let error = compiled(&PLUGIN.replace("sinf(", "sinus(")).err().unwrap();
        let line = PLUGIN.lines().position(|line| line.contains("sinf(")).unwrap() + 1;
        assert!(error.code() == "compile" && error.to_string().contains(&format!("lib.c:{line}:")), "{error}");
        let error = compiled(&format!("#include <stdio.h>\n{}", PLUGIN.replace("(void)fault;", "puts(\"x\");"))).err();
        assert_eq!(error.unwrap().code(), "forbidden-import");
    }

    #[test]
    fn the_compiler_itself_is_kept_from_files() {
        let secret = tempfile::NamedTempFile::new().unwrap();
        fs::write(secret.path(), "int secret;").unwrap();
        let secret = secret.path().display().to_string();
        for place in [secret.as_str(), "/etc/passwd", "/proc/self/environ"] {
            for code in [
                format!("#include \"{place}\""),
                format!("static const char P[] = {{\n#embed \"{place}\"\n}};\nconst char *p(void) {{ return P; }}"),
                format!("__asm__(\".incbin \\\"{place}\\\"\");"),
            ] {
                let error =
                    compiled(&format!("{PLUGIN}\n{code}\n")).err().unwrap_or_else(|| panic!("{code} is compiled"));
                assert!(error.code() == "compile" && !error.to_string().contains("root:"), "{code}: {error}");
            }
        }
    }
}
