//! Compiled components, kept for the next process.
//!
//! An entry's name says all that its content depends on: the component's digest, what wasmtime's compiler depends on, and the
//! profile. An entry is written under no name and then renamed, so that two processes at once both find whole files; one that is
//! found broken is compiled anew. Nothing is ever lost with the folder but time: where it can't be read or written, a warning is
//! logged and the host compiles.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, MetadataExt};
use cap_tempfile::TempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::{HostError, Profile, sealed};

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
            Ok((found, _)) if found.uid() != rustix::process::geteuid().as_raw() => {
                Err(HostError::CacheNotPrivate { path, problem: "belongs to another user" })
            }
            Ok((found, _)) if found.mode() & 0o022 != 0 => {
                Err(HostError::CacheNotPrivate { path, problem: "can be written by other users" })
            }
            Ok((_, dir)) => Ok(Some(Cache { dir, path })),
        }
    }

    /// Gives the compiled component from the cache, or compiles it and keeps it.
    ///
    /// # Errors
    /// Where it does not compile.
    pub(crate) fn get(
        &self,
        engine: &Engine,
        profile: Profile,
        digest: &str,
        bytes: &[u8],
    ) -> wasmtime::Result<Component> {
        let name = entry_name(engine, profile, digest);
        if let Some(component) = self.find(engine, &name) {
            return Ok(component);
        }
        let component = Component::from_binary(engine, bytes)?;
        let kept = component
            .serialize()
            .map_err(|error| format!("{error:#}"))
            .and_then(|code| self.write(&name, &sealed::seal(&code)).map_err(|error| error.to_string()));
        if let Err(error) = kept {
            self.warn(&name, &error, "a compiled component can't be kept");
        }
        Ok(component)
    }

    fn find(&self, engine: &Engine, name: &str) -> Option<Component> {
        let problem = match self.dir.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
            Ok(sealed) => match sealed::unseal(engine, &sealed) {
                Ok(Some(component)) => return Some(component),
                Ok(None) => "its digest does not fit".into(),
                Err(error) => format!("{error:#}"),
            },
        };
        self.warn(name, &problem, "an entry of the compile cache is unusable and is made anew");
        None
    }

    fn write(&self, name: &str, sealed: &[u8]) -> std::io::Result<()> {
        let mut file = TempFile::new(&self.dir)?;
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

fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
