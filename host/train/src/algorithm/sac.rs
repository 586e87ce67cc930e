//! Soft actor-critic (Haarnoja et al., 2018), from the first weight to the last.
//!
//! Read it from top to bottom: `iterate` plays and remembers, `learn` is a gradient step. What a step does is what CleanRL's
//! `sac_continuous_action.py` does:
//! - twin critics of state and action, with targets that follow by `tau` after each step, and the smaller value counting;
//! - the entropy's weight (the temperature) learnt so that the entropy comes to minus the number of action columns;
//! - the deviation's logarithm squashed to between -5 and 2, actions squashed by the tangent, with the correction of their
//!   probability and 1e-6 inside its logarithm;
//! - the actor and the temperature updated every `policy_frequency` steps, that many times;
//! - Adam with PyTorch's 1e-8, PyTorch's first weights, actions drawn evenly before `learning_starts`;
//! - a time limit does not end what is to come: only termination does.
//!
//! It differs in two things: critics see actions in units of half their range, so that one set of numbers serves any range, and
//! several copies of the environment may step together.

use burn::module::{Module, Param, ParamId};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
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
use crate::network::policy::{Head, LOG_STD};
use crate::run::checkpoint::{pack, unpack};
use crate::{Metrics, Policy, SacConfig, TrainConfig, TrainError};

/// Half the logarithm of two pi.
const HALF_LOG_TAU: f32 = 0.918_938_5;

/// All that SAC keeps between two gradient steps.
pub(crate) struct Sac {
    config: SacConfig,
    /// What acts: the actor without gradients.
    policy: Policy,
    memory: Memory,
    actor: Mlp,
    critics: Mlp,
    targets: Mlp,
    temperature: Temperature,
    actor_optimizer: ModuleOptimizer,
    critic_optimizer: ModuleOptimizer,
    temperature_optimizer: ModuleOptimizer,
    /// Gradient steps taken.
    updates: u64,
    /// Columns of an action.
    actions: usize,
    critic_sizes: MlpSizes,
    device: Device,
}

/// The entropy's weight, as its logarithm.
#[derive(Module, Debug)]
struct Temperature {
    log: Param<Tensor<1>>,
}

/// The same as a checkpoint keeps it.
#[derive(Serialize, Deserialize)]
struct Saved<R> {
    policy: String,
    memory: MemoryState<R>,
    critics: Vec<Parameter>,
    targets: Vec<Parameter>,
    log_temperature: f32,
    optimizers: [Vec<u8>; 3],
    updates: u64,
}

/// The losses of a gradient step.
#[derive(Clone, Copy, Default)]
struct Losses {
    critic: f64,
    actor: f64,
    entropy: f64,
}

impl Sac {
    pub(crate) fn new(stage: &mut Stage, config: &TrainConfig) -> Result<Self, TrainError> {
        let sac = config.sac.clone();
        let spec = stage.spec().clone();
        let policy = Policy::with_head(
            &spec,
            Head::SquashedGaussian,
            sac.hidden,
            sac.normalize_observation,
            config,
            &mut stage.rng,
        )?;
        let actions = policy.sizes().outputs;
        let critic_sizes =
            MlpSizes { lanes: 2, inputs: spec.observation_size() + actions, hidden: sac.hidden, outputs: 1 };
        let critics = critic_sizes.draw(&mut stage.rng);
        let device = policy.device().clone();
        let memory = Memory::new(sac.buffer, actions, stage, config, &device)?;
        let wrong = |reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason };
        let (actor, critics, targets) = networks(&policy, critic_sizes, &critics, &critics).map_err(wrong)?;
        Ok(Sac {
            config: sac,
            policy,
            memory,
            actor,
            critics,
            targets,
            temperature: Temperature::new(0.0, &device),
            actor_optimizer: adam(1e-8),
            critic_optimizer: adam(1e-8),
            temperature_optimizer: adam(1e-8),
            updates: 0,
            actions,
            critic_sizes,
            device,
        })
    }

    fn learn(&mut self, rng: &mut ChaCha8Rng, losses: &mut Losses) {
        let Some(batch) = self.memory.draw(self.config.batch, &self.policy, rng) else { return };
        losses.critic = self.learn_critics(&batch, rng);
        self.updates += 1;
        if self.updates.is_multiple_of(self.config.policy_frequency as u64) {
            for _ in 0..self.config.policy_frequency {
                (losses.actor, losses.entropy) = self.learn_actor(&batch, rng);
            }
            self.policy.set_mlp(self.actor.valid());
        }
        self.targets = self.targets.towards(&self.critics.valid(), self.config.tau);
    }

    /// Moves the critics towards the reward and what the targets expect to come, entropy included.
    fn learn_critics(&mut self, batch: &Minibatch, rng: &mut ChaCha8Rng) -> f64 {
        let next = batch.next_observation.clone();
        let (choice, log_probability) = self.draw(&self.actor.valid(), next.clone().unsqueeze_dim(0), rng);
        let value = smaller(self.targets.forward(Tensor::cat(vec![next.unsqueeze_dim(0), choice], 2)));
        let to_come = value - log_probability.mul_scalar(self.temperature.value());
        let goes_on: Tensor<3> = batch.goes_on.clone().unsqueeze_dim(0);
        let reward: Tensor<3> = batch.reward.clone().unsqueeze_dim(0);
        let target = reward + goes_on * to_come.mul_scalar(self.config.gamma);
        let seen = Tensor::cat(vec![batch.observation.clone(), batch.choice.clone()], 1);
        let values = self.critics.forward(Tensor::from_inner(seen).unsqueeze_dim(0));
        // Two lanes: the sum of both critics' mean squared errors.
        let loss = (values - Tensor::from_inner(target)).square().mean().mul_scalar(2.0);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.critics);
        self.critics = self.critic_optimizer.step(self.config.critic_learning_rate, self.critics.clone(), gradients);
        f64::from(numbers(loss)[0])
    }

    /// Moves the actor towards what the critics value, entropy included, and the temperature towards its goal; gives the actor's
    /// loss and the entropy.
    fn learn_actor(&mut self, batch: &Minibatch, rng: &mut ChaCha8Rng) -> (f64, f64) {
        let observation: Tensor<3> = Tensor::from_inner(batch.observation.clone()).unsqueeze_dim(0);
        let (choice, log_probability) = self.draw(&self.actor, observation.clone(), rng);
        // The critics only judge here: without gradients of their own.
        let critics = self.critics.clone().no_grad();
        let value = smaller(critics.forward(Tensor::cat(vec![observation, choice], 2)));
        let loss = (log_probability.mul_scalar(self.temperature.value()) - value).mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.actor);
        self.actor = self.actor_optimizer.step(self.config.actor_learning_rate, self.actor.clone(), gradients);

        let actor = self.actor.valid();
        let (_, log_probability) = self.draw(&actor, batch.observation.clone().unsqueeze_dim(0), rng);
        let entropy = -f64::from(numbers(log_probability.mean())[0]);
        let excess = entropy + self.actions as f64;
        let temperature_loss = self.temperature.log.val().exp().mul_scalar(excess).sum();
        let gradients = GradientsParams::from_grads(temperature_loss.backward(), &self.temperature);
        let rate = self.config.critic_learning_rate;
        self.temperature = self.temperature_optimizer.step(rate, self.temperature.clone(), gradients);
        (f64::from(numbers(loss)[0]), entropy)
    }

    /// Draws a choice for each observation, and the logarithm of its probability.
    ///
    /// # Shapes
    /// `[1, rows, observation size]` to `[1, rows, actions]` and `[1, rows, 1]`.
    fn draw(&self, actor: &Mlp, observation: Tensor<3>, rng: &mut impl Rng) -> (Tensor<3>, Tensor<3>) {
        let rows = observation.dims()[1];
        let outputs = actor.forward(observation);
        let mean = outputs.clone().narrow(2, 0, self.actions);
        let (low, high) = LOG_STD;
        let log_std = tanh(outputs.narrow(2, self.actions, self.actions))
            .add_scalar(1.0)
            .mul_scalar(0.5 * (high - low))
            .add_scalar(low);
        let noise: Vec<f32> = (0..rows * self.actions).map(|_| StandardNormal.sample(rng)).collect();
        let plain = Tensor::<3>::from_data(TensorData::new(noise, [1, rows, self.actions]), &self.device);
        let noise = if mean.is_autodiff() { Tensor::from_inner(plain) } else { plain };
        let choice = tanh(mean + log_std.clone().exp() * noise.clone());
        let squashed = choice.clone().square().neg().add_scalar(1.0 + 1e-6).log();
        let gaussian = noise.square().mul_scalar(0.5).neg() - log_std.add_scalar(HALF_LOG_TAU);
        (choice, (gaussian - squashed).sum_dim(2))
    }
}

impl Temperature {
    fn new(log: f32, device: &Device) -> Self {
        let mut log = Param::from_data(TensorData::new(vec![log], [1]), &device.clone().autodiff());
        log.id = ParamId::from(1);
        Temperature { log }
    }

    fn log(&self) -> f32 {
        numbers(self.log.val())[0]
    }

    fn value(&self) -> f32 {
        self.log().exp()
    }
}

/// Builds the networks that learn and the targets.
fn networks(
    policy: &Policy,
    sizes: MlpSizes,
    critics: &[Parameter],
    targets: &[Parameter],
) -> Result<(Mlp, Mlp, Mlp), String> {
    let learning = policy.device().clone().autodiff();
    let actor = policy.mlp().ok_or("it has a critic beside it")?.clone().to_device(&learning).train();
    let critics = Mlp::load(sizes, critics, &learning)?;
    Ok((actor, critics, Mlp::load(sizes, targets, policy.device())?))
}

impl Algorithm for Sac {
    fn iterate(&mut self, stage: &mut Stage) -> Result<Metrics, TrainError> {
        let mut losses = Losses::default();
        let until = stage.next_report();
        while stage.steps < until {
            // Act, and remember.
            let (policy, blind) = (&mut self.policy, stage.steps < self.config.learning_starts as u64);
            stage.play(1, |observation, rng| {
                policy.take_in(observation);
                let rows = observation.len() / policy.sizes().observation;
                if blind { policy.acted(policy.random(rows, rng)) } else { policy.sample(observation, rng) }
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
        Ok(self.memory.metrics(Metrics {
            policy_loss: losses.actor,
            value_loss: losses.critic,
            entropy: Some(losses.entropy),
            temperature: Some(f64::from(self.temperature.value())),
            learning_rate: self.config.actor_learning_rate,
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
        pack(&Saved {
            policy: self.policy.to_json(),
            memory: self.memory.save()?,
            critics: self.critics.parameters(),
            targets: self.targets.parameters(),
            log_temperature: self.temperature.log(),
            optimizers: [
                memory(&self.actor_optimizer)?,
                memory(&self.critic_optimizer)?,
                memory(&self.temperature_optimizer)?,
            ],
            updates: self.updates,
        })
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved: Saved<Replay> = unpack(saved)?;
        self.policy = Policy::from_json(&saved.policy)?.on(&self.device);
        (self.actor, self.critics, self.targets) =
            networks(&self.policy, self.critic_sizes, &saved.critics, &saved.targets)?;
        self.temperature = Temperature::new(saved.log_temperature, &self.device);
        let [actor, critic, temperature] = saved.optimizers;
        self.actor_optimizer = remember(adam(1e-8), actor)?;
        self.critic_optimizer = remember(adam(1e-8), critic)?;
        self.temperature_optimizer = remember(adam(1e-8), temperature)?;
        self.updates = saved.updates;
        self.memory.restore(saved.memory)
    }
}
