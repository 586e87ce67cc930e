//! Rust with the SDK, by Cargo.
//!
//! What decides over the bytes is the source, `Cargo.toml`, `Cargo.lock` and the toolchain. Flags and profile settings that come
//! from the environment (`RUSTFLAGS`, `CARGO_PROFILE_*`, ...) are meant for the author's other programs and are left out; what
//! the plugin's own `.cargo/config.toml` says stays. `CARGO_TARGET_DIR`, `CARGO_HOME` and the choice of toolchain stay too.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde::Deserialize;
use toml::{Table, Value};

use super::{BuildOptions, Compiled};
use crate::{BuildError, componentize, files, process, sdk};

/// No operating system in the target, so that nothing can be imported by accident.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

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
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(dir).args(["build", "--release", "--lib", "--target", TARGET]);
    command.arg(if options.color { "--message-format=json-diagnostic-rendered-ansi" } else { "--message-format=json" });
    command.args(["--config", &format!("target.{TARGET}.rustflags={}", flags(dir))]);
    if manifest.takes_sdk_from_registry {
        let path = Value::from(sdk::unpack()?.display().to_string());
        command.args(["--config", &format!("patch.crates-io.meed-guest.path={path}")]);
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
        return Err(messages.failure(finished.stderr));
    }
    let core = messages.artifact.ok_or_else(|| BuildError::NoLibrary { package: manifest.name.clone() })?;
    let component = componentize(&files::read(&core)?)?;
    Ok(Compiled { name: manifest.name, component, warnings: messages.diagnostics })
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
        let takes_sdk_from_registry = match table.get("dependencies").and_then(|list| list.get("meed-guest")) {
            Some(Value::String(_)) => true,
            Some(Value::Table(keys)) => !["path", "git", "workspace"].iter().any(|key| keys.contains_key(*key)),
            _ => false,
        };
        Ok(Manifest { name: name.into(), takes_sdk_from_registry })
    }
}

/// Lists the compiler's flags, as a TOML array: vectors are allowed, and no path of this machine gets into the component.
///
/// Each folder above the workspace is named by its way from there, and Cargo's folder of packages has a name of its own; of
/// several that fit rustc takes the last.
fn flags(dir: &Path) -> Value {
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
    let flags = ["-Ctarget-feature=+simd128".to_owned()].into_iter().chain(remaps);
    Value::Array(flags.map(Value::from).collect())
}

fn is_workspace(dir: &Path) -> bool {
    let manifest = fs::read_to_string(dir.join("Cargo.toml")).ok().and_then(|text| text.parse::<Table>().ok());
    manifest.is_some_and(|manifest| manifest.contains_key("workspace"))
}

/// What Cargo said on stdout, a JSON object a line.
#[derive(Default)]
struct Messages {
    /// The compiler's messages as it wrote them.
    diagnostics: String,
    /// Whether one of them is an error.
    failed: bool,
    /// Whether the target has no standard library.
    target_missing: bool,
    /// The core module.
    artifact: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerMessage {
        message: Diagnostic,
    },
    CompilerArtifact {
        manifest_path: PathBuf,
        target: Target,
        filenames: Vec<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: Option<String>,
    level: String,
    code: Option<Code>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

impl Messages {
    fn read(stdout: &str, manifest: &Path) -> Messages {
        let mut messages = Messages::default();
        // A procedural macro may print to the same place; its lines are not Cargo's.
        for message in stdout.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match message {
                Message::CompilerMessage { message } => {
                    let rendered = message.rendered.unwrap_or_default();
                    messages.failed |= message.level == "error";
                    let no_crate = message.code.is_some_and(|code| code.code == "E0463");
                    messages.target_missing |= no_crate && rendered.contains("target may not be installed");
                    messages.diagnostics.push_str(&rendered);
                }
                Message::CompilerArtifact { manifest_path, target, filenames }
                    if manifest_path == manifest && target.crate_types.iter().any(|kind| kind == "cdylib") =>
                {
                    messages.artifact = filenames.into_iter().find(|file| file.extension() == Some("wasm".as_ref()));
                }
                Message::CompilerArtifact { .. } | Message::Other => {}
            }
        }
        messages
    }

    /// Says why the build failed: the compiler's messages, or, where there is none, Cargo's own.
    fn failure(self, stderr: String) -> BuildError {
        if self.target_missing {
            BuildError::MissingTarget { install: format!("rustup target add {TARGET}") }
        } else if self.failed {
            BuildError::Compile { diagnostics: self.diagnostics }
        } else {
            BuildError::Compile { diagnostics: stderr }
        }
    }
}
