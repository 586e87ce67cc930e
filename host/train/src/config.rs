//! What a training is made of. Everything here stands in the run directory's `config.json`.

use std::collections::BTreeMap;

use meed_core::Description;
use meed_envs::{ActionSpace, EnvSpec, VectorEnv};
use serde::{Deserialize, Serialize};

use crate::judge::fit;
use crate::{DeviceChoice, DqnConfig, SacConfig, Td3Config, TrainError, Transform};

/// A whole training: with the same one, the same build and the same reward, the CPU gives the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The environment's id, such as `Pendulum-v1`.
    pub env: String,
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

/// The hyper-parameters of PPO (Schulman et al., 2017).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PpoConfig {
    /// Copies of the environment that step together. More give a more varied rollout and cheaper steps.
    pub num_envs: usize,
    /// Steps of each copy between two updates.
    pub rollout_steps: usize,
    /// Rows in a gradient step, at most a rollout's `num_envs` x `rollout_steps`.
    pub minibatch: usize,
    /// Passes over a rollout.
    pub epochs: usize,
    /// Discount of a reward one step later, from 0 to 1.
    pub gamma: f32,
    /// Generalised advantage estimation's trade of bias (0) against variance (1).
    pub lambda: f32,
    /// Adam's step size at the beginning.
    pub learning_rate: f64,
    /// How far the probability of an action may move from the rollout's, as a fraction, at the beginning.
    pub clip: f32,
    /// Whether step size and clip fall linearly to zero over the training: a steadier end for a fixed budget.
    pub decay: bool,
    /// Weight of the value's squared error beside the policy's loss. 0.5 is everyone's number.
    pub value_coefficient: f32,
    /// Weight of the policy's entropy: keeps it trying. 0 where the environment is easily explored.
    pub entropy_coefficient: f32,
    /// Largest norm of all gradients taken together; larger ones are scaled down to it. 0.5 is everyone's number.
    pub max_gradient_norm: f32,
    /// Width of the two hidden layers of each network. 64 is enough for a few dozen observation columns.
    pub hidden: usize,
    /// Logarithm of the standard deviation that actions begin with, as a share of half the action range.
    pub initial_log_std: f32,
    /// Whether the networks see observations with running mean and deviation taken out: for columns of very unlike size. Where
    /// they are not, the moving statistics cost more than they give (Pendulum: two seeds of eight failed).
    pub normalize_observation: bool,
    /// Whether rewards are divided by the running deviation of the discounted return, so that any reward's scale will do.
    pub normalize_reward: bool,
}

impl TrainConfig {
    /// Makes the configuration that the environment is known to be solved with.
    pub fn new(env: &str, steps: u64, seed: u64) -> Self {
        TrainConfig {
            env: env.into(),
            seed,
            steps,
            device: DeviceChoice::Cpu,
            on_abstain: OnAbstain::Stop,
            weights: BTreeMap::new(),
            transforms: Vec::new(),
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
    /// [`TrainError::Env`] where there is no such environment.
    pub fn make_env(&self) -> Result<Box<dyn VectorEnv>, TrainError> {
        Ok(meed_envs::make(&self.env, self.num_envs(), self.seed)?)
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

    /// Checks all that can be known before the first step: the numbers, the device, and that the reward describes what the
    /// environment gives. [`train`](crate::train) does so itself; who wants to know before making a run directory asks here.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check_fit(&self, spec: &EnvSpec, reward: Option<&Description>) -> Result<(), TrainError> {
        self.check()?;
        require("env", &spec.id, spec.agents == 1, "an environment with one agent")?;
        self.check_actions(&spec.action_space)?;
        self.device.open()?;
        reward.map_or(Ok(()), |reward| fit(reward, spec, self).map(|_| ()))
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

    pub(crate) fn check(&self) -> Result<(), TrainError> {
        require("steps", self.steps, self.steps > 0, "at least 1")?;
        require("checkpoint_every", self.checkpoint_every, self.checkpoint_every > 0, "at least 1")?;
        match self.algorithm {
            AlgorithmName::Ppo => self.check_ppo(),
            AlgorithmName::Sac => {
                let SacConfig { gamma, tau, actor_learning_rate, critic_learning_rate, hidden, .. } = self.sac;
                rate("actor_learning_rate", actor_learning_rate)?;
                rate("critic_learning_rate", critic_learning_rate)?;
                counts([("policy_frequency", self.sac.policy_frequency), ("hidden", hidden)])?;
                let SacConfig { num_envs, buffer, batch, learning_starts, .. } = self.sac;
                check_memory(num_envs, buffer, batch, learning_starts, gamma, tau)
            }
            AlgorithmName::Td3 => {
                let Td3Config { gamma, tau, learning_rate, hidden, policy_frequency, .. } = self.td3;
                rate("learning_rate", learning_rate)?;
                counts([("policy_frequency", policy_frequency), ("hidden", hidden)])?;
                let Td3Config { policy_noise, noise_clip, exploration_noise, .. } = self.td3;
                for (name, noise) in [
                    ("policy_noise", policy_noise),
                    ("noise_clip", noise_clip),
                    ("exploration_noise", exploration_noise),
                ] {
                    require(name, noise, noise >= 0.0 && noise.is_finite(), "a finite number, at least 0")?;
                }
                let Td3Config { num_envs, buffer, batch, learning_starts, .. } = self.td3;
                check_memory(num_envs, buffer, batch, learning_starts, gamma, tau)
            }
            AlgorithmName::Dqn => {
                let DqnConfig { gamma, tau, learning_rate, hidden, train_frequency, gradient_steps, .. } = self.dqn;
                rate("learning_rate", learning_rate)?;
                let target = ("target_frequency", self.dqn.target_frequency);
                counts([("train_frequency", train_frequency), ("gradient_steps", gradient_steps), target])?;
                counts([("hidden", hidden)])?;
                let DqnConfig { exploration_begin, exploration_end, exploration_fraction, .. } = self.dqn;
                for (name, share) in [
                    ("exploration_begin", exploration_begin),
                    ("exploration_end", exploration_end),
                    ("exploration_fraction", exploration_fraction),
                ] {
                    require(name, share, (0.0..=1.0).contains(&share), "from 0 to 1")?;
                }
                let DqnConfig { num_envs, buffer, batch, learning_starts, .. } = self.dqn;
                check_memory(num_envs, buffer, batch, learning_starts, gamma, tau)
            }
        }
    }

    fn check_ppo(&self) -> Result<(), TrainError> {
        let ppo = &self.ppo;
        let rows = ppo.num_envs * ppo.rollout_steps;
        let fraction = "from 0 to 1";
        let positive = "a finite number above 0";
        require("num_envs", ppo.num_envs, ppo.num_envs > 0, "at least 1")?;
        require("rollout_steps", ppo.rollout_steps, ppo.rollout_steps > 0, "at least 1")?;
        let minibatch = (2..=rows).contains(&ppo.minibatch);
        require("minibatch", ppo.minibatch, minibatch, "at least 2 and at most num_envs x rollout_steps")?;
        require("epochs", ppo.epochs, ppo.epochs > 0, "at least 1")?;
        require("hidden", ppo.hidden, ppo.hidden > 0, "at least 1")?;
        require("gamma", ppo.gamma, (0.0..=1.0).contains(&ppo.gamma), fraction)?;
        require("lambda", ppo.lambda, (0.0..=1.0).contains(&ppo.lambda), fraction)?;
        require(
            "learning_rate",
            ppo.learning_rate,
            ppo.learning_rate > 0.0 && ppo.learning_rate.is_finite(),
            positive,
        )?;
        require("clip", ppo.clip, ppo.clip > 0.0 && ppo.clip < 1.0, "between 0 and 1")?;
        let norm = ppo.max_gradient_norm;
        require("max_gradient_norm", norm, norm > 0.0 && norm.is_finite(), positive)?;
        require("initial_log_std", ppo.initial_log_std, ppo.initial_log_std.is_finite(), "a finite number")?;
        let coefficient = |value: f32| value >= 0.0 && value.is_finite();
        let allowed = "a finite number, at least 0";
        require("value_coefficient", ppo.value_coefficient, coefficient(ppo.value_coefficient), allowed)?;
        require("entropy_coefficient", ppo.entropy_coefficient, coefficient(ppo.entropy_coefficient), allowed)
    }
}

impl PpoConfig {
    /// Gives the hyper-parameters that an environment is known to be solved with; Pendulum's for one that is not known.
    pub fn of(env: &str) -> Self {
        match env {
            "CartPole-v1" => PpoConfig::cart_pole(),
            "Acrobot-v1" | "MountainCar-v0" | "MountainCarContinuous-v0" => PpoConfig::acrobot(),
            _ if meed_envs::MUJOCO_IDS.contains(&env) => PpoConfig::mujoco(),
            _ => PpoConfig::pendulum(),
        }
    }

    /// Gives those of the SB3 zoo for CartPole: short rollouts, each a single minibatch, many passes, everything decaying.
    pub fn cart_pole() -> Self {
        PpoConfig {
            num_envs: 8,
            rollout_steps: 32,
            minibatch: 256,
            epochs: 20,
            gamma: 0.98,
            lambda: 0.8,
            learning_rate: 1e-3,
            clip: 0.2,
            decay: true,
            value_coefficient: 0.5,
            entropy_coefficient: 0.0,
            max_gradient_norm: 0.5,
            hidden: 64,
            initial_log_std: 0.0,
            normalize_observation: false,
            normalize_reward: false,
        }
    }

    /// Gives CleanRL's for continuous actions on MuJoCo: one copy, observations and rewards normalised.
    pub fn mujoco() -> Self {
        PpoConfig {
            num_envs: 1,
            rollout_steps: 2048,
            gamma: 0.99,
            learning_rate: 3e-4,
            normalize_observation: true,
            ..PpoConfig::pendulum()
        }
    }

    /// Gives those of the SB3 zoo for Acrobot, with fewer copies and longer rollouts. The mountain cars, whose columns are of as
    /// unlike size, run with the same; nobody says that they are solved: their goal is hardly ever reached by chance.
    pub fn acrobot() -> Self {
        PpoConfig {
            epochs: 4,
            gamma: 0.99,
            lambda: 0.94,
            learning_rate: 3e-4,
            normalize_observation: true,
            ..PpoConfig::pendulum()
        }
    }

    /// Gives those of the SB3 zoo for Pendulum, but for three: a discount of 0.95 in place of 0.9 looks far enough ahead to
    /// swing up without detours, everything decays, and rewards are normalised so that their scale does not matter. On 16
    /// seeds the evaluated return was -137 to -170 after 100,000 steps.
    pub fn pendulum() -> Self {
        PpoConfig {
            num_envs: 4,
            rollout_steps: 1024,
            minibatch: 64,
            epochs: 10,
            gamma: 0.95,
            lambda: 0.95,
            learning_rate: 1e-3,
            clip: 0.2,
            decay: true,
            value_coefficient: 0.5,
            entropy_coefficient: 0.0,
            max_gradient_norm: 0.5,
            hidden: 64,
            initial_log_std: 0.0,
            normalize_observation: false,
            normalize_reward: true,
        }
    }
}

fn checkpoint_every() -> u64 {
    20_000
}

fn rate(name: &'static str, rate: f64) -> Result<(), TrainError> {
    require(name, rate, rate > 0.0 && rate.is_finite(), "a finite number above 0")
}

fn counts<const N: usize>(counts: [(&'static str, usize); N]) -> Result<(), TrainError> {
    counts.into_iter().try_for_each(|(name, count)| require(name, count, count > 0, "at least 1"))
}

/// Checks what all algorithms with a memory have.
fn check_memory(
    num_envs: usize,
    buffer: usize,
    batch: usize,
    learning_starts: usize,
    gamma: f32,
    tau: f64,
) -> Result<(), TrainError> {
    counts([("num_envs", num_envs), ("buffer", buffer), ("batch", batch), ("learning_starts", learning_starts)])?;
    require("gamma", gamma, (0.0..=1.0).contains(&gamma), "from 0 to 1")?;
    require("tau", tau, tau > 0.0 && tau <= 1.0, "above 0 and at most 1")
}

fn require(name: &'static str, value: impl ToString, holds: bool, allowed: &'static str) -> Result<(), TrainError> {
    if holds { Ok(()) } else { Err(TrainError::Config { name, value: value.to_string(), allowed }) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_checks_and_survive_json() {
        for env in meed_envs::IDS {
            let config = TrainConfig::new(env, 1000, 1);
            config.check().unwrap();
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<TrainConfig>(&json).unwrap(), config);
        }
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        let mut config = TrainConfig::new("CartPole-v1", 1000, 1);
        config.ppo.minibatch = 257;
        let error = config.check().unwrap_err();
        assert!(error.to_string().starts_with("minibatch is 257"), "{error}");
        let spread = meed_envs::spec("lare/spread-3").unwrap();
        config.ppo.minibatch = 256;
        assert!(config.check_fit(&spread, None).unwrap_err().to_string().starts_with("env is lare/spread-3"));
        config.ppo.gamma = f32::NAN;
        assert!(config.check().unwrap_err().to_string().starts_with("gamma is NaN"));
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
