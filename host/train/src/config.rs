//! What a training is made of. Everything here stands in the run directory's `config.json`.

mod check;
mod credit;
mod dqn;
mod ppo;
mod sac;
mod td3;

use std::collections::BTreeMap;

use meed_core::Description;
use meed_envs::{ActionSpace, EnvSpec, VectorEnv, Wrappers};
use serde::{Deserialize, Serialize};

use crate::reward::fit::fit;
use crate::{DeviceChoice, TrainError, Transform};

use check::require;
pub use credit::{CreditConfig, CreditMethod};
pub use dqn::DqnConfig;
pub use ppo::{Critics, PpoConfig};
pub use sac::SacConfig;
pub use td3::Td3Config;

/// A whole training: with the same one, the same build and the same reward, the CPU gives the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The environment's id, such as `Pendulum-v1`.
    pub env: String,
    /// What is put around it.
    #[serde(default)]
    pub wrappers: Wrappers,
    /// Seeds the environments, the weights and every chance in between.
    pub seed: u64,
    /// Environment steps to take, over all copies; rounded up to whole rollouts.
    pub steps: u64,
    /// Where the learner computes.
    #[serde(default)]
    pub device: DeviceChoice,
    /// What stands in for the score of a row on which the reward abstained.
    #[serde(default)]
    pub on_abstain: OnAbstain,
    /// Weights of factors by name, in place of the reward's own.
    #[serde(default)]
    pub weights: BTreeMap<String, f32>,
    /// What is made of the reward before anything learns from it, in order.
    #[serde(default)]
    pub transforms: Vec<Transform>,
    /// How returns are decomposed, where episodes pay only when they end; the reward's factors are then what is decomposed by.
    #[serde(default)]
    pub credit: Option<CreditConfig>,
    /// Environment steps between two checkpoints, at least 1. The default, 20,000, loses a few seconds of work at most.
    #[serde(default = "checkpoint_every")]
    pub checkpoint_every: u64,
    /// Which algorithm learns.
    #[serde(default)]
    pub algorithm: AlgorithmName,
    /// PPO's own; the sections of the other algorithms are not looked at.
    pub ppo: PpoConfig,
    /// SAC's own.
    #[serde(default)]
    pub sac: SacConfig,
    /// TD3's own.
    #[serde(default)]
    pub td3: Td3Config,
    /// DQN's own.
    #[serde(default)]
    pub dqn: DqnConfig,
}

/// An algorithm by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlgorithmName {
    /// Proximal policy optimisation: any actions, learns from what it just did.
    #[default]
    Ppo,
    /// Soft actor-critic: bounded numbers as actions, learns from a memory, explores by entropy.
    Sac,
    /// Twin delayed deep deterministic policy gradient: bounded numbers as actions, learns from a memory, explores by noise.
    Td3,
    /// Deep Q-learning: a few choices as actions, learns from a memory.
    Dqn,
}

impl std::fmt::Display for AlgorithmName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            AlgorithmName::Ppo => "ppo",
            AlgorithmName::Sac => "sac",
            AlgorithmName::Td3 => "td3",
            AlgorithmName::Dqn => "dqn",
        })
    }
}

/// What stands in for the score of a row on which the reward abstained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnAbstain {
    /// Nothing: training stops, because an abstention is not a zero.
    #[default]
    Stop,
    /// Zero. The metrics count the rows.
    Zero,
    /// The environment's own reward. The metrics count the rows.
    Environment,
}

impl TrainConfig {
    /// Makes the configuration that the environment is known to be solved with.
    pub fn new(env: &str, steps: u64, seed: u64) -> Self {
        TrainConfig {
            env: env.into(),
            wrappers: Wrappers::default(),
            seed,
            steps,
            device: DeviceChoice::Cpu,
            on_abstain: OnAbstain::Stop,
            weights: BTreeMap::new(),
            transforms: Vec::new(),
            credit: None,
            checkpoint_every: checkpoint_every(),
            algorithm: AlgorithmName::Ppo,
            ppo: PpoConfig::of(env),
            sac: SacConfig::of(env),
            td3: Td3Config::of(env),
            dqn: DqnConfig::of(env),
        }
    }

    /// Makes the copies of the environment that the training steps.
    ///
    /// # Errors
    /// [`TrainError::Env`] where there is no such environment, or its actions cannot be scaled.
    pub fn make_env(&self) -> Result<Box<dyn VectorEnv>, TrainError> {
        Ok(self.wrappers.make(&self.env, self.num_envs(), self.seed)?)
    }

    /// Counts the copies of the environment that the algorithm steps together.
    pub fn num_envs(&self) -> usize {
        match self.algorithm {
            AlgorithmName::Ppo => self.ppo.num_envs,
            AlgorithmName::Sac => self.sac.num_envs,
            AlgorithmName::Td3 => self.td3.num_envs,
            AlgorithmName::Dqn => self.dqn.num_envs,
        }
    }

    /// Gives the discount of the algorithm.
    pub(crate) fn gamma(&self) -> f32 {
        match self.algorithm {
            AlgorithmName::Ppo => self.ppo.gamma,
            AlgorithmName::Sac => self.sac.gamma,
            AlgorithmName::Td3 => self.td3.gamma,
            AlgorithmName::Dqn => self.dqn.gamma,
        }
    }

    /// Checks all that can be known before the first step: the numbers, the device, and that the reward describes what the
    /// environment gives. [`train`](crate::train) does so itself; who wants to know before making a run directory asks here.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check_fit(&self, spec: &EnvSpec, reward: Option<&Description>) -> Result<(), TrainError> {
        self.check(spec.agents)?;
        let delta = self.transforms.contains(&Transform::Delta) && self.algorithm != AlgorithmName::Ppo;
        require(
            "transform",
            "delta",
            !delta,
            "another one, unless ppo learns: it waits for the reward of the next step",
        )?;
        self.check_agents(spec)?;
        self.check_actions(&spec.action_space)?;
        self.check_credit(spec.agents)?;
        self.device.open()?;
        reward.map_or(Ok(()), |reward| fit(reward, spec, self).map(|_| ()))
    }

    /// Checks that nothing else is made of the reward where returns are decomposed.
    fn check_credit(&self, agents: usize) -> Result<(), TrainError> {
        let Some(credit) = &self.credit else { return Ok(()) };
        let allowed = "none, because an episode's return is decomposed as it is";
        require("transforms", self.transforms.len(), self.transforms.is_empty(), allowed)?;
        let rows = if self.algorithm == AlgorithmName::Ppo { self.ppo.num_envs * self.ppo.rollout_steps } else { 1 };
        let holds = credit.memory >= rows.saturating_mul(agents);
        require("credit.memory", credit.memory, holds, "at least the rows of a rollout")?;
        credit.check(agents)
    }

    /// Checks that the algorithm can learn for as many agents.
    fn check_agents(&self, spec: &EnvSpec) -> Result<(), TrainError> {
        let alone = spec.agents == 1;
        let several = self.algorithm == AlgorithmName::Ppo;
        require("algorithm", self.algorithm, alone || several, "ppo, because there are several agents")?;
        let allowed = "an environment whose agents all want the same, because one policy learns for all: \
                       in mpe2/simple_chase-N a rule runs the prey";
        require("env", &spec.id, !meed_envs::has_opponents(&spec.id), allowed)
    }

    /// Checks that the algorithm can choose such actions.
    fn check_actions(&self, space: &ActionSpace) -> Result<(), TrainError> {
        let (holds, allowed) = match (self.algorithm, space) {
            (AlgorithmName::Ppo, _) => (true, ""),
            (AlgorithmName::Dqn, space) => {
                (matches!(space, ActionSpace::Discrete(_)), "ppo, sac or td3, because the actions are numbers")
            }
            (_, ActionSpace::Discrete(_)) => (false, "ppo or dqn, because an action is one of a few choices"),
            (_, ActionSpace::Box { low, high }) => {
                let bounded = low.iter().chain(high).all(|bound| bound.is_finite());
                (bounded, "ppo, because the actions have no bounds")
            }
        };
        require("algorithm", self.algorithm, holds, allowed)
    }

    fn check(&self, agents: usize) -> Result<(), TrainError> {
        let limit = self.wrappers.time_limit;
        require("time_limit", limit.unwrap_or(1), limit != Some(0), "at least 1")?;
        require("steps", self.steps, self.steps > 0, "at least 1")?;
        require("checkpoint_every", self.checkpoint_every, self.checkpoint_every > 0, "at least 1")?;
        match self.algorithm {
            AlgorithmName::Ppo => self.ppo.check(agents),
            AlgorithmName::Sac => self.sac.check(),
            AlgorithmName::Td3 => self.td3.check(),
            AlgorithmName::Dqn => self.dqn.check(),
        }
    }
}

fn checkpoint_every() -> u64 {
    20_000
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_checks_and_survive_json() {
        for env in meed_envs::IDS.into_iter().chain(["lare/spread-3", "lare/tag-30"]) {
            let config = TrainConfig::new(env, 1000, 1);
            config.check(meed_envs::spec(env).unwrap().agents).unwrap();
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<TrainConfig>(&json).unwrap(), config);
        }
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        let mut config = TrainConfig::new("CartPole-v1", 1000, 1);
        config.ppo.minibatch = 257;
        let error = config.check(1).unwrap_err();
        assert!(error.to_string().starts_with("minibatch is 257"), "{error}");
        config.check(3).unwrap();
        config.ppo.minibatch = 256;
        config.ppo.gamma = f32::NAN;
        assert!(config.check(1).unwrap_err().to_string().starts_with("gamma is NaN"));
    }

    #[test]
    fn several_agents_learn_together_or_not_at_all() {
        let refused = |env: &str, algorithm| {
            let config = TrainConfig { algorithm, ..TrainConfig::new(env, 1000, 1) };
            config.check_fit(&meed_envs::spec(env).unwrap(), None).err().map(|error| error.to_string())
        };
        for env in meed_envs::MULTI_AGENT_IDS {
            let opponents = env.starts_with("mpe2/simple_tag");
            assert_eq!(refused(env, AlgorithmName::Ppo).is_some(), opponents, "{env}");
        }
        assert!(refused("mpe2/simple_tag-3", AlgorithmName::Ppo).unwrap().contains("mpe2/simple_chase-N"));
        assert!(
            refused("lare/spread-3", AlgorithmName::Dqn).unwrap().contains("must be ppo, because there are several")
        );
    }

    #[test]
    fn each_algorithm_takes_only_actions_it_can_choose() {
        let refused = |env: &str, algorithm| {
            let config = TrainConfig { algorithm, ..TrainConfig::new(env, 1000, 1) };
            config.check_fit(&meed_envs::spec(env).unwrap(), None).err().map(|error| error.to_string())
        };
        for (env, algorithms) in [
            ("CartPole-v1", [AlgorithmName::Ppo, AlgorithmName::Dqn]),
            ("Pendulum-v1", [AlgorithmName::Sac, AlgorithmName::Td3]),
        ] {
            assert_eq!(algorithms.map(|algorithm| refused(env, algorithm)), [None, None], "{env}");
        }
        let dqn = refused("Pendulum-v1", AlgorithmName::Dqn).unwrap();
        assert_eq!(dqn, "algorithm is dqn; it must be ppo, sac or td3, because the actions are numbers");
        assert!(refused("CartPole-v1", AlgorithmName::Sac).unwrap().contains("must be ppo or dqn"));
    }
}
