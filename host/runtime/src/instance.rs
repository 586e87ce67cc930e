//! One live instance and the calls into it.
//!
//! A [`Code`] makes a [`Running`] instance, in a store of its own. A trap poisons a store with all that is in it, so whoever holds
//! a `Running` drops it at the first error of whatever sort and makes another.

use std::sync::Arc;

use meed_core::{Cost, Failure};
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Store, Trap, WasmBacktrace};

use crate::bindings::log::{self, Level};
use crate::limiter::Limiter;
use crate::log::Log;
use crate::{Limits, Profile, ticker};

/// Handles that may be alive in one instance; a stateful reward needs one.
const HANDLES: usize = 1_000;
/// Frames from which on calls are taken for a recursion; a backtrace holds the innermost twenty.
const DEEP: usize = 10;

/// What the host keeps beside an instance.
#[derive(Debug)]
pub(crate) struct State {
    limiter: Limiter,
    log: Log,
}

impl log::Host for State {
    fn log(&mut self, level: Level, message: String) {
        self.log.write(level, &message);
    }
}

/// A compiled plugin, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) pre: InstancePre<State>,
    pub(crate) limits: Limits,
    pub(crate) profile: Profile,
    /// What the plugin is called in the log.
    pub(crate) id: Arc<str>,
}

impl Code {
    /// Makes an instance in a store of its own.
    ///
    /// # Errors
    /// Where a limit is met, the code that runs at the start traps, or no place is left for an instance.
    pub(crate) fn start(&self) -> Result<Running<Instance>, Failure> {
        self.start_with(|store| self.pre.instantiate(store))
    }

    /// Makes an instance of the core module alone, in a store of its own and within the same limits.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub(crate) fn start_module(
        &self,
        pre: &wasmtime::InstancePre<State>,
    ) -> Result<Running<wasmtime::Instance>, Failure> {
        self.start_with(|store| pre.instantiate(store))
    }

    fn start_with<I>(
        &self,
        instantiate: impl FnOnce(&mut Store<State>) -> wasmtime::Result<I>,
    ) -> Result<Running<I>, Failure> {
        let limiter = Limiter::new(&self.limits);
        let state = State { limiter, log: Log::new(self.id.clone(), self.limits.log) };
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(self.limits.result);
        store.set_max_component_handles(HANDLES);
        let mut bounds = Bounds { store, limits: self.limits, profile: self.profile, fuel: None };
        match bounds.run(instantiate) {
            Ok(instance) => Ok(Running { bounds, instance }),
            Err(Failure::Trap { reason }) => Err(Failure::Instantiate { reason }),
            Err(failure) => Err(failure),
        }
    }
}

/// A live instance, of a component or of a core module.
pub(crate) struct Running<I> {
    bounds: Bounds,
    pub(crate) instance: I,
}

impl<I> Running<I> {
    /// Runs a call within the limits of one call.
    ///
    /// # Errors
    /// Where a limit is met or the code traps. The instance is then to be dropped.
    pub(crate) fn call<R>(
        &mut self,
        call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R, Failure> {
        self.bounds.run(call)
    }

    /// Gives the store, to look up exports in.
    pub(crate) fn store(&mut self) -> &mut Store<State> {
        &mut self.bounds.store
    }

    /// Bounds the bytes of one answer anew.
    pub(crate) fn limit_result(&mut self, bytes: usize) {
        self.bounds.limits.result = bytes;
        self.bounds.store.set_hostcall_fuel(bytes);
    }

    /// Tells what the last call cost.
    pub(crate) fn cost(&self) -> Cost {
        Cost { fuel: self.bounds.fuel, memory: Some(self.bounds.store.data().limiter.memory) }
    }
}

/// A store and what bounds a call in it.
struct Bounds {
    store: Store<State>,
    limits: Limits,
    profile: Profile,
    /// Fuel that the last call used.
    fuel: Option<u64>,
}

impl Bounds {
    fn run<R>(&mut self, call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<R>) -> Result<R, Failure> {
        let counts_fuel = self.profile.counts_fuel();
        self.store.set_epoch_deadline(ticker::ticks(self.limits.time));
        if counts_fuel {
            self.store
                .set_fuel(self.limits.fuel)
                .map_err(|error| Failure::Instantiate { reason: error.to_string() })?;
        }
        let result = call(&mut self.store);
        if counts_fuel {
            self.fuel = self.store.get_fuel().ok().map(|left| self.limits.fuel.saturating_sub(left));
        }
        result.map_err(|error| self.failure(&error))
    }

    fn failure(&mut self, error: &wasmtime::Error) -> Failure {
        let (limits, state) = (&self.limits, self.store.data_mut());
        if let Some(refused) = state.limiter.refused.take() {
            return refused;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return Failure::OutOfFuel { limit: limits.fuel },
            Some(Trap::Interrupt) => return Failure::Deadline { limit: limits.time },
            Some(Trap::StackOverflow) => return Failure::StackOverflow,
            Some(Trap::MemoryOutOfBounds) if recursed(error) => return Failure::StackOverflow,
            _ => {}
        }
        let cause = error.root_cause().to_string();
        // wasmtime keeps this error's type to itself.
        if cause.starts_with("too much data is being copied") {
            return Failure::ResultSize { limit: limits.result };
        }
        let cause = cause.trim_start_matches("wasm trap: ");
        let reason = match state.log.take_last() {
            Some(logged) => format!("{cause}; last logged: {logged}"),
            None => cause.into(),
        };
        Failure::Trap { reason }
    }
}

/// Tells whether a call ended deep in a recursion. Compiled languages keep a second stack in their linear memory; where it is the
/// one that runs out first, the next access lies outside the memory, which WebAssembly can't tell from any other wild access. So
/// this is a judgement: many frames, and their functions occur twice or more on average.
fn recursed(error: &wasmtime::Error) -> bool {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return false };
    let mut functions: Vec<u32> = backtrace.frames().iter().map(|frame| frame.func_index()).collect();
    let frames = functions.len();
    functions.sort_unstable();
    functions.dedup();
    frames >= DEEP && functions.len() * 2 <= frames
}
