//! A loaded plugin: what it says of itself, and fresh sources of its reward.

use std::sync::Arc;

use meed_core::{Description, Failure, Kind, RewardError, RewardFactory, RewardSource};

use crate::bindings::{episode, plugin, stateful, text, transition};
use crate::inspect::{Identity, Outline};
use crate::instance::Code;
use crate::sources::{EpisodeSource, StatefulSource, TextSource, TransitionSource};
use crate::{LoadError, Profile, describe};

/// A loaded plugin. Clones share its code; sources made from it share nothing else.
#[derive(Clone)]
pub struct Plugin {
    loaded: Arc<Loaded>,
}

struct Loaded {
    code: Code,
    exports: Exports,
    description: Description,
    outline: Outline,
    version: String,
    hash: String,
    size: usize,
}

/// Where in the component the functions of its kind are.
#[derive(Clone)]
enum Exports {
    Transition(transition::GuestIndices),
    Episode(episode::GuestIndices),
    Stateful(stateful::GuestIndices),
    Text(text::GuestIndices),
}

impl Plugin {
    pub(crate) fn new(
        mut code: Code,
        outline: Outline,
        identity: Identity,
        hash: String,
        size: usize,
    ) -> Result<Self, LoadError> {
        let misfit = |error: wasmtime::Error| LoadError::Interface { reason: format!("{error:#}") };
        let failed = |failure| LoadError::Describe { failure };
        let pre = &code.pre;
        let describing = plugin::GuestIndices::new(pre).map_err(misfit)?;
        let exports = match identity.kind {
            Kind::Transition => transition::GuestIndices::new(pre).map(Exports::Transition),
            Kind::Episode => episode::GuestIndices::new(pre).map(Exports::Episode),
            Kind::Stateful => stateful::GuestIndices::new(pre).map(Exports::Stateful),
            Kind::Text => text::GuestIndices::new(pre).map(Exports::Text),
        }
        .map_err(misfit)?;
        let mut running = code.start().map_err(failed)?;
        running.limit_result(describe::DESCRIPTION_BYTES);
        let instance = running.instance;
        // Checks the functions' types once, so that a call can only fail by what the plugin does.
        match &exports {
            Exports::Transition(indices) => indices.load(running.store(), &instance).map(drop),
            Exports::Episode(indices) => indices.load(running.store(), &instance).map(drop),
            Exports::Stateful(indices) => indices.load(running.store(), &instance).map(drop),
            Exports::Text(indices) => indices.load(running.store(), &instance).map(drop),
        }
        .map_err(misfit)?;
        let guest = describing.load(running.store(), &instance).map_err(misfit)?;
        let given = running.call(|store| guest.call_describe(store)).map_err(failed)?;
        let description = describe::convert(identity.kind, given, &code.limits)?;
        code.id = format!("{} {}", description.name, description.version).into();
        let version = identity.version;
        Ok(Plugin { loaded: Arc::new(Loaded { code, exports, description, outline, version, hash, size }) })
    }

    /// Gives the kind of reward.
    pub fn kind(&self) -> Kind {
        self.loaded.description.kind
    }

    /// Gives the version of the interface that the plugin speaks, such as `0.1.0`.
    pub fn interface_version(&self) -> &str {
        &self.loaded.version
    }

    /// Gives the SHA-256 of the component as 64 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.loaded.hash
    }

    /// Gives the bytes of the component.
    pub fn size(&self) -> usize {
        self.loaded.size
    }

    /// Names what the component imports, in its order.
    pub fn imports(&self) -> &[String] {
        &self.loaded.outline.imports
    }

    /// Tells whether the core module within has the SDK's arena, which rows can be written into without a copy.
    pub fn has_arena(&self) -> bool {
        self.loaded.outline.has_arena
    }

    /// Gives the profile that the plugin was loaded for.
    pub fn profile(&self) -> Profile {
        self.loaded.code.profile
    }

    pub(crate) fn code(&self) -> &Code {
        &self.loaded.code
    }

    pub(crate) fn error(&self, export: &'static str, failure: impl Into<Failure>) -> RewardError {
        RewardError {
            plugin: self.loaded.description.name.clone(),
            version: self.loaded.description.version.clone(),
            export,
            failure: failure.into(),
        }
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Loaded { description, hash, .. } = &*self.loaded;
        f.debug_struct("Plugin").field("description", description).field("hash", hash).finish_non_exhaustive()
    }
}

impl RewardFactory for Plugin {
    fn description(&self) -> &Description {
        &self.loaded.description
    }

    fn source(&self, seed: u64) -> Result<Box<dyn RewardSource>, RewardError> {
        Ok(match &self.loaded.exports {
            Exports::Transition(indices) => Box::new(TransitionSource::new(self, indices)?),
            Exports::Episode(indices) => Box::new(EpisodeSource::new(self, indices)?),
            Exports::Stateful(indices) => Box::new(StatefulSource::new(self, indices, seed)?),
            Exports::Text(indices) => Box::new(TextSource::new(self, indices)?),
        })
    }
}
