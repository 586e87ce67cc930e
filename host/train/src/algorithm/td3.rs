//! Twin delayed deep deterministic policy gradient (Fujimoto et al., 2018), from the first weight to the last.
//!
//! Read it from top to bottom: `iterate` plays and remembers, `learn` is a gradient step. What a step does is what CleanRL's
//! `td3_continuous_action.py` does:
//! - twin critics, the smaller of whose targets counts;
//! - noise on the target's action, clipped, so that a critic's peaks are not exploited;
//! - the actor, and all targets, updated every `policy_frequency` steps, by the first critic's value;
//! - noise on the actions tried, which are drawn evenly before `learning_starts`;
//! - Adam with PyTorch's 1e-8, PyTorch's first weights; a time limit does not end what is to come.
//!
//! It differs in two things: critics and noise are in units of half the actions' range, as if every range were -1 to 1, and
//! several copies of the environment may step together.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::credit::decoder::DecoderFile;
use crate::experience::memory::{Memory, MemoryState};
use crate::experience::replay::{Minibatch, Replay};
use crate::experience::stage::Stage;
use crate::network::actor_critic::{Parameter, numbers, tanh};
use crate::network::mlp::{Mlp, MlpSizes, smaller};
use crate::network::optimizer::{adam, memory, remember};
use crate::network::policy::Head;
use crate::run::checkpoint::{pack, unpack};
use crate::{Metrics, Policy, Td3Config, TrainConfig, TrainError};

/// All that TD3 keeps between two gradient steps.
pub(crate) struct Td3 {
    config: Td3Config,
    /// What acts: the actor without gradients.
    policy: Policy,
    memory: Memory,
    networks: Networks,
    actor_optimizer: ModuleOptimizer,
    critic_optimizer: ModuleOptimizer,
    /// Gradient steps taken.
    updates: u64,
    critic_sizes: MlpSizes,
    device: Device,
}

/// What learns, and the targets that follow without gradients.
struct Networks {
    actor: Mlp,
    critics: Mlp,
    target_actor: Mlp,
    target_critics: Mlp,
}

/// The same as a checkpoint keeps it.
#[derive(Serialize, Deserialize)]
struct Saved<R> {
    policy: String,
    target_policy: String,
    memory: MemoryState<R>,
    critics: Vec<Parameter>,
    target_critics: Vec<Parameter>,
    optimizers: [Vec<u8>; 2],
    updates: u64,
}

impl Td3 {
    pub(crate) fn new(stage: &mut Stage, config: &TrainConfig) -> Result<Self, TrainError> {
        let td3 = config.td3.clone();
        let spec = stage.spec().clone();
        let policy =
            Policy::with_head(&spec, Head::Tangent, td3.hidden, td3.normalize_observation, config, &mut stage.rng)?;
        let actions = policy.sizes().outputs;
        let critic_sizes =
            MlpSizes { lanes: 2, inputs: spec.observation_size() + actions, hidden: td3.hidden, outputs: 1 };
        let critics = critic_sizes.draw(&mut stage.rng);
        let memory = Memory::new(td3.buffer, actions, stage, config, &policy.device().clone())?;
        let wrong = |reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason };
        let networks = Networks::new(&policy, &policy, critic_sizes, &critics, &critics).map_err(wrong)?;
        let device = policy.device().clone();
        let (actor_optimizer, critic_optimizer) = (adam(1e-8), adam(1e-8));
        Ok(Td3 {
            config: td3,
            policy,
            memory,
            networks,
            actor_optimizer,
            critic_optimizer,
            updates: 0,
            critic_sizes,
            device,
        })
    }

    fn learn(&mut self, rng: &mut ChaCha8Rng, losses: &mut (f64, f64)) {
        let Some(batch) = self.memory.draw(self.config.batch, &self.policy, rng) else { return };
        losses.0 = self.learn_critics(&batch, rng);
        self.updates += 1;
        if self.updates.is_multiple_of(self.config.policy_frequency as u64) {
            losses.1 = self.learn_actor(&batch);
            let Networks { actor, critics, target_actor, target_critics } = &mut self.networks;
            self.policy.set_mlp(actor.valid());
            *target_actor = target_actor.towards(&actor.valid(), self.config.tau);
            *target_critics = target_critics.towards(&critics.valid(), self.config.tau);
        }
    }

    /// Moves the critics towards the reward and what the targets expect to come.
    fn learn_critics(&mut self, batch: &Minibatch, rng: &mut ChaCha8Rng) -> f64 {
        let Networks { critics, target_actor, target_critics, .. } = &mut self.networks;
        let next: Tensor<3> = batch.next_observation.clone().unsqueeze_dim(0);
        let choice = tanh(target_actor.forward(next.clone()));
        let noise: Vec<f32> = (0..choice.dims().iter().product())
            .map(|_| {
                let noise: f32 = StandardNormal.sample(rng);
                (noise * self.config.policy_noise).clamp(-self.config.noise_clip, self.config.noise_clip)
            })
            .collect();
        let noise = Tensor::<3>::from_data(TensorData::new(noise, choice.dims()), &self.device);
        let choice = (choice + noise).clamp(-1.0, 1.0);
        let to_come = smaller(target_critics.forward(Tensor::cat(vec![next, choice], 2)));
        let goes_on: Tensor<3> = batch.goes_on.clone().unsqueeze_dim(0);
        let reward: Tensor<3> = batch.reward.clone().unsqueeze_dim(0);
        let target = reward + goes_on * to_come.mul_scalar(self.config.gamma);
        let seen = Tensor::cat(vec![batch.observation.clone(), batch.choice.clone()], 1);
        let values = critics.forward(Tensor::from_inner(seen).unsqueeze_dim(0));
        // Two lanes: the sum of both critics' mean squared errors.
        let loss = (values - Tensor::from_inner(target)).square().mean().mul_scalar(2.0);
        let gradients = GradientsParams::from_grads(loss.backward(), critics);
        *critics = self.critic_optimizer.step(self.config.learning_rate, critics.clone(), gradients);
        f64::from(numbers(loss)[0])
    }

    /// Moves the actor towards what the first critic values.
    fn learn_actor(&mut self, batch: &Minibatch) -> f64 {
        let Networks { actor, critics, .. } = &mut self.networks;
        let observation: Tensor<3> = Tensor::from_inner(batch.observation.clone()).unsqueeze_dim(0);
        let choice = tanh(actor.forward(observation.clone()));
        // The critics only judge here: without gradients of their own.
        let values = critics.clone().no_grad().forward(Tensor::cat(vec![observation, choice], 2));
        let loss = values.narrow(0, 0, 1).mean().neg();
        let gradients = GradientsParams::from_grads(loss.backward(), actor);
        *actor = self.actor_optimizer.step(self.config.learning_rate, actor.clone(), gradients);
        f64::from(numbers(loss)[0])
    }
}

impl Networks {
    fn new(
        policy: &Policy,
        target: &Policy,
        sizes: MlpSizes,
        critics: &[Parameter],
        target_critics: &[Parameter],
    ) -> Result<Self, String> {
        let device = policy.device();
        let learning = device.clone().autodiff();
        let mlp = |policy: &Policy| policy.mlp().cloned().ok_or("it has a critic beside it");
        Ok(Networks {
            actor: mlp(policy)?.to_device(&learning).train(),
            critics: Mlp::load(sizes, critics, &learning)?,
            target_actor: mlp(target)?.to_device(device),
            target_critics: Mlp::load(sizes, target_critics, device)?,
        })
    }
}

impl Algorithm for Td3 {
    fn iterate(&mut self, stage: &mut Stage) -> Result<Metrics, TrainError> {
        let mut losses = (0.0, 0.0);
        let until = stage.next_report();
        while stage.steps < until {
            // Act, and remember.
            let (policy, blind) = (&mut self.policy, stage.steps < self.config.learning_starts as u64);
            let deviation = self.config.exploration_noise;
            stage.play(1, |observation, rng| {
                policy.take_in(observation);
                if blind {
                    return policy.acted(policy.random(observation.len() / policy.sizes().observation, rng));
                }
                let mut choice = policy.best(observation);
                for choice in &mut choice {
                    let noise: f32 = StandardNormal.sample(rng);
                    *choice = (*choice + deviation * noise).clamp(-1.0, 1.0);
                }
                policy.acted(choice)
            })?;
            self.memory.push(stage);

            // Learn: a gradient step for each step of an environment.
            if stage.steps >= self.config.learning_starts as u64 {
                for _ in 0..stage.rollout.rows() {
                    self.learn(&mut stage.rng, &mut losses);
                }
            }
        }

        // Tell.
        let learning_rate = self.config.learning_rate;
        Ok(self.memory.metrics(Metrics {
            value_loss: losses.0,
            policy_loss: losses.1,
            learning_rate,
            ..stage.metrics()
        }))
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn decoder(&self) -> Option<DecoderFile> {
        self.memory.decoder()
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        let Networks { critics, target_actor, target_critics, .. } = &self.networks;
        pack(&Saved {
            policy: self.policy.to_json(),
            target_policy: self.policy.with_mlp(target_actor.clone()).to_json(),
            memory: self.memory.save()?,
            critics: critics.parameters(),
            target_critics: target_critics.parameters(),
            optimizers: [memory(&self.actor_optimizer)?, memory(&self.critic_optimizer)?],
            updates: self.updates,
        })
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved: Saved<Replay> = unpack(saved)?;
        self.policy = Policy::from_json(&saved.policy)?.on(&self.device);
        let target = Policy::from_json(&saved.target_policy)?.on(&self.device);
        self.networks = Networks::new(&self.policy, &target, self.critic_sizes, &saved.critics, &saved.target_critics)?;
        let [actor, critic] = saved.optimizers;
        self.actor_optimizer = remember(adam(1e-8), actor)?;
        self.critic_optimizer = remember(adam(1e-8), critic)?;
        self.updates = saved.updates;
        self.memory.restore(saved.memory)
    }
}
