//! Why a plugin could not be built.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Language;

/// Why `build` made no component. The message says what happened, [`hint`](BuildError::hint) what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The folder holds no source that Meed knows.
    #[error("{} holds none of {}", dir.display(), Language::sources())]
    NoSource {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder holds sources of more than one language.
    #[error("{} holds {first} and {second}, so its language is unclear", dir.display())]
    Ambiguous {
        /// The folder.
        dir: PathBuf,
        /// One source.
        first: &'static str,
        /// Another.
        second: &'static str,
    },
    /// `Cargo.toml` or `meed.toml` cannot be read as what it should be.
    #[error("{}: {message}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        message: String,
    },
    /// A compiler is not installed.
    #[error("{tool} is not installed")]
    MissingTool {
        /// What is looked for.
        tool: &'static str,
        /// The command that installs it.
        install: String,
    },
    /// The Rust compiler has no standard library for the guest's target.
    #[error("Rust's target {} is not installed", crate::build::rust::TARGET)]
    MissingTarget {
        /// The command that installs it.
        install: String,
    },
    /// The source does not compile.
    #[error("the plugin does not compile\n{diagnostics}")]
    Compile {
        /// The compiler's own messages, with the author's files and lines.
        diagnostics: String,
    },
    /// The package has no library that can become a plugin.
    #[error("the package {package:?} has no library")]
    NoLibrary {
        /// The package.
        package: String,
    },
    /// The compiler did not end within the limit, and was killed.
    #[error("{command} did not end within {} s and was stopped", limit.as_secs())]
    TimedOut {
        /// The program.
        command: String,
        /// The limit.
        limit: Duration,
    },
    /// The operating system cannot keep a compiler from files and the network.
    #[error("this system cannot confine the compiler of generated code: {reason}")]
    Unconfined {
        /// What is missing.
        reason: String,
    },
    /// The compiled code wants something from its host that no plugin gets.
    #[error("the plugin imports {name:?} from {module:?}")]
    ForbiddenImport {
        /// The module or interface.
        module: String,
        /// What is imported from it; empty for a whole interface.
        name: String,
    },
    /// The compiled code is no plugin.
    #[error("the compiled code is no reward plugin: {reason}")]
    NotAPlugin {
        /// What is missing or too much.
        reason: String,
    },
    /// The compiled code cannot be made into a component.
    #[error("cannot make a component: {message}")]
    Componentize {
        /// The tool's message.
        message: String,
    },
    /// The embedded interface cannot be used: a defect of this program.
    #[error("the embedded interface: {message}")]
    Interface {
        /// The parser's message.
        message: String,
    },
    /// The file system refuses.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl BuildError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        BuildError::Io { action, path: path.into(), source }
    }

    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            BuildError::NoSource { .. } => "no-source",
            BuildError::Ambiguous { .. } => "ambiguous-source",
            BuildError::Manifest { .. } => "manifest",
            BuildError::MissingTool { .. } => "missing-tool",
            BuildError::MissingTarget { .. } => "missing-target",
            BuildError::Compile { .. } => "compile",
            BuildError::NoLibrary { .. } => "no-library",
            BuildError::TimedOut { .. } => "timed-out",
            BuildError::Unconfined { .. } => "unconfined",
            BuildError::ForbiddenImport { .. } => "forbidden-import",
            BuildError::NotAPlugin { .. } => "not-a-plugin",
            BuildError::Componentize { .. } => "componentize",
            BuildError::Interface { .. } => "interface",
            BuildError::Io { .. } => "io",
        }
    }

    /// Says what to do about it, in one line; nothing where the message says it all.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            BuildError::NoSource { .. } => "begin a plugin with: meed new NAME --lang rust".into(),
            BuildError::Ambiguous { .. } => "keep one language to a folder".into(),
            BuildError::MissingTool { install, .. } | BuildError::MissingTarget { install } => {
                format!("install it with: {install}")
            }
            BuildError::NoLibrary { .. } => "a plugin's source is src/lib.rs".into(),
            BuildError::TimedOut { .. } => "look for a build script or a macro that never ends".into(),
            BuildError::Unconfined { .. } => {
                "use Linux 6.2 or newer with Landlock, or say --unconfined to trust the check of the source alone"
                    .into()
            }
            BuildError::ForbiddenImport { module, .. } => forbidden_import_hint(module),
            BuildError::NotAPlugin { .. } => "a plugin exports `plugin` and exactly one of the four kinds of reward; \
                in Rust, one of the macros transition!, episode!, stateful!, text! does that"
                .into(),
            BuildError::Manifest { .. }
            | BuildError::Compile { .. }
            | BuildError::Componentize { .. }
            | BuildError::Interface { .. }
            | BuildError::Io { .. } => return None,
        };
        Some(hint)
    }
}

fn forbidden_import_hint(module: &str) -> String {
    if module.starts_with("wasi") {
        "a plugin has no files, clock, network, randomness or console: remove what uses them, such as printf or \
         std::time"
            .into()
    } else if module.contains("wbindgen") {
        "a dependency expects JavaScript around it (wasm-bindgen): turn that feature off, or drop the dependency".into()
    } else {
        "a plugin gets data in and gives numbers out: remove the extern function, or the dependency that has it".into()
    }
}
