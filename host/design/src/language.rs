//! Which language a plugin is written in, told by the one file that every plugin of it has.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::BuildError;

/// A language that `build` compiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Rust with the SDK, by Cargo.
    #[default]
    Rust,
    /// C, by `zig cc`.
    C,
    /// Python, by `componentize-py`.
    Python,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 3] = [Language::Rust, Language::C, Language::Python];

    /// Names the language as the command line does.
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::C => "c",
            Language::Python => "python",
        }
    }

    /// Names the file that tells the language.
    pub fn source(self) -> &'static str {
        match self {
            Language::Rust => "Cargo.toml",
            Language::C => "reward.c",
            Language::Python => "reward.py",
        }
    }

    /// Tells the language of the plugin in a folder.
    ///
    /// # Errors
    ///
    /// Where none or more than one of the telling files is there.
    pub fn detect(dir: &Path) -> Result<Language, BuildError> {
        let mut found = Language::ALL.into_iter().filter(|language| dir.join(language.source()).is_file());
        match (found.next(), found.next()) {
            (Some(language), None) => Ok(language),
            (Some(first), Some(second)) => {
                Err(BuildError::Ambiguous { dir: dir.into(), first: first.source(), second: second.source() })
            }
            (None, _) => Err(BuildError::NoSource { dir: dir.into() }),
        }
    }

    pub(crate) fn sources() -> String {
        Language::ALL.map(|language| format!("{} ({language})", language.source())).join(", ")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Rust => "Rust",
            Language::C => "C",
            Language::Python => "Python",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn each_language_is_told_by_its_file() {
        for language in Language::ALL {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join(language.source()), "").unwrap();
            assert_eq!(Language::detect(dir.path()).unwrap(), language);
        }
    }

    #[test]
    fn an_empty_folder_is_told_what_is_looked_for() {
        let dir = tempfile::tempdir().unwrap();
        let error = Language::detect(dir.path()).unwrap_err();
        assert!(error.to_string().ends_with("holds none of Cargo.toml (Rust), reward.c (C), reward.py (Python)"));
    }

    #[test]
    fn two_languages_are_one_too_many() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("reward.c"), "").unwrap();
        std::fs::write(dir.path().join("reward.py"), "").unwrap();
        let error = Language::detect(dir.path()).unwrap_err();
        assert!(error.to_string().contains("holds reward.c and reward.py"), "{error}");
    }
}
