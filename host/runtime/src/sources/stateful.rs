//! Rewards with a state.

use meed_core::{
    Batch, Cost, Description, Failure, InputError, Kind, RewardError, RewardFactory, RewardSource, Scores, Transitions,
};
use wasmtime::Store;
use wasmtime::component::{Instance, ResourceAny};

use super::{answer, rows};
use crate::Plugin;
use crate::bindings::stateful::{Guest, GuestIndices};
use crate::bindings::types;
use crate::instance::{Running, State};

/// A stateful reward: one instance, in both profiles, that holds one state.
///
/// An error of a call drops the instance and the state with it; the next call begins anew from the seed, unless it is `restore`.
/// A batch that is refused before the plugin is called leaves the state as it was.
pub(crate) struct StatefulSource {
    plugin: Plugin,
    exports: GuestIndices,
    seed: u64,
    live: Option<Live>,
    cost: Cost,
}

struct Live {
    running: Running<Instance>,
    guest: Guest,
    reward: ResourceAny,
}

impl StatefulSource {
    pub(crate) fn new(plugin: &Plugin, exports: &GuestIndices, seed: u64) -> Result<Self, RewardError> {
        let mut source = StatefulSource {
            plugin: plugin.clone(),
            exports: exports.clone(),
            seed,
            live: None,
            cost: Cost::default(),
        };
        source.live = Some(source.construct()?);
        Ok(source)
    }

    fn construct(&self) -> Result<Live, RewardError> {
        self.start("constructor", |guest, store| guest.reward().call_constructor(store, self.seed).map(Ok))
    }

    /// Makes an instance, and in it a state.
    fn start(
        &self,
        export: &'static str,
        make: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Result<ResourceAny, types::Fault>>,
    ) -> Result<Live, RewardError> {
        let failed = |failure| self.plugin.error("instantiate", failure);
        let mut running = self.plugin.code().start().map_err(failed)?;
        let instance = running.instance;
        let guest = self
            .exports
            .load(running.store(), &instance)
            .map_err(|error| failed(Failure::Instantiate { reason: format!("{error:#}") }))?;
        let reward = running
            .call(|store| make(&guest, store))
            .and_then(|made| made.map_err(answer::fault))
            .map_err(|failure| self.plugin.error(export, failure))?;
        Ok(Live { running, guest, reward })
    }

    fn call<R>(
        &mut self,
        export: &'static str,
        call: impl FnOnce(&Guest, &mut Store<State>, ResourceAny) -> wasmtime::Result<Result<R, types::Fault>>,
        take: impl FnOnce(R) -> Result<(), Failure>,
    ) -> Result<(), RewardError> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.construct()?,
        };
        let result = live.running.call(|store| call(&live.guest, store, live.reward));
        self.cost = live.running.cost();
        result
            .and_then(|answer| take(answer.map_err(answer::fault)?))
            .map_err(|failure| self.plugin.error(export, failure))?;
        self.live = Some(live);
        Ok(())
    }

    fn check(&self, export: &'static str, batch: Batch<'_>) -> Result<(), RewardError> {
        batch
            .check(self.plugin.description())
            .map_err(Failure::from)
            .and_then(|()| rows::within(batch.rows(), &self.plugin.code().limits))
            .map_err(|failure| self.plugin.error(export, failure))
    }
}

impl RewardSource for StatefulSource {
    fn description(&self) -> &Description {
        self.plugin.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        self.check("evaluate", batch)?;
        let Batch::Transitions(batch) = batch else {
            return Err(self.plugin.error("evaluate", InputError::Kind { needed: Kind::Stateful }));
        };
        let plugin = self.plugin.clone();
        let description = plugin.description();
        self.call(
            "evaluate",
            |guest, store, reward| guest.reward().call_evaluate(store, reward, rows::given(description, batch)),
            |answer| answer::take(description, batch.rows, answer, scores),
        )
    }

    fn observe(&mut self, batch: &Transitions<'_>) -> Result<(), RewardError> {
        self.check("observe", Batch::Transitions(batch))?;
        let plugin = self.plugin.clone();
        let given = rows::given(plugin.description(), batch);
        self.call("observe", |guest, store, reward| guest.reward().call_observe(store, reward, given), Ok)
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, RewardError> {
        let mut bytes = Vec::new();
        let take = |answer| {
            bytes = answer;
            Ok(())
        };
        self.call("snapshot", |guest, store, reward| guest.reward().call_snapshot(store, reward), take)?;
        Ok(bytes)
    }

    /// Makes the state in an instance of its own, so that nothing of the old one can leak into it.
    fn restore(&mut self, snapshot: &[u8]) -> Result<(), RewardError> {
        self.live = None;
        let live = self.start("restore", |guest, store| guest.reward().call_restore(store, snapshot))?;
        self.cost = live.running.cost();
        self.live = Some(live);
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.cost
    }
}
