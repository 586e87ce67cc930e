//! The host's side of `docs/arena.md`: rows written as tiles of columns into a plugin's memory, and factors read in place.

mod header;
mod layout;
mod tiles;
mod turn;

use meed_core::Failure;
use wasmtime::{ExternType, InstancePre, Linker, Memory, Module, Store, TypedFunc, ValType};

pub(crate) use self::header::Header;
pub(crate) use self::layout::Layout;
pub(crate) use self::tiles::copy_rows;
use crate::instance::{Code, Running, State};

/// The version of the contract that this host knows.
const VERSION: u32 = 1;
/// Rows of a tile.
pub(crate) const TILE: usize = 64;

/// A plugin's core module, whose arena this host may use.
#[derive(Clone)]
pub(crate) struct ArenaCode {
    pre: InstancePre<State>,
}

/// A live instance of that module.
pub(crate) struct Arena {
    pub(crate) running: Running<wasmtime::Instance>,
    pub(crate) exports: Exports,
    /// What the plugin said at its last `open`.
    pub(crate) header: Option<Header>,
}

/// What the instance exports for the arena.
pub(crate) struct Exports {
    pub(crate) memory: Memory,
    pub(crate) open: TypedFunc<u32, u32>,
    pub(crate) evaluate: TypedFunc<u32, u32>,
}

impl ArenaCode {
    /// Takes a module that has an arena of this host's version; for any other there is the portable call.
    pub(crate) fn new(code: &Code, module: &Module) -> Option<Self> {
        if !exports_an_arena(module) {
            return None;
        }
        let pre = Linker::new(module.engine()).instantiate_pre(module).ok()?;
        let mut running = code.start_module(&pre).ok()?;
        let instance = running.instance;
        let version = instance.get_typed_func::<(), u32>(running.store(), "meed_arena_version").ok()?;
        let spoken = running.call(|store| version.call(store, ())).ok()?;
        (spoken == VERSION).then_some(ArenaCode { pre })
    }

    /// Makes an instance in a store of its own.
    ///
    /// # Errors
    /// As for [`Code::start`].
    pub(crate) fn start(&self, code: &Code) -> Result<Arena, Failure> {
        let mut running = code.start_module(&self.pre)?;
        let instance = running.instance;
        let exports = exports(instance, running.store())
            .ok_or_else(|| Failure::Instantiate { reason: "the arena's exports are gone".into() })?;
        Ok(Arena { running, exports, header: None })
    }
}

fn exports(instance: wasmtime::Instance, store: &mut Store<State>) -> Option<Exports> {
    Some(Exports {
        memory: instance.get_memory(&mut *store, "memory")?,
        open: instance.get_typed_func(&mut *store, "meed_arena_open").ok()?,
        evaluate: instance.get_typed_func(&mut *store, "meed_arena_evaluate").ok()?,
    })
}

fn exports_an_arena(module: &Module) -> bool {
    let function = |name: &str, parameters: usize| match module.get_export(name) {
        Some(ExternType::Func(found)) => {
            let number = |kind: ValType| matches!(kind, ValType::I32);
            found.params().len() == parameters
                && found.results().len() == 1
                && found.params().chain(found.results()).all(number)
        }
        _ => false,
    };
    let memory = match module.get_export("memory") {
        Some(ExternType::Memory(found)) => !found.is_64() && !found.is_shared(),
        _ => false,
    };
    memory && function("meed_arena_version", 0) && function("meed_arena_open", 1) && function("meed_arena_evaluate", 1)
}
