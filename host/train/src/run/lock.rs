//! A run is written by one process at a time.
//!
//! The lock is the operating system's, on the file `lock`: it goes with the process, however that ends, so that a run that was
//! killed is free at once. Where the file system knows no locks there is none.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

use cap_std::fs::{Dir, OpenOptions};

/// The file's name within a run directory.
const LOCK: &str = "lock";
/// How often a lock is tried for: whoever only looks whether a run goes on holds it for a moment.
const TRIES: usize = 20;

/// Holds a run directory until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the directory, or gives nothing where another process has it.
    pub(crate) fn take(dir: &Dir) -> io::Result<Option<Lock>> {
        let file = dir.open_with(LOCK, OpenOptions::new().create(true).write(true))?.into_std();
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Lock { _file: file })),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Some(Lock { _file: file }));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Tells whether a process has the directory.
    pub(crate) fn is_taken(dir: &Dir) -> bool {
        let Ok(file) = dir.open(LOCK) else { return false };
        matches!(file.into_std().try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    #[test]
    fn a_directory_is_taken_once_and_free_again_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        assert!(!Lock::is_taken(&dir));
        let lock = Lock::take(&dir).unwrap().unwrap();
        assert!(Lock::is_taken(&dir) && Lock::take(&dir).unwrap().is_none());
        drop(lock);
        assert!(!Lock::is_taken(&dir) && Lock::take(&dir).unwrap().is_some());
    }
}
