//! Environments of Gymnasium and PettingZoo, run by a Python process of their own.
//!
//! One process holds all copies and takes a step of all of them in one round trip; what crashes, hangs or exits there becomes an
//! error here, with what it wrote to standard error. Every episode is begun with a seed of its own, drawn here, so that a copy's
//! state is that seed and the actions since: a snapshot keeps these, and restoring one takes the steps again. An environment that
//! is not decided by seed and actions cannot be restored, and says so.

mod process;

use std::path::PathBuf;
use std::time::Duration;

use meed_core::Field;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::vectorised::generators;
use crate::{ActionSpace, EnvError, EnvSpec, RngState, Step, VectorEnv};
use process::Process;

/// How Python is found and how long it may take.
#[derive(Clone, Debug)]
pub struct BridgeOptions {
    /// The interpreter: one whose packages hold the environment.
    pub python: PathBuf,
    /// A folder to look for modules in, before the others.
    pub modules: Option<PathBuf>,
    /// How long an answer may take, the first one included, for which packages are imported.
    pub patience: Duration,
}

impl Default for BridgeOptions {
    /// Takes the interpreter that `MEED_PYTHON` names; else that of the virtual environment that `cargo xtask setup` makes
    /// (`MEED_TOOLS`, else `meed/tools` in the user's cache); else `python3`. Two minutes are enough for any import.
    fn default() -> Self {
        let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = || named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")));
        let tools = || named("MEED_TOOLS").or_else(|| Some(cache()?.join("meed/tools")));
        let installed = || Some(tools()?.join("bin/python")).filter(|python| python.is_file());
        let python = named("MEED_PYTHON").or_else(installed).unwrap_or_else(|| "python3".into());
        BridgeOptions { python, modules: None, patience: Duration::from_secs(120) }
    }
}

/// What the process says of its environment.
#[derive(Deserialize)]
struct Description {
    agents: usize,
    observation: Observation,
    action: Action,
    limit: Option<u32>,
}

#[derive(Deserialize)]
struct Observation {
    size: usize,
    low: Option<f32>,
    high: Option<f32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Action {
    Discrete { choices: usize },
    Box { low: Vec<Option<f32>>, high: Vec<Option<f32>> },
}

/// A copy's episode: all that decides how it goes on.
#[derive(Clone, Serialize, Deserialize)]
struct Episode {
    seed: u32,
    actions: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    id: String,
    rngs: Vec<RngState>,
    episodes: Vec<Episode>,
    observation: Vec<f32>,
}

/// Copies of an environment in another process.
pub(crate) struct Bridge {
    process: Process,
    spec: EnvSpec,
    rngs: Vec<ChaCha8Rng>,
    episodes: Vec<Episode>,
    observation: Vec<f32>,
    next_observation: Vec<f32>,
    reward: Vec<f32>,
    reward_f64: Vec<f64>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
}

impl Bridge {
    /// Starts the process. The id begins with `gym:` or `pettingzoo:`.
    pub(crate) fn start(id: &str, num_envs: usize, seed: u64, options: &BridgeOptions) -> Result<Self, EnvError> {
        if num_envs == 0 {
            return Err(EnvError::NoEnvs);
        }
        let (kind, name) = id.split_once(':').ok_or_else(|| EnvError::UnknownId { id: id.into() })?;
        let (process, described) = Process::start(id, [kind, name, &num_envs.to_string()], options)?;
        let described: Description = serde_json::from_slice(&described)
            .map_err(|error| process.broken(format!("described its environment in a way not understood: {error}")))?;
        let spec = spec(id, described);
        let rows = num_envs * spec.agents;
        let columns = rows * spec.observation_size();
        let mut bridge = Bridge {
            process,
            spec,
            rngs: generators(seed, num_envs),
            episodes: vec![Episode { seed: 0, actions: Vec::new() }; num_envs],
            observation: vec![0.0; columns],
            next_observation: vec![0.0; columns],
            reward: vec![0.0; rows],
            reward_f64: vec![0.0; rows],
            terminated: vec![false; rows],
            truncated: vec![false; rows],
        };
        bridge.reset(None)?;
        Ok(bridge)
    }

    /// Begins an episode of one copy with the seed that stands in `episodes`.
    fn begin(&mut self, env: usize) -> Result<(), EnvError> {
        let question = [(env as u32).to_le_bytes(), self.episodes[env].seed.to_le_bytes()].concat();
        self.observe_one(env, b'R', &question)
    }

    /// Asks something whose answer is one copy's observations.
    fn observe_one(&mut self, env: usize, letter: u8, question: &[u8]) -> Result<(), EnvError> {
        let answer = self.process.ask(letter, question)?;
        let width = self.spec.agents * self.spec.observation_size();
        let seen = &mut self.observation[env * width..(env + 1) * width];
        if answer.len() != seen.len() * 4 {
            return Err(self.process.broken(format!("answered with {} bytes", answer.len())));
        }
        floats(seen, &answer);
        Ok(())
    }

    /// Reads what a step of all copies gave.
    fn read_step(&mut self, answer: &[u8]) -> Result<(), EnvError> {
        let rows = self.reward.len();
        let columns = self.next_observation.len() * 4;
        if answer.len() != columns + rows * 10 {
            return Err(self.process.broken(format!("answered a step with {} bytes", answer.len())));
        }
        let (seen, rest) = answer.split_at(columns);
        let (rewards, ends) = rest.split_at(rows * 8);
        let (terminated, truncated) = ends.split_at(rows);
        floats(&mut self.next_observation, seen);
        for (row, bytes) in rewards.as_chunks().0.iter().enumerate() {
            self.reward_f64[row] = f64::from_le_bytes(*bytes);
            self.reward[row] = self.reward_f64[row] as f32;
            self.terminated[row] = terminated[row] != 0;
            self.truncated[row] = truncated[row] != 0;
        }
        Ok(())
    }
}

impl VectorEnv for Bridge {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn num_envs(&self) -> usize {
        self.episodes.len()
    }

    fn observation(&self) -> &[f32] {
        &self.observation
    }

    fn reset(&mut self, seed: Option<u64>) -> Result<(), EnvError> {
        if let Some(seed) = seed {
            self.rngs = generators(seed, self.episodes.len());
        }
        (0..self.episodes.len()).try_for_each(|env| self.restart(env))
    }

    fn restart(&mut self, env: usize) -> Result<(), EnvError> {
        let envs = self.episodes.len();
        let rng = self.rngs.get_mut(env).ok_or(EnvError::NoCopy { env, envs })?;
        // Environments take seeds of 31 bits for granted.
        self.episodes[env] = Episode { seed: rng.random::<u32>() >> 1, actions: Vec::new() };
        self.begin(env)
    }

    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError> {
        let envs = self.episodes.len();
        self.spec.check_actions(actions, envs)?;
        let answer = self.process.ask(b'A', &bytes(actions))?;
        self.read_step(&answer)?;
        self.observation.copy_from_slice(&self.next_observation);
        let (agents, width) = (self.spec.agents, actions.len() / envs);
        for env in 0..envs {
            if self.terminated[env * agents] || self.truncated[env * agents] {
                self.restart(env)?;
            } else {
                self.episodes[env].actions.extend_from_slice(&actions[env * width..(env + 1) * width]);
            }
        }
        Ok(Step {
            next_observation: &self.next_observation,
            observation: &self.observation,
            reward: &self.reward,
            reward_f64: &self.reward_f64,
            terminated: &self.terminated,
            truncated: &self.truncated,
        })
    }

    /// Gives nothing: the state is the other process's.
    fn state(&self, _env: usize) -> &[f64] {
        &[]
    }

    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError> {
        Err(EnvError::State { env, len: state.len(), envs: self.episodes.len(), width: 0 })
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        let snapshot = Snapshot {
            id: self.spec.id.clone(),
            rngs: self.rngs.iter().map(RngState::from).collect(),
            episodes: self.episodes.clone(),
            observation: self.observation.clone(),
        };
        postcard::to_allocvec(&snapshot).map_err(|error| EnvError::Snapshot { reason: error.to_string() })
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), EnvError> {
        let refused = |reason: String| Err(EnvError::Snapshot { reason });
        let snapshot: Snapshot = match postcard::from_bytes(snapshot) {
            Ok(snapshot) => snapshot,
            Err(error) => return refused(error.to_string()),
        };
        let envs = self.episodes.len();
        if snapshot.id != self.spec.id {
            return refused(format!("it is of {}, not of {}", snapshot.id, self.spec.id));
        }
        if [snapshot.rngs.len(), snapshot.episodes.len()] != [envs; 2] {
            return refused(format!("it is of {} copies, not of {envs}", snapshot.episodes.len()));
        }
        self.rngs = snapshot.rngs.iter().map(ChaCha8Rng::from).collect();
        self.episodes = snapshot.episodes;
        for env in 0..envs {
            self.begin(env)?;
            if !self.episodes[env].actions.is_empty() {
                let question = [&(env as u32).to_le_bytes()[..], &bytes(&self.episodes[env].actions)].concat();
                self.observe_one(env, b'P', &question)?;
            }
        }
        let same = |(own, kept): (&f32, &f32)| own.to_bits() == kept.to_bits();
        if self.observation.len() != snapshot.observation.len()
            || !self.observation.iter().zip(&snapshot.observation).all(same)
        {
            return refused(format!("the same seeds and actions led {} elsewhere this time", self.spec.id));
        }
        Ok(())
    }
}

fn spec(id: &str, described: Description) -> EnvSpec {
    let low = |bound: Option<f32>| bound.unwrap_or(f32::NEG_INFINITY);
    let high = |bound: Option<f32>| bound.unwrap_or(f32::INFINITY);
    let seen = described.observation;
    let (action, action_space) = match described.action {
        Action::Discrete { choices } => {
            let field = Field::new("action", 1, "index", 0.0, choices.saturating_sub(1) as f32);
            (field, ActionSpace::Discrete(choices))
        }
        Action::Box { low: lows, high: highs } => {
            let lows: Vec<f32> = lows.into_iter().map(low).collect();
            let highs: Vec<f32> = highs.into_iter().map(high).collect();
            let (least, most) =
                (lows.iter().copied().fold(f32::INFINITY, f32::min), highs.iter().copied().fold(f32::MIN, f32::max));
            (Field::new("action", lows.len(), "1", least, most), ActionSpace::Box { low: lows, high: highs })
        }
    };
    EnvSpec {
        id: id.into(),
        agents: described.agents,
        observation: vec![Field::new("observation", seen.size, "1", low(seen.low), high(seen.high))],
        action: vec![action],
        action_space,
        max_episode_steps: described.limit,
    }
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Reads as many numbers as there are places for.
fn floats(numbers: &mut [f32], bytes: &[u8]) {
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = f32::from_le_bytes(*bytes);
    }
}
