//! Files that appear whole or not at all.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use crate::BuildError;

/// Writes a file under a temporary name beside it and renames it, so that a reader sees the old bytes or the new.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".meed-");
        // A temporary file is private to its owner by default; this one becomes an ordinary file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|source| BuildError::io("write", path, source))
}

/// Writes a file unless it holds these bytes already, so that a compiler that goes by times has nothing to do again.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    match fs::read(path) {
        Ok(old) if old == bytes => Ok(()),
        _ => write_atomically(path, bytes),
    }
}

/// Makes a folder and those above it.
pub(crate) fn create_folder(path: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(path).map_err(|source| BuildError::io("create", path, source))
}

/// Puts a folder in the place of another, which need not be there.
pub(crate) fn replace_folder(from: &Path, to: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BuildError::io("remove", to, error)),
        _ => fs::rename(from, to).map_err(|source| BuildError::io("write", to, source)),
    }
}

/// Makes a folder that goes away with the value, inside `folder`.
pub(crate) fn scratch(folder: &Path) -> Result<tempfile::TempDir, BuildError> {
    tempfile::Builder::new()
        .prefix(".meed-")
        .tempdir_in(folder)
        .map_err(|source| BuildError::io("create a folder in", folder, source))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    fs::read(path).map_err(|source| BuildError::io("read", path, source))
}

/// Reads a text file.
pub(crate) fn read_text(path: &Path) -> Result<String, BuildError> {
    fs::read_to_string(path).map_err(|source| BuildError::io("read", path, source))
}
