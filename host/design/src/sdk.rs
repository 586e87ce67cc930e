//! The author's Rust SDK, for plugins outside this repository.
//!
//! The binary carries the SDK it was built with. It is unpacked into a folder of the cache that is named for its content, and
//! Cargo is told to take `meed-guest` from there, so that a plugin which says `meed-guest = "0.1"` needs no other download. The
//! files are checked, and put back where they differ, each time: a cache may lose any of its files at any time.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::embedded::SDK;
use crate::files::{create_folder, read_text, write_if_changed};
use crate::{BuildError, cache_dir};

/// Unpacks the SDK where it is not yet, and names the folder of its package.
pub(crate) fn unpack() -> Result<PathBuf, BuildError> {
    unpack_into(&cache_dir().join("sdk"))
}

fn unpack_into(cache: &Path) -> Result<PathBuf, BuildError> {
    let mut hash = Sha256::new();
    for (name, text) in SDK {
        hash.update(format!("{name} {}\n", text.len()));
        hash.update(text);
    }
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let folder = cache.join(hash);
    for (name, text) in SDK {
        let path = folder.join(name);
        create_folder(path.parent().unwrap_or(&folder))?;
        write_if_changed(&path, text.as_bytes())?;
    }
    Ok(folder.join("guest-sdk").join("rust"))
}

/// What our `.cargo/config.toml` begins with, by which it is told from an author's own.
const MARKER: &str = "# Written by `meed`: where this machine keeps the SDK. Not for version control.\n";

/// Tells a plain `cargo` in the plugin's folder, for tests and editors, where the SDK lies. A file of the author's own stays.
pub(crate) fn point_cargo_to(dir: &Path, package: &Path) -> Result<(), BuildError> {
    let path = dir.join(".cargo").join("config.toml");
    if path.exists() && !read_text(&path)?.starts_with(MARKER) {
        return Ok(());
    }
    create_folder(&dir.join(".cargo"))?;
    write_if_changed(&path, format!("{MARKER}[patch.crates-io.meed-guest]\npath = {}\n", toml_path(package)).as_bytes())
}

/// Writes a path as TOML does.
pub(crate) fn toml_path(path: &Path) -> toml::Value {
    toml::Value::from(path.display().to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_file_that_was_lost_or_damaged_comes_back() {
        let cache = tempfile::tempdir().unwrap();
        let package = unpack_into(cache.path()).unwrap();
        let lib = package.join("src/lib.rs");
        let original = std::fs::read_to_string(&lib).unwrap();
        std::fs::write(&lib, "damaged").unwrap();
        std::fs::remove_file(package.join("Cargo.toml")).unwrap();
        assert_eq!(unpack_into(cache.path()).unwrap(), package);
        assert_eq!(std::fs::read_to_string(&lib).unwrap(), original);
        assert!(package.join("Cargo.toml").is_file());
        assert!(package.join("../../wit/types.wit").is_file());
    }

    #[test]
    fn an_authors_own_settings_of_cargo_stay() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(".cargo/config.toml");
        point_cargo_to(dir.path(), Path::new("/old")).unwrap();
        point_cargo_to(dir.path(), Path::new("/new")).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.ends_with("[patch.crates-io.meed-guest]\npath = \"/new\"\n"), "{text}");
        std::fs::write(&file, "[net]\noffline = true\n").unwrap();
        point_cargo_to(dir.path(), Path::new("/newer")).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[net]\noffline = true\n");
    }
}
