//! A trained policy: what it was trained on, and its networks.
//!
//! Training makes a policy, updates its networks, and writes it at every checkpoint; `meed record --policy FILE` loads it.

mod file;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use meed_core::Field;
use meed_envs::{ActionSpace, EnvSpec, VectorEnv, Wrappers};
use rand::Rng;
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::network::actor_critic::{ActorCritic, Parameter, Sizes, numbers, tanh};
use crate::network::distribution::Distribution;
use crate::network::mlp::{Mlp, MlpSizes};
use crate::network::normalizer::Normalizer;
use crate::{TrainConfig, TrainError};

/// A policy of one environment.
#[derive(Clone, Debug)]
pub struct Policy {
    env: String,
    /// What is around it.
    wrappers: Wrappers,
    observation: Vec<Field>,
    action: Vec<Field>,
    space: ActionSpace,
    distribution: Distribution,
    sizes: Sizes,
    normalizer: Option<Normalizer>,
    /// It acts on the processor, wherever it is learnt: for a few rows a GPU takes longer to hear of them than they take.
    network: Network,
    /// Where it is learnt.
    device: Device,
    log_std: Vec<f32>,
}

/// What computes a policy's outputs.
#[derive(Clone, Debug)]
enum Network {
    /// PPO's.
    ActorCritic(ActorCritic),
    /// What the others learn.
    Mlp(Head, Mlp),
}

/// What a network without a critic beside it gives, for each action column or choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Head {
    /// The value of each choice: DQN's.
    Values,
    /// A number whose tangent is the choice: TD3's.
    Tangent,
    /// Such a number as a mean, and the logarithm of a deviation that [`squashed_deviation`] bounds: SAC's.
    SquashedGaussian,
}

impl Head {
    /// Gives the sizes of a network with this head for a policy of these sizes.
    pub(crate) fn network(self, sizes: Sizes) -> MlpSizes {
        let outputs = if self == Head::SquashedGaussian { 2 * sizes.outputs } else { sizes.outputs };
        MlpSizes { lanes: 1, inputs: sizes.observation, hidden: sizes.hidden, outputs }
    }
}

/// Where SAC keeps the logarithm of its deviation: CleanRL's bounds.
pub(crate) const LOG_STD: (f32, f32) = (-5.0, 2.0);

/// Gives the logarithm of the deviation that an output stands for.
fn squashed_deviation(output: f32) -> f32 {
    let (low, high) = LOG_STD;
    low + 0.5 * (high - low) * (output.tanh() + 1.0)
}

/// What a policy did with a batch of observations, for the learner. What only PPO asks for is empty where others act.
#[derive(Default)]
pub(crate) struct Acted {
    pub(crate) seen: Vec<f32>,
    pub(crate) choice: Vec<f32>,
    pub(crate) log_probability: Vec<f32>,
    pub(crate) action: Vec<f32>,
    pub(crate) value: Vec<f32>,
}

impl Policy {
    /// Begins a policy with fresh weights and one value.
    #[cfg(test)]
    pub(crate) fn new(spec: &EnvSpec, config: &TrainConfig, rng: &mut impl Rng) -> Result<Self, TrainError> {
        Policy::with_values(spec, 1, config, rng)
    }

    /// Begins a policy whose critic gives so many values, with fresh weights.
    pub(crate) fn with_values(
        spec: &EnvSpec,
        values: usize,
        config: &TrainConfig,
        rng: &mut impl Rng,
    ) -> Result<Self, TrainError> {
        let sizes = Sizes { values, ..sizes(spec, config.ppo.hidden) };
        let parameters = sizes.draw(config.ppo.initial_log_std, rng);
        let normalizer = config.ppo.normalize_observation.then(|| Normalizer::new(sizes.observation));
        Policy::build(spec, sizes, None, normalizer, &parameters, config.device.open()?)
            .map(|policy| policy.within(&config.wrappers))
            .map_err(|reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason })
    }

    /// Begins a policy that has no critic beside it, with fresh weights.
    pub(crate) fn with_head(
        spec: &EnvSpec,
        head: Head,
        hidden: usize,
        normalize_observation: bool,
        config: &TrainConfig,
        rng: &mut impl Rng,
    ) -> Result<Self, TrainError> {
        let sizes = sizes(spec, hidden);
        let parameters = head.network(sizes).draw(rng);
        let normalizer = normalize_observation.then(|| Normalizer::new(sizes.observation));
        Policy::build(spec, sizes, Some(head), normalizer, &parameters, config.device.open()?)
            .map(|policy| policy.within(&config.wrappers))
            .map_err(|reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason })
    }

    fn build(
        spec: &EnvSpec,
        sizes: Sizes,
        head: Option<Head>,
        normalizer: Option<Normalizer>,
        parameters: &[Parameter],
        device: Device,
    ) -> Result<Self, String> {
        let network = match head {
            None => Network::ActorCritic(ActorCritic::load(sizes, parameters, &Device::flex())?),
            Some(head) => Network::Mlp(head, Mlp::load(head.network(sizes), parameters, &Device::flex())?),
        };
        let log_std = match &network {
            Network::ActorCritic(network) => network.log_std().map(numbers).unwrap_or_default(),
            Network::Mlp(..) => Vec::new(),
        };
        Ok(Policy {
            env: spec.id.to_string(),
            wrappers: Wrappers::default(),
            observation: spec.observation.clone(),
            action: spec.action.clone(),
            space: spec.action_space.clone(),
            distribution: Distribution::of(&spec.action_space),
            sizes,
            normalizer,
            network,
            device,
            log_std,
        })
    }

    /// Notes what is around the environment that it learns in.
    fn within(self, wrappers: &Wrappers) -> Self {
        Policy { wrappers: wrappers.clone(), ..self }
    }

    /// Makes copies of the environment that the policy was trained on, with what was around it.
    ///
    /// # Errors
    /// [`TrainError::Env`] where this build has no such environment.
    pub fn make_env(&self, num_envs: usize, seed: u64) -> Result<Box<dyn VectorEnv>, TrainError> {
        Ok(self.wrappers.make(&self.env, num_envs, seed)?)
    }

    /// Says where the policy is learnt from now on.
    pub(crate) fn on(self, device: &Device) -> Self {
        Policy { device: device.clone(), ..self }
    }

    /// Names the environment that the policy was trained on.
    pub fn env(&self) -> &str {
        &self.env
    }

    /// Tells whether every weight is a finite number.
    pub(crate) fn is_finite(&self) -> bool {
        self.parameters().iter().flat_map(|parameter| &parameter.values).all(|value| value.is_finite())
    }

    /// Checks that the policy can act in an environment.
    ///
    /// # Errors
    /// [`TrainError::PolicyMismatch`] where the ids, the fields or the actions differ.
    pub fn check(&self, spec: &EnvSpec) -> Result<(), TrainError> {
        let same = self.env == spec.id
            && self.observation == spec.observation
            && self.action == spec.action
            && self.space == spec.action_space;
        let mismatch = || TrainError::PolicyMismatch { policy: self.env.clone(), env: spec.id.to_string() };
        if same { Ok(()) } else { Err(mismatch()) }
    }

    /// Gives the policy's best actions: `observation` is rows x observation size, the answer rows x action size.
    pub fn act(&self, observation: &[f32]) -> Vec<f32> {
        self.acted(self.best(observation)).action
    }

    /// Gives the policy's best choices, rows x outputs.
    pub(crate) fn best(&self, observation: &[f32]) -> Vec<f32> {
        let (_, outputs, _) = self.forward(observation);
        let width = self.sizes.outputs;
        let mut choices = vec![0.0; outputs.len()];
        for (outputs, choice) in outputs.chunks_exact(width).zip(choices.chunks_exact_mut(width)) {
            self.distribution.best(outputs, choice);
        }
        choices
    }

    /// Gives choices for `rows` observations, every action as likely as any other.
    pub(crate) fn random(&self, rows: usize, rng: &mut impl Rng) -> Vec<f32> {
        let mut choices = vec![0.0; rows * self.sizes.outputs];
        choices.chunks_exact_mut(self.sizes.outputs).for_each(|choice| self.distribution.random(choice, rng));
        choices
    }

    /// Gives the actions that the environment receives for choices.
    pub(crate) fn acted(&self, choice: Vec<f32>) -> Acted {
        let mut action = Vec::new();
        choice.chunks_exact(self.sizes.outputs).for_each(|choice| self.distribution.action(choice, &mut action));
        Acted { choice, action, ..Acted::default() }
    }

    /// Draws actions as training does, to try things out.
    pub(crate) fn sample(&self, observation: &[f32], rng: &mut impl Rng) -> Acted {
        if let Network::Mlp(head, network) = &self.network {
            return match head {
                Head::Values | Head::Tangent => self.acted(self.best(observation)),
                Head::SquashedGaussian => self.acted(self.squashed(network, observation, rng)),
            };
        }
        let (seen, outputs, value) = self.forward(observation);
        let mut acted = Acted {
            seen,
            choice: vec![0.0; outputs.len()],
            log_probability: Vec::with_capacity(value.len()),
            action: Vec::new(),
            value,
        };
        let width = self.sizes.outputs;
        for (outputs, choice) in outputs.chunks_exact(width).zip(acted.choice.chunks_exact_mut(width)) {
            acted.log_probability.push(self.distribution.sample(outputs, &self.log_std, choice, rng));
            self.distribution.action(choice, &mut acted.action);
        }
        acted
    }

    /// Gives the critic's values of each observation, rows x values.
    pub(crate) fn value(&self, observation: &[f32]) -> Vec<f32> {
        self.forward(observation).2
    }

    /// Gives the running statistics that observations are normalised by, where they are.
    pub(crate) fn normalizer(&self) -> Option<&Normalizer> {
        self.normalizer.as_ref()
    }

    /// Takes observations into the running statistics, where there are any.
    pub(crate) fn take_in(&mut self, observation: &[f32]) {
        if let Some(normalizer) = &mut self.normalizer {
            normalizer.update(observation);
        }
    }

    /// Gives PPO's networks; none where there is no critic.
    pub(crate) fn actor_critic(&self) -> Option<&ActorCritic> {
        match &self.network {
            Network::ActorCritic(network) => Some(network),
            Network::Mlp(..) => None,
        }
    }

    /// Gives the network that has no critic beside it.
    pub(crate) fn mlp(&self) -> Option<&Mlp> {
        match &self.network {
            Network::ActorCritic(_) => None,
            Network::Mlp(_, network) => Some(network),
        }
    }

    /// Replaces PPO's networks by newer ones.
    pub(crate) fn set_actor_critic(&mut self, network: ActorCritic) {
        self.log_std = network.log_std().map(numbers).unwrap_or_default();
        self.network = Network::ActorCritic(network.to_device(&Device::flex()));
    }

    /// Replaces the network by a newer one with the same head.
    pub(crate) fn set_mlp(&mut self, newer: Mlp) {
        if let Network::Mlp(_, network) = &mut self.network {
            *network = newer.to_device(&Device::flex());
        }
    }

    /// Makes the same policy with another network of the same head.
    pub(crate) fn with_mlp(&self, network: Mlp) -> Self {
        let mut other = self.clone();
        other.set_mlp(network);
        other
    }

    fn parameters(&self) -> Vec<Parameter> {
        match &self.network {
            Network::ActorCritic(network) => network.parameters(),
            Network::Mlp(_, network) => network.parameters(),
        }
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Gives the observations as the networks see them, the actor's outputs and the critic's values.
    fn forward(&self, observation: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let seen = self.seen(observation);
        let input = self.input(seen.clone());
        match &self.network {
            Network::ActorCritic(network) => {
                let (actor, critic) = network.forward(input);
                (seen, numbers(actor), numbers(critic))
            }
            Network::Mlp(head, network) => {
                let outputs = network.forward(input.unsqueeze_dim(0));
                let outputs = match head {
                    Head::Values => outputs,
                    Head::Tangent => tanh(outputs),
                    Head::SquashedGaussian => tanh(outputs.narrow(2, 0, self.sizes.outputs)),
                };
                (seen, numbers(outputs), Vec::new())
            }
        }
    }

    /// Gives observations as the networks see them.
    fn seen(&self, observation: &[f32]) -> Vec<f32> {
        let mut seen = observation.to_vec();
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut seen);
        }
        seen
    }

    /// Puts what the networks see where they are, `[rows, observation size]`.
    fn input(&self, seen: Vec<f32>) -> Tensor<2> {
        let rows = seen.len() / self.sizes.observation;
        Tensor::from_data(TensorData::new(seen, [rows, self.sizes.observation]), &Device::flex())
    }

    /// Draws choices as SAC does.
    fn squashed(&self, network: &Mlp, observation: &[f32], rng: &mut impl Rng) -> Vec<f32> {
        let width = self.sizes.outputs;
        let input = self.input(self.seen(observation));
        let outputs = numbers(network.forward(input.unsqueeze_dim(0)));
        let mut choices = Vec::with_capacity(outputs.len() / 2);
        for outputs in outputs.chunks_exact(2 * width) {
            let (mean, deviation) = outputs.split_at(width);
            choices.extend(mean.iter().zip(deviation).map(|(mean, output)| {
                let noise: f32 = StandardNormal.sample(rng);
                (mean + squashed_deviation(*output).exp() * noise).tanh()
            }));
        }
        choices
    }
}

fn sizes(spec: &EnvSpec, hidden: usize) -> Sizes {
    let distribution = Distribution::of(&spec.action_space);
    Sizes {
        observation: spec.observation_size(),
        hidden,
        outputs: distribution.outputs(),
        gaussian: distribution.is_gaussian(),
        values: 1,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(super) mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    pub(super) fn policy(env: &str) -> Policy {
        let config = TrainConfig::new(env, 1000, 1);
        let mut policy =
            Policy::new(&meed_envs::spec(env).unwrap(), &config, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        policy.take_in(&[0.3; 12]);
        policy
    }

    pub(super) fn with_head(env: &str, head: Head) -> Policy {
        let config = TrainConfig::new(env, 1000, 1);
        let spec = meed_envs::spec(env).unwrap();
        Policy::with_head(&spec, head, 8, true, &config, &mut ChaCha8Rng::seed_from_u64(1)).unwrap()
    }

    #[test]
    fn a_squashed_gaussian_draws_around_its_best_choice() {
        let policy = with_head("Pendulum-v1", Head::SquashedGaussian);
        let observation = [0.3, -0.2, 1.0];
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut drawn: Vec<f32> = (0..2_001).flat_map(|_| policy.sample(&observation, &mut rng).choice).collect();
        drawn.sort_by(f32::total_cmp);
        assert!(drawn.iter().all(|choice| choice.abs() < 1.0));
        assert!(
            (drawn[1_000] - policy.best(&observation)[0]).abs() < 0.05,
            "{} {:?}",
            drawn[1_000],
            policy.best(&observation)
        );
        assert!(drawn[1_900] - drawn[100] > 0.1);
        assert_eq!(policy.sample(&observation, &mut rng).action.len(), 1);
    }

    #[test]
    fn a_policy_acts_only_where_it_was_trained() {
        let policy = policy("Pendulum-v1");
        assert!(policy.check(&meed_envs::spec("Pendulum-v1").unwrap()).is_ok());
        let error = policy.check(&meed_envs::spec("CartPole-v1").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the policy is for Pendulum-v1, not for CartPole-v1");
    }
}
