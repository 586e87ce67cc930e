//! The guests that scenarios run: built from the sources in `plugins/`, once a process, by the code behind `meed build`.
//!
//! A machine that lacks a tool makes these functions panic with the command that installs it: a test must not pass for want of a
//! compiler.
#![allow(clippy::expect_used, clippy::panic, reason = "only tests call this")]

pub mod attacks;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, PoisonError};

use meed_design::{BuildOptions, build};
use meed_runtime::{Host, HostConfig, Plugin, Profile};
use wit_component::ComponentEncoder;

/// Gives the repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("MEED_ROOT"))
}

/// Builds the plugin in `plugins/NAME` and gives its component's path.
pub fn plugin(name: &str) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    built.entry(name.to_owned()).or_insert_with(|| build_folder(&root().join("plugins").join(name))).clone()
}

/// Builds the plugin in a folder and gives its component's path.
pub fn build_folder(folder: &Path) -> PathBuf {
    match build(folder, &BuildOptions::default()) {
        Ok(built) => built.component,
        Err(error) => panic!("{}: {error}\n{}", folder.display(), error.hint().unwrap_or_default()),
    }
}

/// Gives the core module of a hostile reward, `plugins/hostile/examples/NAME.rs`; the first call builds them all.
pub fn hostile_module(name: &str) -> Vec<u8> {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let manifest = root().join("plugins/Cargo.toml");
        let built = Command::new("cargo")
            .args(["build", "--quiet", "--release", "--examples", "--package", "hostile"])
            .args(["--target", "wasm32-unknown-unknown", "--manifest-path"])
            .arg(&manifest)
            .status()
            .expect("cargo is there: it runs these tests");
        assert!(
            built.success(),
            "the hostile plugins don't build; is the target there? `cargo xtask setup` fetches it"
        );
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("plugins/target"), PathBuf::from);
        target.join("wasm32-unknown-unknown/release/examples")
    });
    let path = FOLDER.join(format!("{}.wasm", name.replace('-', "_")));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Gives the component of a hostile reward, made as its author would who does not care what `meed build` refuses.
///
/// # Errors
/// Where the module imports what belongs to no interface, so that nobody can make a component of it.
pub fn hostile(name: &str) -> Result<Vec<u8>, String> {
    let module = hostile_module(name);
    let encoder = ComponentEncoder::default().module(&module).map_err(|error| format!("{error:#}"))?;
    encoder.validate(true).encode().map_err(|error| format!("{error:#}"))
}

/// Gives a host of the profile, one a process, with the user's compile cache.
pub fn host(profile: Profile) -> &'static Host {
    static VERIFY: LazyLock<Host> = LazyLock::new(|| new_host(Profile::Verify));
    static TRAIN: LazyLock<Host> = LazyLock::new(|| new_host(Profile::Train));
    match profile {
        Profile::Verify => &VERIFY,
        Profile::Train => &TRAIN,
    }
}

fn new_host(profile: Profile) -> Host {
    Host::new(HostConfig::new(profile)).expect("this machine runs WebAssembly")
}

/// Builds and loads the plugin in `plugins/NAME`.
pub fn load(name: &str, profile: Profile) -> Plugin {
    host(profile).load_file(&plugin(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Makes a command of the `meed` binary, which `cargo xtask test` builds first.
pub fn meed<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Command {
    let test = std::env::current_exe().expect("a test has a path");
    let binary = test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps").join("meed");
    assert!(binary.is_file(), "{} is missing: run `cargo build --workspace --bins`", binary.display());
    let mut command = Command::new(binary);
    command.args(arguments);
    command
}

/// Prints a line that the test harness does not hide: measured figures and tables belong in the output of a passing run.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
