//! The hyper-parameters of PPO.

use serde::{Deserialize, Serialize};

use super::check::require;
use crate::TrainError;

/// The hyper-parameters of PPO (Schulman et al., 2017).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PpoConfig {
    /// Copies of the environment that step together. More give a more varied rollout and cheaper steps.
    pub num_envs: usize,
    /// Steps of each copy between two updates.
    pub rollout_steps: usize,
    /// Rows in a gradient step, at most a rollout's `num_envs` x `rollout_steps` x agents.
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
    /// Whether each factor of the reward has a critic of its own.
    #[serde(default)]
    pub critics: Critics,
}

/// What the critic values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Critics {
    /// The reward: the weighted sum of its factors.
    #[default]
    One,
    /// Each factor apart. Advantages are normalised factor by factor and then summed by the factors' weights, so that a weight says
    /// how much a factor counts, whatever its unit and scale.
    PerFactor,
}

impl PpoConfig {
    /// Gives the hyper-parameters that an environment is known to be solved with; Pendulum's for one that is not known.
    pub fn of(env: &str) -> Self {
        match env {
            "CartPole-v1" => PpoConfig::cart_pole(),
            "Acrobot-v1" | "MountainCar-v0" | "MountainCarContinuous-v0" => PpoConfig::acrobot(),
            _ if meed_envs::MULTI_AGENT_IDS.contains(&env) => PpoConfig::particles(env),
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
            critics: Critics::One,
        }
    }

    /// Gives those for particle environments, whose agents share a policy: rollouts of one episode of 25 steps, about 2,400 rows
    /// however many agents there are, and some entropy, because five choices are soon narrowed down to one. A discount of 0.9
    /// looks far enough ahead in so short an episode: on spread with three agents, 60,000 steps with 0.99 or with twice the rows
    /// came half as far.
    pub fn particles(env: &str) -> Self {
        let agents = env.rsplit_once('-').and_then(|(_, agents)| agents.parse().ok()).unwrap_or(3);
        PpoConfig {
            num_envs: 96_usize.div_ceil(agents),
            rollout_steps: 25,
            minibatch: 1200,
            epochs: 10,
            gamma: 0.9,
            lambda: 0.95,
            learning_rate: 2e-3,
            entropy_coefficient: 0.01,
            ..PpoConfig::pendulum()
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
            critics: Critics::One,
        }
    }

    pub(super) fn check(&self, agents: usize) -> Result<(), TrainError> {
        let rows = self.num_envs * self.rollout_steps * agents;
        let fraction = "from 0 to 1";
        let positive = "a finite number above 0";
        require("num_envs", self.num_envs, self.num_envs > 0, "at least 1")?;
        require("rollout_steps", self.rollout_steps, self.rollout_steps > 0, "at least 1")?;
        let minibatch = (2..=rows).contains(&self.minibatch);
        require("minibatch", self.minibatch, minibatch, "at least 2 and at most num_envs x rollout_steps x agents")?;
        require("epochs", self.epochs, self.epochs > 0, "at least 1")?;
        require("hidden", self.hidden, self.hidden > 0, "at least 1")?;
        require("gamma", self.gamma, (0.0..=1.0).contains(&self.gamma), fraction)?;
        require("lambda", self.lambda, (0.0..=1.0).contains(&self.lambda), fraction)?;
        require(
            "learning_rate",
            self.learning_rate,
            self.learning_rate > 0.0 && self.learning_rate.is_finite(),
            positive,
        )?;
        require("clip", self.clip, self.clip > 0.0 && self.clip < 1.0, "between 0 and 1")?;
        let norm = self.max_gradient_norm;
        require("max_gradient_norm", norm, norm > 0.0 && norm.is_finite(), positive)?;
        require("initial_log_std", self.initial_log_std, self.initial_log_std.is_finite(), "a finite number")?;
        let coefficient = |value: f32| value >= 0.0 && value.is_finite();
        let allowed = "a finite number, at least 0";
        require("value_coefficient", self.value_coefficient, coefficient(self.value_coefficient), allowed)?;
        require("entropy_coefficient", self.entropy_coefficient, coefficient(self.entropy_coefficient), allowed)
    }
}
