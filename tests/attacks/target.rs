//! What is attacked: a host of each profile, with a good plugin in it.

use std::time::{Duration, Instant};

use meed_core::{Batch, Description, Failure, Kind, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{CacheLocation, Host, HostConfig, Limits, Plugin, Profile};

use super::{Act, Attack};

/// Rows of a call.
const ROWS: usize = 64;
/// Calls into one source, until one fails.
const CALLS: usize = 8;
/// Time after which an attack counts as one that was not contained, however it ends: many times what the hosts allow a call, for
/// machines are busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two hosts, one a profile, in which a good plugin lives beside the attacks.
pub struct Target {
    pub(super) hosts: [Host; 2],
    good: [Plugin; 2],
    before: Vec<u32>,
}

/// How an attack ended.
pub struct Outcome {
    /// What became of it, in the words of [`Attack::expected`].
    pub outcome: String,
    /// It ended as expected, in time, and the good plugin's bits are what they were.
    pub contained: bool,
    /// Milliseconds, the good plugin's calls left out.
    pub millis: u128,
}

/// Gives limits under which an attack ends soon, and that are far more than the good plugin needs.
pub(super) fn limits(profile: Profile) -> Limits {
    Limits {
        memory: 64 << 20,
        fuel: 50_000_000,
        result: 1 << 20,
        component: 8 << 20,
        time: match profile {
            Profile::Verify => Duration::from_secs(60),
            Profile::Train => Duration::from_millis(500),
        },
        ..Limits::of(profile)
    }
}

impl Target {
    /// Makes the hosts, and asks the good plugin for the bits that it must go on giving.
    pub fn new() -> Self {
        let hosts = [Profile::Verify, Profile::Train].map(|profile| {
            let config =
                HostConfig { limits: limits(profile), cache: CacheLocation::Nowhere, ..HostConfig::new(profile) };
            Host::new(config).expect("this machine runs WebAssembly")
        });
        let file = crate::plugin("pendulum");
        let good = hosts.each_ref().map(|host| host.load_file(&file).expect("the good plugin loads"));
        let before = bits(&good[0]);
        assert!(!before.is_empty(), "the good plugin scores");
        Target { hosts, good, before }
    }

    /// Tells whether the good plugin gives the same bits as at the beginning, in both profiles.
    pub fn is_sound(&self) -> bool {
        self.good.iter().all(|plugin| bits(plugin) == self.before)
    }

    /// Tells the same of one profile, the next at each turn.
    pub(super) fn is_sound_in_turn(&self, turn: usize) -> bool {
        bits(&self.good[turn % self.good.len()]) == self.before
    }

    /// Tells whether another plugin gives the good plugin's bits.
    pub(super) fn equals_good(&self, plugin: &Plugin) -> bool {
        bits(plugin) == self.before
    }

    /// Runs an attack to its end.
    pub fn run(&self, attack: &Attack) -> Outcome {
        let begun = Instant::now();
        let outcome = match &attack.act {
            Act::Scene(play) => play(self),
            Act::Guest(component) => self.both(&component()),
        };
        let taken = begun.elapsed();
        let contained = outcome == attack.expected && taken < PATIENCE && self.is_sound();
        Outcome { outcome, contained, millis: taken.as_millis() }
    }

    /// Loads a component into both hosts and asks it; gives both ends, or one where they are the same.
    pub(super) fn both(&self, component: &[u8]) -> String {
        let [verify, train] = self.hosts.each_ref().map(|host| attempt(host, component));
        if verify == train { train } else { format!("{verify}/{train}") }
    }
}

impl Default for Target {
    fn default() -> Self {
        Target::new()
    }
}

/// Loads a component and asks it; says how that ended.
pub(super) fn attempt(host: &Host, component: &[u8]) -> String {
    match host.load(component) {
        Err(error) => format!("load: {}", error.code()),
        Ok(plugin) => ask(&plugin),
    }
}

/// Calls a plugin some times; says how the first call that failed ended, or `scores`.
pub(super) fn ask(plugin: &Plugin) -> String {
    match try_ask(plugin) {
        Ok(end) => end.into(),
        Err(failure) => failure.code().into(),
    }
}

fn try_ask(plugin: &Plugin) -> Result<&'static str, Failure> {
    let rows = Rows::of(plugin.description());
    let mut source = plugin.source(0).map_err(|error| error.failure)?;
    let mut scores = Scores::default();
    for _ in 0..CALLS {
        if plugin.kind() == Kind::Stateful {
            source.observe(&rows.view()).map_err(|error| error.failure)?;
        }
        source.evaluate(Batch::Transitions(&rows.view()), &mut scores).map_err(|error| error.failure)?;
    }
    match plugin.kind() {
        Kind::Stateful => restored(source.as_mut(), &rows, &scores),
        _ => Ok("scores"),
    }
}

/// Takes the state out and in again, and compares what it answers.
fn restored(source: &mut dyn RewardSource, rows: &Rows, before: &Scores) -> Result<&'static str, Failure> {
    let snapshot = source.snapshot().map_err(|error| error.failure)?;
    source.restore(&snapshot).map_err(|error| error.failure)?;
    let mut after = Scores::default();
    source.evaluate(Batch::Transitions(&rows.view()), &mut after).map_err(|error| error.failure)?;
    Ok(if after.same_bits(before) { "scores" } else { "scores, but others once restored" })
}

/// Gives the bits of a plugin's scores; none where it fails.
fn bits(plugin: &Plugin) -> Vec<u32> {
    let rows = Rows::of(plugin.description());
    let mut scores = Scores::default();
    let asked = plugin.source(0).and_then(|mut source| source.evaluate(Batch::Transitions(&rows.view()), &mut scores));
    asked.map(|()| scores.values.iter().map(|value| value.to_bits()).collect()).unwrap_or_default()
}

/// Rows that fit a description, with all that it may ask for.
struct Rows {
    observation: Vec<f32>,
    action: Vec<f32>,
    task: Vec<f32>,
    counts: Vec<u32>,
    offsets: Vec<u32>,
}

impl Rows {
    fn of(description: &Description) -> Self {
        let numbers = |columns: usize| (0..ROWS * columns).map(|index| (index as f32 * 0.37).sin()).collect();
        Rows {
            observation: numbers(description.observation_size()),
            action: numbers(description.action_size()),
            task: numbers(description.task_size()),
            counts: (0..ROWS as u32).collect(),
            offsets: (0..=ROWS as u32).collect(),
        }
    }

    fn view(&self) -> Transitions<'_> {
        const NEVER: [bool; ROWS] = [false; ROWS];
        const NOTHING: [f32; ROWS] = [0.0; ROWS];
        Transitions {
            rows: ROWS,
            observation: &self.observation,
            action: &self.action,
            next_observation: &self.observation,
            task: &self.task,
            terminated: &NEVER,
            truncated: &NEVER,
            reward: &NOTHING,
            agent: &self.counts,
            episode: &self.counts,
            step: &self.counts,
            group_offsets: &self.offsets,
        }
    }
}
