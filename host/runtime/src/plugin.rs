//! A loaded plugin: what it says of itself, and fresh sources of its reward.

use std::num::NonZero;
use std::sync::Arc;

use meed_core::{Description, Failure, Kind, RewardError, RewardFactory, RewardSource};

use wasmtime::Module;

use crate::arena::{ArenaCode, Layout};
use crate::bindings::{episode, plugin, stateful, text, transition};
use crate::inspect::{Identity, Outline};
use crate::instance::Code;
use crate::sources::{EpisodeSource, Scorer, StatefulSource, TextSource, TransitionSource};
use crate::{LoadError, PooledSource, Profile, describe};

/// A loaded plugin. Clones share its code; sources made from it share nothing else.
#[derive(Clone)]
pub struct Plugin {
    loaded: Arc<Loaded>,
}

struct Loaded {
    code: Code,
    exports: Exports,
    /// The tiles that the rows of a transition reward go into; none where it reads its group.
    layout: Option<Layout>,
    arena: Option<ArenaCode>,
    description: Description,
    outline: Outline,
    version: String,
    hash: String,
    size: usize,
}

/// How the rows of a batch reach a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPath {
    /// They are written into its memory as `docs/arena.md` says, and its factors are read there.
    Arena,
    /// They are handed over as the lists of the interface, as to any plugin in any language.
    Portable,
}

impl CallPath {
    /// Names the path.
    pub fn name(self) -> &'static str {
        match self {
            CallPath::Arena => "arena",
            CallPath::Portable => "portable call",
        }
    }
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
        module: Option<Module>,
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
        let layout = Layout::of(&description).filter(|_| identity.kind == Kind::Transition);
        let arena = module.filter(|_| layout.is_some()).and_then(|module| ArenaCode::new(&code, &module));
        let version = identity.version;
        let loaded = Loaded { code, exports, layout, arena, description, outline, version, hash, size };
        Ok(Plugin { loaded: Arc::new(loaded) })
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

    /// Tells whether the component exports an arena, whatever the host makes of it.
    pub fn has_arena(&self) -> bool {
        self.loaded.outline.has_arena
    }

    /// Tells how rows reach the plugin. The arena is used in the train profile, where the component is one module that imports
    /// nothing and whose arena is of a version that this host knows, and where the reward does not read its group.
    pub fn path(&self) -> CallPath {
        if self.loaded.arena.is_some() { CallPath::Arena } else { CallPath::Portable }
    }

    /// Makes a source that spreads each batch over `threads` instances.
    ///
    /// # Errors
    /// Where the plugin is none of a transition reward, or an instance or a thread can't be made.
    pub fn pool(&self, threads: NonZero<usize>) -> Result<PooledSource, RewardError> {
        PooledSource::new(self, threads)
    }

    pub(crate) fn scorer(&self) -> Result<Scorer, RewardError> {
        match &self.loaded.exports {
            Exports::Transition(indices) => Scorer::new(self, indices),
            _ => Err(self.error("evaluate", Failure::Unsupported { kind: self.kind() })),
        }
    }

    /// Gives the profile that the plugin was loaded for.
    pub fn profile(&self) -> Profile {
        self.loaded.code.profile
    }

    pub(crate) fn code(&self) -> &Code {
        &self.loaded.code
    }

    pub(crate) fn arena(&self) -> Option<&ArenaCode> {
        self.loaded.arena.as_ref()
    }

    pub(crate) fn layout(&self) -> Option<&Layout> {
        self.loaded.layout.as_ref()
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
