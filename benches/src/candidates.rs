//! All ways to score rows, each in its file.

mod arena;
mod host;
mod native;
mod process;

use anyhow::{Result, ensure};
use meed_design::{BuildOptions, build};
use meed_runtime::Plugin;

use crate::candidate::Candidate;
use crate::rewards::Reward;
use crate::root;
use crate::rows::Batch;

/// What outlives the candidates of one reward: the sandbox's host, the interpreters of other languages, what a reward was
/// compiled to.
pub(crate) struct Tools {
    host: meed_runtime::Host,
    engine: wasmtime::Engine,
    servers: Vec<process::Server>,
    loaded: Option<Loaded>,
}

/// A reward's plugin: for the host, for the host without its arena, and its core module.
struct Loaded {
    plugin: Plugin,
    portable: Plugin,
    module: wasmtime::Module,
}

impl Tools {
    /// Finds out what this machine has.
    pub(crate) fn new() -> Result<Self> {
        let host = host::host()?;
        let engine = arena::engine()?;
        let servers = [("Python", process::Server::python()), ("LuaJIT, Rhai, Extism", process::Server::others())];
        let started =
            |(name, server): (_, Result<_>)| server.inspect_err(|error| eprintln!("no {name}: {error:#}")).ok();
        Ok(Tools { host, engine, servers: servers.into_iter().filter_map(started).collect(), loaded: None })
    }

    /// Builds and loads a reward's plugin.
    pub(crate) fn load(&mut self, reward: &Reward) -> Result<()> {
        let built = build(&root().join("plugins").join(reward.name), &BuildOptions::default())?;
        let component = std::fs::read(&built.component)?;
        let plugin = self.host.load(&component)?;
        let module = arena::module(&self.engine, &component)?;
        let portable = self.host.load(&host::without_arena(component))?;
        ensure!(
            (plugin.has_arena(), portable.has_arena()) == (true, false),
            "the exports are not where they should be"
        );
        self.loaded = Some(Loaded { plugin, portable, module });
        Ok(())
    }

    /// Makes the candidates for a batch, the native one first.
    pub(crate) fn candidates(&mut self, reward: &'static Reward, batch: &Batch) -> Result<Vec<Box<dyn Candidate>>> {
        let mut all: Vec<Box<dyn Candidate>> = vec![
            Box::new(native::Native::plain(reward, batch)),
            Box::new(native::Native::flagged(reward, batch)),
            Box::new(native::Lanes::new(reward, batch)?),
        ];
        if let Some(Loaded { plugin, portable, module }) = &self.loaded {
            all.push(Box::new(arena::Arena::new(module, reward, batch)?));
            all.push(Box::new(host::Batched::new("arena-row-major", plugin, batch)?));
            all.push(Box::new(host::Batched::on_two_threads(plugin, batch)?));
            all.push(Box::new(host::Batched::new("portable", portable, batch)?));
            all.push(Box::new(host::RowByRow::new(plugin, batch)?));
        }
        for server in &self.servers {
            for kind in server.kinds() {
                all.push(Box::new(server.candidate(kind, reward, batch)?));
            }
        }
        Ok(all)
    }
}
