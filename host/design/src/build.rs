//! Compiles a plugin's folder to a component.
//!
//! The component appears as `build/NAME.wasm` in the plugin's folder, whole or not at all. The same source gives the same bytes
//! on one machine; nothing in them says where the source lay.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use meed_core::Kind;

use crate::{BuildError, Language, componentize, files};

pub(crate) mod alone;
pub(crate) mod c;
pub(crate) mod c_alone;
pub(crate) mod python;
pub(crate) mod python_alone;
pub(crate) mod rust;

/// How a build is done.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Whether the compiler's messages carry terminal colours; false by default.
    pub color: bool,
    /// How long a compiler may run before it is stopped; 10 minutes by default, many times what the slowest first build took
    /// (Zig, 35 s, which compiles its C library first).
    pub limit: Duration,
}

impl Default for BuildOptions {
    fn default() -> Self {
        BuildOptions { color: false, limit: Duration::from_secs(600) }
    }
}

/// What a build made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The component's file, `build/NAME.wasm` in the plugin's folder.
    pub component: PathBuf,
    /// What it was compiled from.
    pub language: Language,
    /// Which of the four kinds it is.
    pub kind: Kind,
    /// Its size in bytes.
    pub bytes: usize,
    /// How long the build took, in seconds.
    pub seconds: f64,
    /// The compiler's warnings as it wrote them, with the author's files and lines; empty where there is none.
    pub warnings: String,
}

/// What a compiler made: a component that is yet to be checked and written.
pub(crate) struct Compiled {
    pub(crate) name: String,
    pub(crate) component: Vec<u8>,
    pub(crate) warnings: String,
}

/// Compiles the plugin in `dir` to a component.
///
/// # Errors
///
/// Where there is no source, the compiler is missing, refuses or hangs, or what it makes is no plugin.
pub fn build(dir: &Path, options: &BuildOptions) -> Result<Built, BuildError> {
    let start = Instant::now();
    let language = Language::detect(dir)?;
    // Compilers run inside the folder, where a relative path would mean another place.
    let dir = dir.canonicalize().map_err(|source| BuildError::io("open", dir, source))?;
    let folder = dir.join("build");
    files::create_folder(&folder)?;
    let compiled = match language {
        Language::Rust => rust::compile(&dir, options),
        Language::C => c::compile(&dir, &folder, options),
        Language::Python => python::compile(&dir, &folder, options),
    }?;
    let kind = componentize::plugin_kind(&compiled.component)?;
    let component = folder.join(format!("{}.wasm", compiled.name));
    files::write_atomically(&component, &compiled.component)?;
    Ok(Built {
        component,
        language,
        kind,
        bytes: compiled.component.len(),
        seconds: start.elapsed().as_secs_f64(),
        warnings: compiled.warnings,
    })
}
