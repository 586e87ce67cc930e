//! What Cargo and rustc say, in JSON.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::TARGET;
use crate::BuildError;

/// What Cargo said on stdout, a JSON object a line.
#[derive(Default)]
pub(crate) struct Messages {
    /// The compiler's messages as it wrote them.
    pub(crate) diagnostics: String,
    /// Whether one of them is an error.
    pub(crate) failed: bool,
    /// Whether the target has no standard library.
    pub(super) target_missing: bool,
    /// The core module.
    pub(super) artifact: Option<PathBuf>,
    /// The SDK's library.
    pub(super) sdk: Option<PathBuf>,
    /// All libraries.
    pub(super) libraries: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact { manifest_path: PathBuf, target: Target, filenames: Vec<PathBuf> },
    #[serde(other)]
    Other,
}

/// What rustc says, within Cargo's message or by itself.
#[derive(Deserialize)]
pub(crate) struct Diagnostic {
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
    name: String,
    crate_types: Vec<String>,
}

impl Messages {
    pub(super) fn read(stdout: &str, manifest: &Path) -> Messages {
        let mut messages = Messages::default();
        // A procedural macro may print to the same place; its lines are not Cargo's.
        for message in stdout.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            if let Message::Artifact { filenames, .. } = &message {
                messages.libraries.extend_from_slice(filenames);
            }
            match message {
                Message::Diagnostic { message } => messages.add(message),
                Message::Artifact { target, filenames, .. } if target.name == "meed_guest" => {
                    messages.sdk = filenames.into_iter().find(|file| file.extension() == Some("rlib".as_ref()));
                }
                Message::Artifact { manifest_path, target, filenames }
                    if manifest_path == manifest && target.crate_types.iter().any(|kind| kind == "cdylib") =>
                {
                    messages.artifact = filenames.into_iter().find(|file| file.extension() == Some("wasm".as_ref()));
                }
                Message::Artifact { .. } | Message::Other => {}
            }
        }
        messages
    }

    /// Takes a message of rustc's.
    pub(crate) fn add(&mut self, message: Diagnostic) {
        let rendered = message.rendered.unwrap_or_default();
        self.failed |= message.level == "error";
        let no_crate = message.code.is_some_and(|code| code.code == "E0463");
        self.target_missing |= no_crate && rendered.contains("target may not be installed");
        self.diagnostics.push_str(&rendered);
    }

    /// Says why the build failed: the compiler's messages, or, where there is none, Cargo's own.
    pub(super) fn failure(self, stderr: String) -> BuildError {
        if self.target_missing {
            BuildError::MissingTarget { install: format!("rustup target add {TARGET}") }
        } else if self.failed {
            BuildError::Compile { diagnostics: self.diagnostics }
        } else {
            BuildError::Compile { diagnostics: stderr }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_missing_target_is_told_from_a_mistake() {
        let message = r#"{"reason":"compiler-message","message":{"rendered":"error[E0463]: can't find crate for `core`\n  |\n  = note: the `wasm32-unknown-unknown` target may not be installed\n","level":"error","code":{"code":"E0463"}}}"#;
        let error = Messages::read(message, Path::new("/p/Cargo.toml")).failure(String::new());
        assert_eq!(error.hint().unwrap(), "install it with: rustup target add wasm32-unknown-unknown");
        let error = Messages::default().failure("error: no network".into());
        assert!(error.to_string().contains("no network"));
    }
}
