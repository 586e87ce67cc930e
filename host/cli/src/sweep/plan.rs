//! What a sweep consists of: read from its file, multiplied out, checked before anything is trained.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use meed_train::{AlgorithmName, CreditConfig, CreditMethod, RunDir, TrainConfig};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::exit::UsageError;
use crate::train::{ENVIRONMENT, Prepared, prepare};

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// Environment steps of every run.
    steps: Steps,
    seeds: Vec<u64>,
    environments: Vec<String>,
    #[serde(default = "ppo")]
    algorithms: Choices<AlgorithmName>,
    #[serde(default = "own")]
    rewards: Choices<Reward>,
    /// What every run's configuration has other than by default.
    #[serde(default)]
    config: Map<String, Value>,
    /// Lists of values for keys of the configuration: every combination is tried.
    #[serde(default)]
    vary: Map<String, Value>,
    /// True returns that count as 0 and as 1, by environment, to put environments together.
    #[serde(default)]
    scores: BTreeMap<String, Scale>,
}

/// The same for every environment, or a number for each.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Steps {
    All(u64),
    Each(BTreeMap<String, u64>),
}

/// The same for every environment, or a list for each.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Choices<T> {
    All(Vec<T>),
    Each(BTreeMap<String, Vec<T>>),
}

/// A reward, as `meed train --reward` takes it, or several that are added up; with a name where its own would not do.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Reward {
    One(String),
    Sum(Vec<String>),
    Named(Named),
}

/// A reward with a name, and what becomes of it where episodes pay only when they end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    reward: OneOrMore,
    /// As `meed train --credit`.
    credit: Option<CreditMethod>,
    #[serde(default)]
    state_only: bool,
    #[serde(default)]
    team: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    Sum(Vec<String>),
}

/// The returns between which scores are counted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scale {
    low: f64,
    high: f64,
}

/// A sweep multiplied out.
pub(super) struct Runs {
    pub(super) runs: Vec<Planned>,
    scores: BTreeMap<String, Scale>,
}

/// A run to be.
pub(super) struct Planned {
    /// The directory's name.
    pub(super) name: String,
    pub(super) config: TrainConfig,
    /// What the reward is called.
    pub(super) reward: String,
    /// As `meed train --reward` takes them.
    rewards: Vec<String>,
    /// The keys that are varied, with this run's values.
    pub(super) varied: Vec<(String, Value)>,
}

fn ppo() -> Choices<AlgorithmName> {
    Choices::All(vec![AlgorithmName::Ppo])
}

fn own() -> Choices<Reward> {
    Choices::All(vec![Reward::One(ENVIRONMENT.into())])
}

/// Reads the text of a sweep's file.
pub(super) fn read(text: &str) -> Result<Plan> {
    Ok(toml::from_str(text).map_err(|error| UsageError(error.to_string()))?)
}

impl Steps {
    fn of(&self, env: &str) -> Result<u64, UsageError> {
        match self {
            Steps::All(all) => Ok(*all),
            Steps::Each(each) => each
                .get(env)
                .copied()
                .ok_or_else(|| UsageError(format!("steps for each environment has none for {env}"))),
        }
    }
}

impl<T> Choices<T> {
    fn of(&self, env: &str) -> Result<&[T], UsageError> {
        match self {
            Choices::All(all) => Ok(all),
            Choices::Each(each) => match each.get(env) {
                Some(own) => Ok(own),
                None => Err(UsageError(format!("a list for each environment has none for {env}"))),
            },
        }
    }
}

impl Reward {
    /// Gives its name and what it is made of.
    fn parts(&self) -> (String, Vec<String>) {
        let parts = match self {
            Reward::One(one) | Reward::Named(Named { reward: OneOrMore::One(one), .. }) => vec![one.clone()],
            Reward::Sum(sum) | Reward::Named(Named { reward: OneOrMore::Sum(sum), .. }) => sum.clone(),
        };
        let stem = |part: &String| {
            Path::new(part).file_name().map_or_else(|| part.clone(), |name| name.to_string_lossy().replace(".wasm", ""))
        };
        let name = match self {
            Reward::Named(Named { name, .. }) => name.clone(),
            _ => parts.iter().map(stem).collect::<Vec<_>>().join("+"),
        };
        (name, parts)
    }

    /// Puts the decomposition of returns that belongs to it into a configuration; what that says of decompositions stays.
    fn decompose(&self, config: &mut Value) -> Result<(), UsageError> {
        let Reward::Named(Named { credit: Some(method), state_only, team, .. }) = self else { return Ok(()) };
        let wrong = |error| UsageError(format!("config or vary: {error}"));
        let said = config["credit"].take();
        // Its defaults follow from the algorithm and its settings.
        let others: TrainConfig = serde_json::from_value(config.clone()).map_err(wrong)?;
        let credit = CreditConfig::of(*method, &others);
        config["credit"] =
            serde_json::to_value(CreditConfig { state_only: *state_only, team: *team, ..credit }).map_err(wrong)?;
        if !said.is_null() {
            merge(&mut config["credit"], &said);
        }
        Ok(())
    }
}

impl Plan {
    /// Multiplies everything out. Paths of rewards are seen from `folder`.
    pub(super) fn runs(self, folder: &Path) -> Result<Runs> {
        for (what, empty) in [("seeds", self.seeds.is_empty()), ("environments", self.environments.is_empty())] {
            if empty {
                return Err(UsageError(format!("{what} is an empty list: there is nothing to do")).into());
            }
        }
        for (env, Scale { low, high }) in &self.scores {
            if !(low.is_finite() && high.is_finite() && low < high) {
                return Err(UsageError(format!("scores of {env}: low must be below high")).into());
            }
        }
        let mut runs = Vec::new();
        for env in &self.environments {
            for algorithm in self.algorithms.of(env)? {
                for reward in self.rewards.of(env)? {
                    for varied in combinations(&self.vary)? {
                        for seed in &self.seeds {
                            runs.push(self.planned(env, *algorithm, reward, &varied, *seed, folder)?);
                        }
                    }
                }
            }
        }
        let mut names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let hint = "give rewards names of their own: { name = \"...\", reward = \"...\" }, and no value twice";
            return Err(UsageError(format!("two runs would both be called {}: {hint}", pair[0])).into());
        }
        Ok(Runs { runs, scores: self.scores })
    }

    fn planned(
        &self,
        env: &str,
        algorithm: AlgorithmName,
        reward: &Reward,
        varied: &[(String, Value)],
        seed: u64,
        folder: &Path,
    ) -> Result<Planned> {
        let steps = self.steps.of(env)?;
        let base = TrainConfig { algorithm, ..TrainConfig::new(env, steps, seed) };
        let mut config = serde_json::to_value(base)?;
        merge(&mut config, &Value::Object(self.config.clone()));
        for (key, value) in varied {
            // The dots lead from section to section.
            let nested = key
                .rsplit('.')
                .fold(value.clone(), |value, part| Value::Object(Map::from_iter([(part.into(), value)])));
            merge(&mut config, &nested);
        }
        reward.decompose(&mut config)?;
        let config: TrainConfig =
            serde_json::from_value(config).map_err(|error| UsageError(format!("config or vary: {error}")))?;
        if (config.env.as_str(), config.algorithm, config.seed, config.steps) != (env, algorithm, seed, steps) {
            let own = "env, algorithm, seed and steps have lists of their own, beside [config] and [vary]";
            return Err(UsageError(own.into()).into());
        }
        let (reward, parts) = reward.parts();
        let rewards = parts.into_iter().map(|part| located(part, folder)).collect();
        let mut name = vec![env.to_owned(), algorithm.to_string(), reward.clone()];
        name.extend(varied.iter().map(|(key, value)| format!("{key}={}", plain(value))));
        name.push(format!("seed{seed}"));
        let safe = |c: char| if c.is_alphanumeric() || "-_.=+".contains(c) { c } else { '-' };
        let name = name.join("_").chars().map(safe).collect();
        Ok(Planned { name, config, reward, rewards, varied: varied.to_vec() })
    }
}

/// Finds a reward's file from the folder that the sweep's file lies in.
fn located(part: String, folder: &Path) -> String {
    let is_own = part == ENVIRONMENT || part.split_once('=').is_some_and(|(file, _)| file == ENVIRONMENT);
    if is_own { part } else { folder.join(part).to_string_lossy().into_owned() }
}

/// Writes a value as one says it.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Lays one object over another, section by section.
fn merge(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                merge(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

/// Gives every choice of one value for each key.
fn combinations(vary: &Map<String, Value>) -> Result<Vec<Vec<(String, Value)>>, UsageError> {
    let mut lists = Vec::new();
    flatten("", vary, &mut lists)?;
    let mut all = vec![Vec::new()];
    for (key, values) in lists {
        let with = |chosen: &Vec<(String, Value)>| {
            values.iter().map(|value| [&chosen[..], &[(key.clone(), value.clone())]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    Ok(all)
}

fn flatten(prefix: &str, vary: &Map<String, Value>, out: &mut Vec<(String, Vec<Value>)>) -> Result<(), UsageError> {
    for (key, value) in vary {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(section) => flatten(&key, section, out)?,
            Value::Array(values) if !values.is_empty() => out.push((key, values.clone())),
            _ => return Err(UsageError(format!("vary.{key} is not a list of values"))),
        }
    }
    Ok(())
}

impl Runs {
    /// Makes the directories that are not there yet, after all runs have been checked.
    pub(super) fn make(&self, out: &Path) -> Result<()> {
        let mut missing: Vec<(PathBuf, Prepared)> = Vec::new();
        for run in &self.runs {
            let dir = out.join(&run.name);
            if !dir.exists() {
                let prepared = prepare(run.config.clone(), &run.rewards).with_context(|| run.name.clone())?;
                missing.push((dir, prepared));
                continue;
            }
            let there = RunDir::open(&dir)?;
            if there.info.config != run.config {
                bail!(UsageError(format!(
                    "{} was made with other settings: sweep into another directory, or remove it",
                    dir.display()
                )));
            }
        }
        for (dir, prepared) in missing {
            RunDir::create_with(&dir, &prepared.info, &prepared.contents)?;
        }
        Ok(())
    }

    /// Says how good a true return is, where the file says what counts as 0 and as 1.
    pub(super) fn score(&self, env: &str, value: f64) -> Option<f64> {
        self.scores.get(env).map(|scale| (value - scale.low) / (scale.high - scale.low))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>> {
        Ok(read(text)?.runs(Path::new("plans"))?.runs.into_iter().map(|run| run.name).collect())
    }

    const SMALL: &str = "steps = 256\nseeds = [1, 2]\nenvironments = ['CartPole-v1']\n";

    #[test]
    fn everything_is_multiplied_out_with_names_that_say_what_it_is() {
        let text = format!(
            "{SMALL}algorithms = ['ppo', 'dqn']\nrewards = ['environment', 'a/pole.wasm']\n[vary]\nppo.gamma = [0.9, 0.99]\n"
        );
        let names = names(&text).unwrap();
        assert_eq!(names.len(), 16);
        assert_eq!(names[0], "CartPole-v1_ppo_environment_ppo.gamma=0.9_seed1");
        assert_eq!(names[15], "CartPole-v1_dqn_pole_ppo.gamma=0.99_seed2");
    }

    #[test]
    fn lists_may_be_the_environments_own() {
        let text = "steps = 256\nseeds = [1]\nenvironments = ['CartPole-v1', 'Pendulum-v1']\n\
                    rewards.CartPole-v1 = ['environment']\n\
                    rewards.Pendulum-v1 = [{ name = 'both', reward = ['a.wasm=0.5', 'environment=2'] }]\n";
        let runs = read(text).unwrap().runs(Path::new("plans")).unwrap().runs;
        assert_eq!(runs[1].name, "Pendulum-v1_ppo_both_seed1");
        assert_eq!(runs[1].rewards, ["plans/a.wasm=0.5", "environment=2"]);
        assert!(names("steps = 1\nseeds = [1]\nenvironments = ['A', 'B']\nrewards.A = ['environment']\n").is_err());
    }

    #[test]
    fn any_key_of_the_configuration_can_be_set_and_varied() {
        let text = format!("{SMALL}[config]\ncheckpoint_every = 5\nppo.hidden = 8\n[vary]\n'ppo.gamma' = [0.5]\n");
        let run = read(&text).unwrap().runs(Path::new("")).unwrap().runs.remove(0);
        let ppo = &run.config.ppo;
        assert_eq!((run.config.checkpoint_every, ppo.hidden, ppo.gamma, ppo.lambda), (5, 8, 0.5, 0.8));
        for (wrong, says) in [
            ("[config]\nppo.gama = 0.5", "gama"),
            ("[config]\nseed = 3", "lists of their own"),
            ("[vary]\nppo.gamma = 0.5", "vary.ppo.gamma"),
            ("[vary]\nppo.gamma = [0.5, 0.5]", "both be called"),
            ("nonsense = 1", "nonsense"),
        ] {
            let error = names(&format!("{SMALL}{wrong}\n")).unwrap_err().to_string();
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_reward_may_say_how_returns_are_decomposed() {
        let text = "seeds = [1]\nenvironments = ['CartPole-v1']\nsteps.CartPole-v1 = 256\n\
                    rewards = ['environment', { name = 'rrd', reward = 'environment', credit = 'rrd' },\
                    { name = 'lare', reward = 'a.wasm', credit = 'lare-rrd', state_only = true }]\n\
                    [config]\nppo.hidden = 8\ncredit.episodes = 3\n";
        // What is said of decompositions needs one.
        assert!(names(text).unwrap_err().to_string().contains("missing field `method`"));
        let text = text.replace("'environment', { name = 'rrd'", "{ name = 'rrd'");
        let runs = read(&text).unwrap().runs(Path::new("")).unwrap().runs;
        let credits: Vec<&CreditConfig> = runs.iter().map(|run| run.config.credit.as_ref().unwrap()).collect();
        assert_eq!(credits.iter().map(|credit| credit.method.to_string()).collect::<Vec<_>>(), ["rrd", "lare-rrd"]);
        assert!(credits.iter().all(|credit| (credit.episodes, credit.hidden) == (3, 8)));
        assert_eq!((credits[0].state_only, credits[1].state_only), (false, true));
        assert!(names(&text.replace("CartPole-v1 = 256", "Pendulum-v1 = 256")).is_err());
    }
}
