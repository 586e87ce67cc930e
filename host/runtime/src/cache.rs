//! Compiled components, kept for the next process.
//!
//! An entry's name says all that its content depends on: the component's digest, what wasmtime's compiler depends on, and the
//! profile. An entry is written under no name and then renamed, so that two processes at once both find whole files; one that is
//! found broken is compiled anew. Of many entries, those that nobody used for longest are removed. Nothing is ever lost with the folder but time: where it can't be read or written, a warning is
//! logged and the host compiles.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata, MetadataExt, Permissions, PermissionsExt};
use cap_tempfile::TempFile;
use wasmtime::Engine;

use crate::sealed::Compiled;
use crate::{HostError, Profile, sealed};

/// Bytes that all entries may take together; those of a few thousand plugins. Beyond them the entries that were not read for longest go,
/// until half is left.
const MOST: u64 = 2 << 30;
/// A host looks how large the folder is when it keeps its first component, and at every so many.
const LOOK: u32 = 64;

/// Where compiled components are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CacheLocation {
    /// The folder that the variable `MEED_CACHE` names, else `meed/compiled` in `$XDG_CACHE_HOME`, else `~/.cache/meed/compiled`.
    #[default]
    Standard,
    /// This folder. It must belong to the user, and nobody else may write to it.
    Folder(PathBuf),
    /// Nowhere: every load compiles.
    Nowhere,
}

impl CacheLocation {
    fn folder(&self) -> Option<PathBuf> {
        // An empty variable says the same as none.
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match self {
            CacheLocation::Nowhere => None,
            CacheLocation::Folder(path) => Some(path.clone()),
            CacheLocation::Standard => variable("MEED_CACHE").or_else(|| {
                let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
                Some(caches?.join("meed/compiled"))
            }),
        }
    }
}

/// A folder that only this user can write to.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: Dir,
    path: PathBuf,
    /// Counts the entries that were written.
    kept: AtomicU32,
}

impl Cache {
    /// Opens the folder, and makes it where there is none.
    ///
    /// # Errors
    /// [`HostError::CacheNotPrivate`]; a folder that can't be made or opened only means that nothing is kept.
    pub(crate) fn open(location: &CacheLocation) -> Result<Option<Cache>, HostError> {
        let Some(path) = location.folder() else { return Ok(None) };
        let opened = make_private(&path).and_then(|()| Dir::open_ambient_dir(&path, ambient_authority()));
        // The open folder is asked, not its path, so that nobody can exchange it in between.
        match opened.and_then(|dir| Ok((dir.dir_metadata()?, dir))) {
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "no compile cache: the folder can't be opened");
                Ok(None)
            }
            Ok((found, dir)) => match foreign(&found) {
                Some(problem) => Err(HostError::CacheNotPrivate { path, problem }),
                None => Ok(Some(Cache { dir, path, kept: AtomicU32::new(0) })),
            },
        }
    }

    /// Gives compiled code from the cache, if it is there. `digest` is the component's.
    pub(crate) fn find<C: Compiled>(&self, engine: &Engine, profile: Profile, digest: &str) -> Option<C> {
        let name = &(entry_name(engine, profile, digest) + C::ENDING);
        let problem = match self.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
            Ok(sealed) => match sealed::unseal(engine, name, &sealed) {
                Ok(Some(compiled)) => return Some(compiled),
                Ok(None) => "its digest does not fit".into(),
                Err(error) => format!("{error:#}"),
            },
        };
        self.warn(name, &problem, "an entry of the compile cache is unusable and is made anew");
        None
    }

    /// Keeps compiled code, if it can.
    pub(crate) fn keep<C: Compiled>(&self, engine: &Engine, profile: Profile, digest: &str, compiled: &C) {
        let name = entry_name(engine, profile, digest) + C::ENDING;
        let kept = compiled
            .code()
            .map_err(|error| format!("{error:#}"))
            .and_then(|code| self.write(&name, &sealed::seal(&name, &code)).map_err(|error| error.to_string()));
        if let Err(error) = kept {
            self.warn(&name, &error, "a compiled component can't be kept");
        }
        if self.kept.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK)
            && let Err(error) = self.shrink(MOST)
        {
            self.warn("", &error.to_string(), "the compile cache may grow: it can't be looked through");
        }
    }

    /// Removes the entries that were not read for longest, where all together take more than `most` bytes.
    pub(crate) fn shrink(&self, most: u64) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in self.dir.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            // Another process may have removed it just now.
            let Ok(found) = entry.metadata() else { continue };
            if found.is_file() && name.to_str().is_some_and(is_entry) {
                // A file system need not write down when a file is read; that it was written, it does.
                let used = found.modified().ok().max(found.accessed().ok());
                entries.push((used, found.len(), name));
            }
        }
        let mut total: u64 = entries.iter().map(|(_, len, _)| len).sum();
        if total <= most {
            return Ok(());
        }
        entries.sort();
        for (_, len, name) in entries {
            if total <= most / 2 {
                break;
            }
            match self.dir.remove_file(&name) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => total -= len,
            }
        }
        Ok(())
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        let mut file = self.dir.open(name)?;
        if let Some(problem) = foreign(&file.metadata()?) {
            return Err(std::io::Error::new(ErrorKind::PermissionDenied, problem));
        }
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed)?;
        Ok(sealed)
    }

    fn write(&self, name: &str, sealed: &[u8]) -> std::io::Result<()> {
        let mut file = TempFile::new(&self.dir)?;
        // Whatever the process's mask is.
        file.as_file().set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(sealed)?;
        file.replace(OsStr::new(name))
    }

    fn warn(&self, entry: &str, error: &str, message: &str) {
        tracing::warn!(path = %self.path.display(), entry, error, "{message}");
    }
}

fn entry_name(engine: &Engine, profile: Profile, digest: &str) -> String {
    let mut compiler = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compiler);
    format!("{digest}-{:016x}-{}", compiler.finish(), profile.name())
}

/// Tells whether a file's name is one that [`entry_name`] gives, for somebody may keep other things in the folder.
fn is_entry(name: &str) -> bool {
    let digest = name.split_once('-').map(|(digest, _)| digest);
    digest.is_some_and(|digest| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Tells why somebody else could have written a file or folder.
fn foreign(found: &Metadata) -> Option<&'static str> {
    if found.uid() != rustix::process::geteuid().as_raw() {
        Some("belongs to another user")
    } else if found.mode() & 0o022 != 0 {
        Some("can be written by other users")
    } else {
        None
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
