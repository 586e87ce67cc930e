//! Why a host could not be made or a plugin not loaded. Failed calls are `meed_core::RewardError`.

use std::path::PathBuf;

use meed_core::{Failure, Kind};

/// Why no host could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum HostError {
    /// wasmtime refused its settings or its address space.
    #[error("WebAssembly can't be run here: {reason}")]
    Engine { reason: String },
    /// No thread for the clock.
    #[error("no thread for the clock that ends calls")]
    Ticker(#[source] std::io::Error),
    /// Somebody else could put machine code into the compile cache.
    #[error("the compile cache {} {problem}", path.display())]
    CacheNotPrivate { path: PathBuf, problem: &'static str },
}

impl HostError {
    /// Names the error for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            HostError::Engine { .. } => "engine",
            HostError::Ticker(_) => "ticker",
            HostError::CacheNotPrivate { .. } => "cache-not-private",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            HostError::Engine { .. } => {
                "look for a limit on address space (`ulimit -v`): each instance reserves gigabytes that it does not use"
            }
            HostError::Ticker(_) => "look for a limit on threads or processes (`ulimit -u`)",
            HostError::CacheNotPrivate { .. } => {
                "remove it or make it yours alone (`chmod 700`), or name another folder in MEED_CACHE"
            }
        }
    }
}

/// Why a plugin could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum LoadError {
    /// The file can't be read.
    #[error("{} can't be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// The component is larger than is allowed.
    #[error("the component has {size} bytes, allowed are {limit}")]
    TooLarge { size: u64, limit: usize },
    /// The bytes are no WebAssembly component.
    #[error("not a WebAssembly component: {reason}")]
    NotAComponent { reason: String },
    /// The bytes are a core module.
    #[error("a core WebAssembly module, not a component")]
    CoreModule,
    /// It imports what no plugin may.
    #[error("imports what no plugin may: {}", names.join(", "))]
    Imports { names: Vec<String> },
    /// It does not describe itself.
    #[error("does not export meed:reward/plugin; exports: {}", listed(exports))]
    NoPlugin { exports: Vec<String> },
    /// It exports no kind of reward.
    #[error("exports none of the four kinds of reward; exports: {}", listed(exports))]
    NoKind { exports: Vec<String> },
    /// It exports more than one kind of reward.
    #[error("exports more than one kind of reward: {}", names(kinds))]
    SeveralKinds { kinds: Vec<Kind> },
    /// It speaks another version of the interface.
    #[error("{interface} speaks version {found} of the interface, this host speaks 0.1")]
    Version { interface: String, found: String },
    /// It is invalid, or uses what this host's WebAssembly lacks.
    #[error("does not compile: {reason}")]
    Compile { reason: String },
    /// Compiling it would take too long, or too much memory.
    #[error("compiling {what} takes about {steps} steps, allowed are {limit}")]
    Effort { what: &'static str, steps: u64, limit: u64 },
    /// An import or export has the right name and the wrong type.
    #[error("does not fit the interface: {reason}")]
    Interface { reason: String },
    /// It failed while it was made or while it described itself.
    #[error("does not describe itself: {failure}")]
    Describe { failure: Failure },
    /// A description that no reward needs.
    #[error("its description has {what} of {size}, allowed are {limit}")]
    Description { what: &'static str, size: usize, limit: usize },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

impl LoadError {
    /// Names the error for programs; the names never change.
    pub fn code(&self) -> &'static str {
        match self {
            LoadError::Read { .. } => "read",
            LoadError::TooLarge { .. } => "component-size",
            LoadError::NotAComponent { .. } => "not-a-component",
            LoadError::CoreModule => "core-module",
            LoadError::Imports { .. } => "forbidden-import",
            LoadError::NoPlugin { .. } => "no-plugin",
            LoadError::NoKind { .. } => "no-kind",
            LoadError::SeveralKinds { .. } => "several-kinds",
            LoadError::Version { .. } => "interface-version",
            LoadError::Compile { .. } => "compile",
            LoadError::Effort { .. } => "compile-effort",
            LoadError::Interface { .. } => "interface",
            LoadError::Describe { failure } => failure.code(),
            LoadError::Description { .. } => "description",
        }
    }

    /// Says what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            LoadError::Read { .. } => "give the path of a component; `meed build` prints it",
            LoadError::TooLarge { .. } => "build with optimisation and without debug information",
            LoadError::NotAComponent { .. } => {
                "build the plugin with `meed build`; compiled (.cwasm) files are never loaded"
            }
            LoadError::CoreModule => "make it a component: `meed build`, or `wasm-tools component new`",
            LoadError::Imports { names } => import_hint(names),
            LoadError::NoPlugin { .. } => "export meed:reward/plugin@0.1.0; the SDK does so for you",
            LoadError::NoKind { .. } => {
                "export one of meed:reward/transition, episode, stateful or text, version 0.1.0"
            }
            LoadError::SeveralKinds { .. } => "make a plugin of each: one plugin is one reward",
            LoadError::Version { .. } => "build the plugin against the wit/ folder of this host",
            LoadError::Compile { .. } => {
                "read the reason; WebAssembly 2.0 with SIMD is understood, garbage collection, threads and tables of over a hundred \
                 thousand entries are not"
            }
            LoadError::Effort { .. } => {
                "split up its largest functions: loops within many loops, thousands of variables or of arguments, and tens of thousands of \
                 calls by a table in one function are what takes long"
            }
            LoadError::Interface { .. } => "build the plugin against the wit/ folder of this host, unchanged",
            LoadError::Describe { failure } => failure.hint(),
            LoadError::Description { .. } => "describe what the reward reads and gives, in a line each",
        }
    }
}

fn import_hint(names: &[String]) -> &'static str {
    let all = |prefix: &str| names.iter().all(|name| name.starts_with(prefix));
    if all("wasi:") {
        "build without WASI. Rust: --target wasm32-unknown-unknown; C, Zig: a freestanding target or -nostdlib; Python: \
         componentize-py --stub-wasi; JavaScript: componentize-qjs --stub-wasi --sync, or componentize-js -d stdio random \
         clocks http fetch-event; Go: an adapter that refuses every WASI call, as `meed build` uses"
    } else if all("meed:reward/") {
        "build the plugin against the wit/ folder of this host: a plugin imports `types` and `log` of version 0.1 only"
    } else {
        "a plugin imports meed:reward/types and meed:reward/log, nothing else: data comes in by its arguments"
    }
}
