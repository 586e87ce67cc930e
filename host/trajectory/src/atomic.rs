//! Files that appear under their name only when they are whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file under a temporary name beside the one it is to have. Dropped before `commit`, it is removed.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: NamedTempFile,
    target: PathBuf,
    /// Bytes that still fit on the disk, in a test of a full one.
    #[cfg(test)]
    pub(crate) room: Option<usize>,
}

impl AtomicFile {
    /// Begins a file in the folder of `target`.
    pub(crate) fn create(target: &Path) -> io::Result<AtomicFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".meed-").suffix(".tmp");
        // A temporary file is its owner's alone by default; this one will stay, so that the usual mask applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(AtomicFile {
            file: builder.tempfile_in(folder(target))?,
            target: target.to_owned(),
            #[cfg(test)]
            room: None,
        })
    }

    /// Brings the bytes to the disk, then gives the file its name, in place of any other of that name.
    pub(crate) fn commit(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.target).map_err(|error| error.error)?;
        // The name, too, must outlast a power cut; not every system lets a folder be synchronised.
        #[cfg(unix)]
        std::fs::File::open(folder(&self.target))?.sync_all()?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(test)]
        if let Some(room) = &mut self.room {
            *room = room.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
