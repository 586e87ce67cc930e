//! A trained policy: what it was trained on, its networks, and the file it is kept in.
//!
//! The file is JSON, so that anything can read it; each number is written with the digits that restore it exactly. Training
//! makes a policy, updates its networks, and writes it at every checkpoint; `meed record --policy FILE` loads it.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use meed_core::Field;
use meed_envs::{ActionSpace, EnvSpec};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::distribution::Distribution;
use crate::network::{ActorCritic, Parameter, Sizes, numbers};
use crate::normalizer::Normalizer;
use crate::run_dir::write_whole;
use crate::{TrainConfig, TrainError};

/// The file's first field: says what it is.
const FORMAT: &str = "meed-policy-1";

/// A policy of one environment.
#[derive(Clone, Debug)]
pub struct Policy {
    env: String,
    observation: Vec<Field>,
    action: Vec<Field>,
    space: ActionSpace,
    distribution: Distribution,
    sizes: Sizes,
    normalizer: Option<Normalizer>,
    network: ActorCritic,
    /// Where the network lies, without gradients.
    device: Device,
    log_std: Vec<f32>,
}

/// What a policy did with a batch of observations, for the learner.
pub(crate) struct Acted {
    pub(crate) seen: Vec<f32>,
    pub(crate) choice: Vec<f32>,
    pub(crate) log_probability: Vec<f32>,
    pub(crate) action: Vec<f32>,
    pub(crate) value: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct PolicyFile {
    format: String,
    env: String,
    observation: Vec<Field>,
    action: Vec<Field>,
    sizes: Sizes,
    normalizer: Option<Normalizer>,
    parameters: Vec<Parameter>,
}

impl Policy {
    /// Begins a policy with fresh weights.
    pub(crate) fn new(spec: &EnvSpec, config: &TrainConfig, rng: &mut impl Rng) -> Result<Self, TrainError> {
        let sizes = sizes(spec, config.ppo.hidden);
        let parameters = sizes.draw(config.ppo.initial_log_std, rng);
        let normalizer = config.ppo.normalize_observation.then(|| Normalizer::new(sizes.observation));
        Policy::build(spec, sizes, normalizer, &parameters, config.device.open()?)
            .map_err(|reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason })
    }

    fn build(
        spec: &EnvSpec,
        sizes: Sizes,
        normalizer: Option<Normalizer>,
        parameters: &[Parameter],
        device: Device,
    ) -> Result<Self, String> {
        let network = ActorCritic::load(sizes, parameters, &device)?;
        let mut policy = Policy {
            env: spec.id.to_string(),
            observation: spec.observation.clone(),
            action: spec.action.clone(),
            space: spec.action_space.clone(),
            distribution: Distribution::of(&spec.action_space),
            sizes,
            normalizer,
            network: network.clone(),
            device,
            log_std: Vec::new(),
        };
        policy.set_network(network);
        Ok(policy)
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`TrainError::Io`] where it cannot be read, [`TrainError::PolicyFile`] where it is not a policy of an environment that
    /// this build knows as it was when the policy was trained.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(TrainError::io(&file))?;
        Policy::from_json(&text).map_err(|reason| TrainError::PolicyFile { file, reason })
    }

    /// Reads the text of a policy file, or says what is wrong with it.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let file: PolicyFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!("its format is {:?}, not {FORMAT:?}", file.format));
        }
        let spec = meed_envs::spec(&file.env).map_err(|error| error.to_string())?;
        if file.observation != spec.observation || file.action != spec.action {
            return Err(format!("its fields are not those of {}", spec.id));
        }
        if file.sizes != sizes(&spec, file.sizes.hidden) {
            return Err(format!("its sizes do not fit {}", spec.id));
        }
        if file.normalizer.as_ref().is_some_and(|normalizer| !normalizer.is_sound(file.sizes.observation)) {
            return Err("its normalizer is broken".into());
        }
        Policy::build(&spec, file.sizes, file.normalizer, &file.parameters, Device::flex())
    }

    /// Writes the policy as the text of a policy file.
    pub fn to_json(&self) -> String {
        let file = PolicyFile {
            format: FORMAT.into(),
            env: self.env.clone(),
            observation: self.observation.clone(),
            action: self.action.clone(),
            sizes: self.sizes,
            normalizer: self.normalizer.clone(),
            parameters: self.network.parameters(),
        };
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// Writes a policy file, under a temporary name first so that it is never seen half written.
    ///
    /// # Errors
    /// [`TrainError::Io`] where it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        write_whole(path, self.to_json().as_bytes()).map_err(TrainError::io(path.display().to_string()))
    }

    /// Moves the policy to a device.
    pub(crate) fn on(mut self, device: &Device) -> Self {
        self.network = self.network.to_device(device);
        self.device = device.clone();
        self
    }

    /// Names the environment that the policy was trained on.
    pub fn env(&self) -> &str {
        &self.env
    }

    /// Tells whether every weight is a finite number.
    pub(crate) fn is_finite(&self) -> bool {
        self.network.parameters().iter().flat_map(|parameter| &parameter.values).all(|value| value.is_finite())
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
        let (_, outputs, _) = self.forward(observation);
        let mut choice = vec![0.0; self.sizes.outputs];
        let mut action = Vec::new();
        for outputs in outputs.chunks_exact(self.sizes.outputs) {
            self.distribution.best(outputs, &mut choice);
            self.distribution.action(&choice, &mut action);
        }
        action
    }

    /// Draws actions as training does, to try things out.
    pub(crate) fn sample(&self, observation: &[f32], rng: &mut impl Rng) -> Acted {
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

    /// Gives the critic's value of each observation.
    pub(crate) fn value(&self, observation: &[f32]) -> Vec<f32> {
        self.forward(observation).2
    }

    /// Takes observations into the running statistics, where there are any.
    pub(crate) fn take_in(&mut self, observation: &[f32]) {
        if let Some(normalizer) = &mut self.normalizer {
            normalizer.update(observation);
        }
    }

    pub(crate) fn network(&self) -> &ActorCritic {
        &self.network
    }

    pub(crate) fn set_network(&mut self, network: ActorCritic) {
        self.log_std = network.log_std().map(numbers).unwrap_or_default();
        self.network = network;
    }

    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Gives the observations as the networks see them, the actor's outputs and the critic's values.
    fn forward(&self, observation: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let mut seen = observation.to_vec();
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut seen);
        }
        let rows = seen.len() / self.sizes.observation;
        let data = TensorData::new(seen.clone(), [rows, self.sizes.observation]);
        let (actor, critic) = self.network.forward(Tensor::from_data(data, &self.device));
        (seen, numbers(actor), numbers(critic))
    }
}

fn sizes(spec: &EnvSpec, hidden: usize) -> Sizes {
    let distribution = Distribution::of(&spec.action_space);
    Sizes {
        observation: spec.observation_size(),
        hidden,
        outputs: distribution.outputs(),
        gaussian: distribution.is_gaussian(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn policy(env: &str) -> Policy {
        let config = TrainConfig::new(env, 1000, 1);
        let mut policy =
            Policy::new(&meed_envs::spec(env).unwrap(), &config, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        policy.take_in(&[0.3; 12]);
        policy
    }

    #[test]
    fn a_policy_file_restores_every_bit() {
        for env in meed_envs::IDS {
            let policy = policy(env);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("policy.json");
            policy.save(&file).unwrap();
            let loaded = Policy::load(&file).unwrap();
            assert_eq!(loaded.to_json(), policy.to_json());
            let observation: Vec<f32> = (0..24).map(|i| (i as f32 * 0.37).sin()).collect();
            assert_eq!(loaded.act(&observation), policy.act(&observation));
        }
    }

    #[test]
    fn a_file_that_is_not_whole_or_not_of_this_environment_is_refused() {
        let text = policy("Pendulum-v1").to_json();
        let refused = |text: &str| Policy::from_json(text).map(|_| ()).unwrap_err();
        refused(&text[..text.len() / 2]);
        assert!(refused(&text.replace("meed-policy-1", "meed-policy-9")).contains("meed-policy-9"));
        assert!(refused(&text.replace("Pendulum-v1", "CartPole-v1")).contains("fields"));
        assert!(refused(&text.replace("Pendulum-v1", "Hopper-v9")).contains("there are CartPole-v1"));
        assert!(refused(&text.replace("\"hidden\":64", "\"hidden\":32")).contains("first.weight"));
        assert!(refused(&text.replace("\"outputs\":1", "\"outputs\":2")).contains("sizes"));
    }

    #[test]
    fn a_policy_acts_only_where_it_was_trained() {
        let policy = policy("Pendulum-v1");
        assert!(policy.check(&meed_envs::spec("Pendulum-v1").unwrap()).is_ok());
        let error = policy.check(&meed_envs::spec("CartPole-v1").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the policy is for Pendulum-v1, not for CartPole-v1");
    }
}
