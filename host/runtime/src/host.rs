//! Loads plugins.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Module};

use crate::cache::Cache;
use crate::effort::Effort;
use crate::instance::{Code, State};
use crate::sealed::Compiled;
use crate::{CacheLocation, HostError, Limits, LoadError, Plugin, Profile, effort, engine, inspect, ticker};

/// What a host is made from.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// How plugins are run.
    pub profile: Profile,
    /// What each may use.
    pub limits: Limits,
    /// Where compiled components are kept.
    pub cache: CacheLocation,
    /// Makes every call the portable one, even where the train profile could use a plugin's arena.
    pub portable: bool,
}

impl HostConfig {
    /// Gives a profile's defaults.
    pub fn new(profile: Profile) -> Self {
        HostConfig { profile, limits: Limits::of(profile), cache: CacheLocation::default(), portable: false }
    }
}

/// Loads plugins and holds what they share: wasmtime's engine with its pool of memories, its clock, and the compile cache.
///
/// A plugin holds what it needs of its host, which may be dropped before it.
pub struct Host {
    engine: Engine,
    linker: Linker<State>,
    cache: Option<Cache>,
    config: HostConfig,
}

impl Host {
    /// Makes a host.
    ///
    /// # Errors
    /// Where wasmtime or its clock can't start, or where somebody else could write to the compile cache.
    pub fn new(config: HostConfig) -> Result<Self, HostError> {
        let failed = |error: wasmtime::Error| HostError::Engine { reason: format!("{error:#}") };
        let engine = engine::engine(config.profile, &config.limits).map_err(failed)?;
        let linker = engine::linker(&engine).map_err(failed)?;
        let cache = Cache::open(&config.cache)?;
        ticker::start(&engine).map_err(HostError::Ticker)?;
        Ok(Host { engine, linker, cache, config })
    }

    /// Gives what the host was made from.
    pub fn config(&self) -> &HostConfig {
        &self.config
    }

    /// Loads a plugin from a component's file.
    ///
    /// # Errors
    /// As for [`load`](Self::load), and where the file can't be read.
    pub fn load_file(&self, path: &Path) -> Result<Plugin, LoadError> {
        let failed = |source| LoadError::Read { path: path.into(), source };
        let limit = self.config.limits.component;
        let mut file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size > limit as u64 {
            return Err(LoadError::TooLarge { size, limit });
        }
        let mut bytes = Vec::new();
        // The file may have grown since, or be none that has a size.
        file.by_ref().take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        self.load(&bytes)
    }

    /// Loads a plugin from a component's bytes: reads its kind off its exports, refuses forbidden imports, compiles it or takes
    /// it from the cache, and lets it describe itself in an instance that is then dropped.
    ///
    /// # Errors
    /// Why the bytes are no plugin, or how the plugin failed to describe itself.
    pub fn load(&self, bytes: &[u8]) -> Result<Plugin, LoadError> {
        let HostConfig { profile, limits, .. } = self.config;
        if bytes.len() > limits.component {
            return Err(LoadError::TooLarge { size: bytes.len() as u64, limit: limits.component });
        }
        let outline = inspect::outline(bytes)?;
        let identity = outline.identify()?;
        let hash = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let component: Component = self.compiled(&hash, bytes)?;
        let pre = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| LoadError::Interface { reason: format!("{error:#}") })?;
        let module = match outline.arena().and_then(|range| bytes.get(range)) {
            Some(module) if self.uses_arenas() => Some(self.compiled::<Module>(&hash, module)?),
            _ => None,
        };
        let id = format!("{} {}", identity.kind, &hash[..12]);
        Plugin::new(Code { pre, limits, profile, id: id.into() }, module, outline, identity, hash, bytes.len())
    }

    /// Fuel is a matter of the whole component, and a verdict one of the call that every plugin has: it is in training that arenas
    /// are used.
    fn uses_arenas(&self) -> bool {
        self.config.profile == Profile::Train && !self.config.portable && cfg!(target_endian = "little")
    }

    fn compiled<C: Compiled>(&self, hash: &str, bytes: &[u8]) -> Result<C, LoadError> {
        let failed = |error| LoadError::Compile { reason: format!("{error:#}") };
        let Some(cache) = &self.cache else {
            self.check_effort(bytes)?;
            return C::compile(&self.engine, bytes).map_err(failed);
        };
        if let Some(kept) = cache.find(&self.engine, self.config.profile, hash) {
            return Ok(kept);
        }
        self.check_effort(bytes)?;
        let compiled = C::compile(&self.engine, bytes).map_err(failed)?;
        cache.keep(&self.engine, self.config.profile, hash, &compiled);
        Ok(compiled)
    }

    fn check_effort(&self, bytes: &[u8]) -> Result<(), LoadError> {
        let Effort { total, largest } = effort::estimate(bytes);
        let Limits { compile, compile_function, .. } = self.config.limits;
        let within = |what, steps, limit| {
            if steps <= limit { Ok(()) } else { Err(LoadError::Effort { what, steps, limit }) }
        };
        within("a function", largest, compile_function).and_then(|()| within("it", total, compile))
    }
}
