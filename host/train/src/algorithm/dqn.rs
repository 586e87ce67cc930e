//! Deep Q-learning (Mnih et al., 2015), from the first weight to the last.
//!
//! Read it from top to bottom: `iterate` plays and remembers, `learn` is a gradient step. What it does is what CleanRL's `dqn.py`
//! does:
//! - the squared error to the reward and the best value that a target network expects to come;
//! - the target follows by `tau` every `target_frequency` steps (1: it is replaced);
//! - blind choices, their share falling evenly from `exploration_begin` to `exploration_end` over `exploration_fraction` of the
//!   training, and nothing learnt before `learning_starts`;
//! - Adam with PyTorch's 1e-8, PyTorch's first weights; a time limit does not end what is to come.
//!
//! It differs in that several copies of the environment may step together, and that `gradient_steps` may follow each other after
//! `train_frequency` steps of every copy, as in Stable Baselines 3.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::credit::decoder::DecoderFile;
use crate::experience::memory::{Memory, MemoryState};
use crate::experience::replay::Replay;
use crate::experience::stage::Stage;
use crate::network::actor_critic::numbers;
use crate::network::mlp::Mlp;
use crate::network::optimizer::{adam, memory, remember};
use crate::network::policy::Head;
use crate::run::checkpoint::{pack, unpack};
use crate::{DqnConfig, Metrics, Policy, TrainConfig, TrainError};

/// All that DQN keeps between two gradient steps.
pub(crate) struct Dqn {
    config: DqnConfig,
    /// What acts: the network without gradients.
    policy: Policy,
    memory: Memory,
    network: Mlp,
    target: Mlp,
    optimizer: ModuleOptimizer,
    /// Environment steps at which the target follows next.
    target_due: u64,
    device: Device,
}

/// The same as a checkpoint keeps it.
#[derive(Serialize, Deserialize)]
struct Saved<R> {
    policy: String,
    target: String,
    memory: MemoryState<R>,
    optimizer: Vec<u8>,
    target_due: u64,
}

impl Dqn {
    pub(crate) fn new(stage: &mut Stage, config: &TrainConfig) -> Result<Self, TrainError> {
        let dqn = config.dqn.clone();
        let spec = stage.spec().clone();
        let policy =
            Policy::with_head(&spec, Head::Values, dqn.hidden, dqn.normalize_observation, config, &mut stage.rng)?;
        let device = policy.device().clone();
        let memory = Memory::new(dqn.buffer, policy.sizes().outputs, stage, config, &device)?;
        let wrong = |reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason };
        let (network, target) = networks(&policy, &policy).map_err(wrong)?;
        let target_due = dqn.target_frequency as u64;
        Ok(Dqn { config: dqn, policy, memory, network, target, optimizer: adam(1e-8), target_due, device })
    }

    /// Takes a gradient step and gives its loss, 0 where there is nothing to learn from yet.
    fn learn(&mut self, rng: &mut ChaCha8Rng) -> f64 {
        let Some(batch) = self.memory.draw(self.config.batch, &self.policy, rng) else { return 0.0 };
        let best = self.target.forward(batch.next_observation.unsqueeze_dim(0)).max_dim(2);
        let reward: Tensor<3> = batch.reward.unsqueeze_dim(0);
        let goes_on: Tensor<3> = batch.goes_on.unsqueeze_dim(0);
        let target = reward + goes_on * best.mul_scalar(self.config.gamma);
        let values = self.network.forward(Tensor::from_inner(batch.observation).unsqueeze_dim(0));
        // A choice is a row with a one in it, so that the product leaves the value of the choice.
        let choice: Tensor<3> = Tensor::from_inner(batch.choice).unsqueeze_dim(0);
        let value = (values * choice).sum_dim(2);
        let loss = (value - Tensor::from_inner(target)).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(self.config.learning_rate, self.network.clone(), gradients);
        f64::from(numbers(loss)[0])
    }

    /// Gives the share of choices that are drawn blindly after so many steps.
    fn exploration(&self, steps: u64, total: u64) -> f64 {
        let DqnConfig { exploration_begin, exploration_end, exploration_fraction, .. } = self.config;
        let way = (steps as f64 / (exploration_fraction * total as f64)).min(1.0);
        exploration_begin + (exploration_end - exploration_begin) * way
    }
}

/// Builds the network that learns and the target.
fn networks(policy: &Policy, target: &Policy) -> Result<(Mlp, Mlp), String> {
    let mlp = |policy: &Policy| policy.mlp().cloned().ok_or("it has a critic beside it");
    let device = policy.device();
    Ok((mlp(policy)?.to_device(&device.clone().autodiff()).train(), mlp(target)?.to_device(device)))
}

impl Algorithm for Dqn {
    fn iterate(&mut self, stage: &mut Stage) -> Result<Metrics, TrainError> {
        let mut loss = 0.0;
        let mut exploration = 0.0;
        let until = stage.next_report();
        while stage.steps < until {
            // Act, and remember.
            exploration = self.exploration(stage.steps, stage.total);
            let policy = &mut self.policy;
            stage.play(self.config.train_frequency, |observation, rng| {
                policy.take_in(observation);
                let mut choices = policy.best(observation);
                for choice in choices.chunks_exact_mut(policy.sizes().outputs) {
                    if rng.random::<f64>() < exploration {
                        choice.copy_from_slice(&policy.random(1, rng));
                    }
                }
                policy.acted(choices)
            })?;
            self.memory.push(stage);

            // Learn.
            if stage.steps >= self.config.learning_starts as u64 {
                for _ in 0..self.config.gradient_steps {
                    loss = self.learn(&mut stage.rng);
                }
                self.policy.set_mlp(self.network.valid());
                if stage.steps >= self.target_due {
                    self.target = self.target.towards(&self.network.valid(), self.config.tau);
                    self.target_due = stage.steps + self.config.target_frequency as u64;
                }
            }
        }

        // Tell.
        Ok(self.memory.metrics(Metrics {
            value_loss: loss,
            exploration: Some(exploration),
            learning_rate: self.config.learning_rate,
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
            target: self.policy.with_mlp(self.target.clone()).to_json(),
            memory: self.memory.save()?,
            optimizer: memory(&self.optimizer)?,
            target_due: self.target_due,
        })
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let saved: Saved<Replay> = unpack(saved)?;
        self.policy = Policy::from_json(&saved.policy)?.on(&self.device);
        let target = Policy::from_json(&saved.target)?.on(&self.device);
        (self.network, self.target) = networks(&self.policy, &target)?;
        self.optimizer = remember(adam(1e-8), saved.optimizer)?;
        self.target_due = saved.target_due;
        self.memory.restore(saved.memory)
    }
}
