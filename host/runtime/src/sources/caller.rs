//! Calls into a reward without state: makes instances, reuses them as the profile says, and drops them at an error.

use meed_core::{Cost, Failure, RewardError};
use wasmtime::Store;
use wasmtime::component::Instance;

use super::answer;
use crate::Plugin;
use crate::bindings::{episode, text, transition, types};
use crate::instance::{Running, State};

/// The functions of one kind, by which an instance of them is found.
pub(crate) trait Exports: Clone + Send {
    type Guest: Send;
    fn load(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Self::Guest>;
}

macro_rules! exports {
    ($($kind:ident)*) => {$(
        impl Exports for $kind::GuestIndices {
            type Guest = $kind::Guest;
            fn load(&self, store: &mut Store<State>, instance: &Instance) -> wasmtime::Result<Self::Guest> {
                $kind::GuestIndices::load(self, store, instance)
            }
        }
    )*};
}
exports! { transition episode text }

/// An instance, if there is one, and all that is needed to make another.
pub(crate) struct Caller<E: Exports> {
    exports: E,
    live: Option<(Running<Instance>, E::Guest)>,
    cost: Cost,
}

impl<E: Exports> Caller<E> {
    /// Makes the instance that is to be reused; where each call gets its own, there is nothing to make yet.
    ///
    /// # Errors
    /// Where no instance can be made.
    pub(crate) fn new(plugin: &Plugin, exports: &E) -> Result<Self, RewardError> {
        let live = if plugin.profile().reuses_instances() { Some(start(plugin, exports)?) } else { None };
        Ok(Caller { exports: exports.clone(), live, cost: Cost::default() })
    }

    /// Forgets what earlier calls cost.
    pub(crate) fn begin(&mut self) {
        self.cost = Cost::default();
    }

    /// Calls `evaluate` in an instance, and lets `take` judge the answer. An instance that gave an error is dropped.
    ///
    /// # Errors
    /// Where the call fails, the plugin gives a fault, or `take` refuses the answer.
    pub(crate) fn evaluate(
        &mut self,
        plugin: &Plugin,
        call: impl FnOnce(&E::Guest, &mut Store<State>) -> wasmtime::Result<Result<types::Scores, types::Fault>>,
        take: impl FnOnce(types::Scores) -> Result<(), Failure>,
    ) -> Result<(), RewardError> {
        let (running, guest) = match &mut self.live {
            Some(live) => live,
            none => none.insert(start(plugin, &self.exports)?),
        };
        let result = running.call(|store| call(guest, store));
        let cost = running.cost();
        // A batch in several calls costs their sum, and the memory of its largest instance.
        self.cost.fuel = cost.fuel.map(|fuel| fuel.saturating_add(self.cost.fuel.unwrap_or(0)));
        self.cost.memory = self.cost.memory.max(cost.memory);
        let result = result.and_then(|answer| take(answer.map_err(answer::fault)?));
        if result.is_err() || !plugin.profile().reuses_instances() {
            self.live = None;
        }
        result.map_err(|failure| plugin.error("evaluate", failure))
    }

    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }
}

fn start<E: Exports>(plugin: &Plugin, exports: &E) -> Result<(Running<Instance>, E::Guest), RewardError> {
    let failed = |failure| plugin.error("instantiate", failure);
    let mut running = plugin.code().start().map_err(failed)?;
    let instance = running.instance;
    let guest = exports
        .load(running.store(), &instance)
        .map_err(|error| failed(Failure::Instantiate { reason: format!("{error:#}") }))?;
    Ok((running, guest))
}
