//! Files that are whole or not there: written under a temporary name, then renamed.

use std::io::Write;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_tempfile::TempFile;

/// Writes a file under a temporary name and renames it, so that it is never seen half written.
pub(crate) fn replace(dir: &Dir, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = TempFile::new(dir)?;
    file.write_all(bytes)?;
    file.replace(name)
}

/// Likewise, on the disk itself before it has its name: it outlasts a power failure, too.
pub(crate) fn replace_on_disk(dir: &Dir, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = TempFile::new(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.replace(name)
}

/// Writes a whole file at a path.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(std::io::ErrorKind::InvalidFilename.into());
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    replace(&Dir::open_ambient_dir(parent, ambient_authority())?, name, bytes)
}
