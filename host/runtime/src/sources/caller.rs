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
    pub(crate) plugin: Plugin,
    exports: E,
    live: Option<(Running, E::Guest)>,
    cost: Cost,
}

impl<E: Exports> Caller<E> {
    /// Makes the instance that is to be reused; where each call gets its own, there is nothing to make yet.
    ///
    /// # Errors
    /// Where no instance can be made.
    pub(crate) fn new(plugin: &Plugin, exports: &E) -> Result<Self, RewardError> {
        let mut caller = Caller { plugin: plugin.clone(), exports: exports.clone(), live: None, cost: Cost::default() };
        if plugin.profile().reuses_instances() {
            caller.live = Some(caller.start()?);
        }
        Ok(caller)
    }

    fn start(&self) -> Result<(Running, E::Guest), RewardError> {
        let failed = |failure| self.plugin.error("instantiate", failure);
        let mut running = self.plugin.code().start().map_err(failed)?;
        let instance = running.instance;
        let guest = self
            .exports
            .load(running.store(), &instance)
            .map_err(|error| failed(Failure::Instantiate { reason: format!("{error:#}") }))?;
        Ok((running, guest))
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
        call: impl FnOnce(&E::Guest, &mut Store<State>) -> wasmtime::Result<Result<types::Scores, types::Fault>>,
        take: impl FnOnce(types::Scores) -> Result<(), Failure>,
    ) -> Result<(), RewardError> {
        let (mut running, guest) = match self.live.take() {
            Some(live) => live,
            None => self.start()?,
        };
        let result = running.call(|store| call(&guest, store));
        let cost = running.cost();
        // A batch in several calls costs their sum, and the memory of its largest instance.
        self.cost.fuel = cost.fuel.map(|fuel| fuel.saturating_add(self.cost.fuel.unwrap_or(0)));
        self.cost.memory = self.cost.memory.max(cost.memory);
        result
            .and_then(|answer| take(answer.map_err(answer::fault)?))
            .map_err(|failure| self.plugin.error("evaluate", failure))?;
        if self.plugin.profile().reuses_instances() {
            self.live = Some((running, guest));
        }
        Ok(())
    }

    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }
}
