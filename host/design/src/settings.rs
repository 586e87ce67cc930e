//! `meed.toml`: what a plugin without `Cargo.toml` says to its build. The file and each line in it may be left out.
//!
//! ```toml
//! name = "pendulum"       # of the component's file; the folder's name if left out
//! kind = "transition"     # or episode, stateful, text; transition if left out
//! ```

use std::path::Path;

use meed_core::Kind;
use serde::Deserialize;

use crate::{BuildError, files};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Option<String>,
    #[serde(default = "transition")]
    kind: Kind,
}

fn transition() -> Kind {
    Kind::Transition
}

/// What `meed.toml` says, with the defaults filled in.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Settings {
    pub(crate) fn read(dir: &Path) -> Result<Settings, BuildError> {
        let path = dir.join("meed.toml");
        let text = if path.exists() { files::read_text(&path)? } else { String::new() };
        let broken = |message: String| BuildError::Manifest { path: path.clone(), message };
        let file: File = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let folder = || {
            let dir = dir.canonicalize().ok()?;
            Some(dir.file_name()?.to_str()?.to_owned())
        };
        let name = file.name.or_else(folder).unwrap_or_else(|| "reward".into());
        // It becomes a file's name, so that nothing in it may lead out of the folder.
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
            return Err(broken(format!("the name {name:?} is not made of letters, digits, hyphens and underscores")));
        }
        Ok(Settings { name, kind: file.kind })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn read(text: Option<&str>) -> Result<Settings, BuildError> {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("my-reward");
        std::fs::create_dir(&dir).unwrap();
        if let Some(text) = text {
            std::fs::write(dir.join("meed.toml"), text).unwrap();
        }
        Settings::read(&dir)
    }

    #[test]
    fn everything_has_a_default() {
        assert_eq!(read(None).unwrap(), Settings { name: "my-reward".into(), kind: Kind::Transition });
        let named = read(Some("name = \"other\"\nkind = \"text\"")).unwrap();
        assert_eq!(named, Settings { name: "other".into(), kind: Kind::Text });
    }

    #[test]
    fn mistakes_are_named() {
        let error = read(Some("knd = \"text\"")).unwrap_err().to_string();
        assert!(error.contains("meed.toml") && error.contains("knd"), "{error}");
        let error = read(Some("name = \"../x\"")).unwrap_err().to_string();
        assert!(error.contains("../x"), "{error}");
    }
}
