//! Rust with the SDK, by Cargo.
//!
//! What decides over the bytes is the source, `Cargo.toml`, `Cargo.lock` and the toolchain. Flags and profile settings that come
//! from the environment (`RUSTFLAGS`, `CARGO_PROFILE_*`, ...) are meant for the author's other programs and are left out; what
//! the plugin's own `.cargo/config.toml` says stays (but for `build.rustflags`, which Cargo leaves out where a target has flags of
//! its own). `CARGO_TARGET_DIR`, `CARGO_HOME` and the choice of toolchain stay too.

mod messages;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use toml::{Table, Value};

pub(super) use messages::{Diagnostic, Messages};

use super::{BuildOptions, Compiled};
use crate::{BuildError, componentize, files, process, sdk};

/// No operating system in the target, so that nothing can be imported by accident.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What LLVM may do beyond its own measure, by its options.
///
/// `-inline-threshold`: what it may spend on inlining one call, where a plain instruction costs 5; its own default is 225 to 275. A
/// reward of a hundred lines costs about this much. More makes no measured reward faster, and only the allocator larger.
///
/// `-unroll-threshold`: what it may spend on writing a loop of a known number of turns out in full; its own default is 150 to 300.
/// Only what has no loop within becomes vector instructions across rows: this is enough for thirty neighbours.
const LLVM_ARGS: &str = include_str!("llvm-args.txt");

/// Variables by which the environment would change the code. Those that begin so go; `CARGO_TARGET_DIR` stays.
const IGNORED: [&str; 6] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_WASM32_",
    "CARGO_INCREMENTAL",
];

pub(crate) fn compile(dir: &Path, options: &BuildOptions) -> Result<Compiled, BuildError> {
    let manifest = Manifest::read(dir)?;
    let _alone = lock(&manifest.name)?;
    let messages = cargo(dir, &manifest, None, options)?;
    let core = messages.artifact.ok_or_else(|| manifest.no_library())?;
    let component = componentize(&files::read(&core)?)?;
    Ok(Compiled { name: manifest.name, component, warnings: messages.diagnostics })
}

/// Compiles a plugin in a target folder of our own, and copies the SDK that it was compiled against, with all that this was made
/// from, to `to`; gives the SDK's library there.
///
/// Cargo names what it compiles without regard to the compiler's flags, which name the plugin's folder: a build of another one
/// puts its own in the same places. So no other build has this target folder, and ours wait for each other until all is copied.
pub(super) fn copy_compiled_sdk(
    dir: &Path,
    target: &Path,
    to: &Path,
    options: &BuildOptions,
) -> Result<PathBuf, BuildError> {
    let manifest = Manifest::read(dir)?;
    let _alone = lock("the-sdk-of-workshops")?;
    let messages = cargo(dir, &manifest, Some(target), options)?;
    let library = messages.sdk.ok_or_else(|| manifest.no_library())?;
    let is_library = |file: &&PathBuf| {
        file.extension().is_some_and(|kind| ["rlib", "rmeta", "so", "dylib", "dll"].iter().any(|one| kind == *one))
    };
    for file in messages.libraries.iter().filter(is_library) {
        let name = file.file_name().unwrap_or_default();
        fs::copy(file, to.join(name)).map_err(|source| BuildError::io("copy", file, source))?;
    }
    Ok(to.join(library.file_name().unwrap_or_default()))
}

fn cargo(
    dir: &Path,
    manifest: &Manifest,
    target: Option<&Path>,
    options: &BuildOptions,
) -> Result<Messages, BuildError> {
    let mut command = Command::new("cargo");
    // As a cdylib alone: a library that is an rlib, too, is not optimised at link time.
    command.current_dir(dir).args(["rustc", "--release", "--lib", "--crate-type", "cdylib", "--target", TARGET]);
    if let Some(target) = target {
        command.arg("--target-dir").arg(target);
    }
    command.arg(if options.color { "--message-format=json-diagnostic-rendered-ansi" } else { "--message-format=json" });
    command.args(["--config", &format!("target.{TARGET}.rustflags={}", flags(dir))]);
    if manifest.takes_sdk_from_registry {
        let package = sdk::unpack()?;
        sdk::point_cargo_to(dir, &package)?;
        command.args(["--config", &format!("patch.crates-io.meed-guest.path={}", sdk::toml_path(&package))]);
    }
    for (name, _) in env::vars_os() {
        if IGNORED.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    let Some(finished) = process::run(&mut command, options.limit)? else {
        return Err(BuildError::MissingTool {
            tool: "cargo",
            install: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh".into(),
        });
    };
    let messages = Messages::read(&finished.stdout, &dir.join("Cargo.toml"));
    if !finished.status.success() {
        let missing = finished.stderr.contains("no library targets found");
        return Err(if missing { manifest.no_library() } else { messages.failure(finished.stderr) });
    }
    Ok(messages)
}

/// Waits until no other build of a package of this name runs, and keeps others waiting while the value lives.
///
/// Where packages share a target folder, two of one name share the artifact's path: between Cargo's end and our reading, another
/// build could put its own there.
pub(crate) fn lock(package: &str) -> Result<fs::File, BuildError> {
    let folder = crate::cache_dir().join("locks");
    files::create_folder(&folder)?;
    let path = folder.join(format!("{package}.lock"));
    let lock = || -> std::io::Result<fs::File> {
        let file = fs::File::create(&path)?;
        file.lock()?;
        Ok(file)
    };
    lock().map_err(|source| BuildError::io("lock", &path, source))
}

/// What Meed reads of a plugin's `Cargo.toml`.
struct Manifest {
    name: String,
    /// Whether the SDK is asked for by its version, not by a path, so that it has to be provided.
    takes_sdk_from_registry: bool,
}

impl Manifest {
    fn read(dir: &Path) -> Result<Manifest, BuildError> {
        let path = dir.join("Cargo.toml");
        let broken = |message: String| BuildError::Manifest { path: path.clone(), message };
        let table: Table =
            files::read_text(&path)?.parse().map_err(|error: toml::de::Error| broken(error.to_string()))?;
        let package = table.get("package").ok_or_else(|| broken("it has no [package]".into()))?;
        let name =
            package.get("name").and_then(Value::as_str).ok_or_else(|| broken("its package has no name".into()))?;
        // It becomes a file's name here; what else Cargo asks of it, Cargo says.
        if name.is_empty() || name.contains(['/', '\\', '.']) {
            return Err(broken(format!("{name:?} cannot be a package's name")));
        }
        let takes_sdk_from_registry = match table.get("dependencies").and_then(|list| list.get("meed-guest")) {
            Some(Value::String(_)) => true,
            Some(Value::Table(keys)) => !["path", "git", "workspace"].iter().any(|key| keys.contains_key(*key)),
            _ => false,
        };
        Ok(Manifest { name: name.into(), takes_sdk_from_registry })
    }

    fn no_library(&self) -> BuildError {
        BuildError::NoLibrary { package: self.name.clone() }
    }
}

/// Lists the compiler's flags, as a TOML array: vectors are allowed, no path of this machine gets into the component, and the
/// author's function goes into the SDK's loop over rows even where it is long, for only there it becomes vector instructions.
///
/// Each folder above the workspace is named by its way from there, and Cargo's folder of packages has a name of its own; of
/// several that fit rustc takes the last.
fn flags(dir: &Path) -> Value {
    Value::Array(flag_list(dir).into_iter().map(Value::from).collect())
}

pub(super) fn flag_list(dir: &Path) -> Vec<String> {
    let root = dir.ancestors().find(|dir| is_workspace(dir)).unwrap_or(dir);
    let mut remaps: Vec<(PathBuf, String)> = Vec::new();
    let mut way = String::from(".");
    for folder in root.ancestors().filter(|folder| folder.parent().is_some()) {
        remaps.push((folder.into(), way.clone()));
        way = if way == "." { "..".into() } else { format!("../{way}") };
    }
    remaps.reverse();
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    remaps.extend(cargo_home.map(|home| (home, "/cargo".into())));
    remaps.push((crate::cache_dir().join("sdk"), "/meed".into()));
    let remaps = remaps.into_iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let flags = ["-Ctarget-feature=+simd128".to_owned(), format!("-Cllvm-args={}", LLVM_ARGS.trim())];
    flags.into_iter().chain(remaps).collect()
}

fn is_workspace(dir: &Path) -> bool {
    let manifest = fs::read_to_string(dir.join("Cargo.toml")).ok().and_then(|text| text.parse::<Table>().ok());
    manifest.is_some_and(|manifest| manifest.contains_key("workspace"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use meed_core::Kind;

    use super::*;
    use crate::{Built, Language, ScaffoldOptions, build, scaffold};

    /// Begins a plugin below a folder whose Cargo settings let all tests share what they compile.
    fn begin(parent: &Path, kind: Kind) -> PathBuf {
        fs::create_dir_all(parent.join(".cargo")).unwrap();
        let target = Value::from(concat!(env!("OUT_DIR"), "/guests"));
        fs::write(parent.join(".cargo/config.toml"), format!("[build]\ntarget-dir = {target}\n")).unwrap();
        let options =
            ScaffoldOptions { name: format!("my-{kind}"), language: Language::Rust, kind, parent: parent.into() };
        scaffold(&options).unwrap().dir
    }

    fn build_it(dir: &Path) -> Result<Built, BuildError> {
        build(dir, &BuildOptions::default())
    }

    fn replace(file: &Path, from: &str, to: &str) {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(from), "{from} is not in {}", file.display());
        fs::write(file, text.replacen(from, to, 1)).unwrap();
    }

    #[test]
    fn a_scaffold_of_every_kind_builds_without_warnings() {
        let parent = tempfile::tempdir().unwrap();
        for kind in Kind::ALL {
            let dir = begin(parent.path(), kind);
            let built = build_it(&dir).unwrap();
            assert_eq!((built.language, built.kind, built.warnings.as_str()), (Language::Rust, kind, ""));
            assert_eq!(built.component, dir.canonicalize().unwrap().join(format!("build/my-{kind}.wasm")));
            let bytes = fs::read(&built.component).unwrap();
            assert_eq!(bytes.len(), built.bytes);
            assert!(built.bytes < 100_000, "{kind} has {} bytes", built.bytes);
        }
    }

    #[test]
    fn a_scaffolds_own_test_passes_natively() {
        let parent = tempfile::tempdir().unwrap();
        for kind in Kind::ALL {
            let dir = begin(parent.path(), kind);
            let output = Command::new("cargo").arg("test").current_dir(&dir).output().unwrap();
            let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{kind}:\n{stdout}\n{stderr}");
            assert!(stdout.contains("tests::"), "{kind} has no test:\n{stdout}");
            assert!(!stderr.contains("warning:"), "{kind}:\n{stderr}");
        }
    }

    #[test]
    fn the_bytes_tell_neither_place_nor_time() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = fs::read(build_it(&begin(here.path(), Kind::Transition)).unwrap().component).unwrap();
        let second = fs::read(build_it(&begin(there.path(), Kind::Transition)).unwrap().component).unwrap();
        assert!(first == second, "the same source gave other bytes in another folder");
        let home = env::home_dir().unwrap();
        for place in [here.path(), home.as_path()] {
            let place = place.to_str().unwrap().as_bytes();
            assert!(!first.windows(place.len()).any(|part| part == place), "a path of this machine is in the bytes");
        }
    }

    #[test]
    fn a_mistake_is_shown_at_the_authors_line() {
        let parent = tempfile::tempdir().unwrap();
        let dir = begin(parent.path(), Kind::Transition);
        let lib = dir.join("src/lib.rs");
        replace(&lib, "upright: observation.cos,", "upright: observation.cosine,");
        let text = fs::read_to_string(&lib).unwrap();
        let line = text.lines().position(|line| line.contains("observation.cosine")).unwrap() + 1;
        let error = build_it(&dir).unwrap_err();
        assert_eq!(error.code(), "compile");
        assert!(error.to_string().contains(&format!("src/lib.rs:{line}:")), "{error}");
        assert!(error.to_string().contains("no field `cosine`"), "{error}");
        assert!(!dir.join("build/my-transition.wasm").exists());
    }

    #[test]
    fn a_foreign_function_is_refused_by_name() {
        let parent = tempfile::tempdir().unwrap();
        let dir = begin(parent.path(), Kind::Transition);
        let lib = dir.join("src/lib.rs");
        replace(&lib, "upright: observation.cos,", "upright: unsafe { lookup(observation.cos) },");
        let text = fs::read_to_string(&lib).unwrap();
        let foreign =
            "\n#[link(wasm_import_module = \"elsewhere\")]\nunsafe extern \"C\" {\n    fn lookup(x: f32) -> f32;\n}\n";
        fs::write(&lib, text + foreign).unwrap();
        let error = build_it(&dir).unwrap_err();
        assert_eq!(error.to_string(), "the plugin imports \"lookup\" from \"elsewhere\"");
        assert!(error.hint().unwrap().contains("extern"));
    }

    #[test]
    fn a_package_that_is_no_plugin_says_what_it_lacks() {
        let parent = tempfile::tempdir().unwrap();
        let dir = begin(parent.path(), Kind::Transition);
        fs::write(dir.join("src/lib.rs"), "").unwrap();
        assert_eq!(build_it(&dir).unwrap_err().code(), "not-a-plugin");
        fs::rename(dir.join("src/lib.rs"), dir.join("src/main.rs")).unwrap();
        let manifest = fs::read_to_string(dir.join("Cargo.toml")).unwrap();
        let without: Vec<&str> = manifest.lines().filter(|l| *l != "[lib]" && !l.starts_with("crate-type")).collect();
        fs::write(dir.join("Cargo.toml"), without.join("\n")).unwrap();
        let error = build_it(&dir).unwrap_err();
        assert_eq!(error.code(), "no-library", "{error}");
        assert!(error.hint().unwrap().contains("src/lib.rs"));
    }

    #[test]
    fn a_broken_manifest_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for (text, problem) in [
            ("[package", "Cargo.toml: "),
            ("[workspace]", "it has no [package]"),
            ("[package]\nname = \"../x\"", "../x"),
        ] {
            fs::write(dir.path().join("Cargo.toml"), text).unwrap();
            let error = build_it(dir.path()).unwrap_err();
            assert_eq!(error.code(), "manifest");
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}
