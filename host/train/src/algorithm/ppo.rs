//! Proximal policy optimisation (Schulman et al., 2017), from the first weight to the last.
//!
//! Read it from top to bottom: `iterate` is an iteration, `update` the learning. What an update does is what CleanRL and Stable
//! Baselines 3 do, except that advantages are normalised once over the rollout in place of once a minibatch.
//!
//! Several agents share the policy: their rows are learnt from alike, each with an advantage of its own. With a critic for each
//! factor of the reward, [`critics`](super::critics) says how their advantages become one.
//!
//! All chance comes from one seeded generator, and no result is read from a clock: the same configuration on the same build
//! gives the same bits on the CPU, however many threads there are.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::algorithm::critics::{aggregate, columns, rows};
use crate::algorithm::gae;
use crate::credit::decoder::DecoderFile;
use crate::experience::memory::{Memory, MemoryState};
use crate::experience::replay::Replay;
use crate::experience::rollout::Rollout;
use crate::experience::stage::Stage;
use crate::network::actor_critic::{ActorCritic, numbers};
use crate::network::clip::clip_global_norm;
use crate::network::distribution::Distribution;
use crate::network::normalizer::RewardScale;
use crate::network::optimizer::{adam, memory, remember};
use crate::run::checkpoint::{pack, unpack};
use crate::{Critics, Metrics, OnAbstain, Policy, PpoConfig, TrainConfig, TrainError};

/// All that PPO keeps between two updates.
pub(crate) struct Ppo {
    config: PpoConfig,
    policy: Policy,
    learner: Learner,
    /// What rewards are divided by, one for each value of the critic; none where they stay as they are.
    scales: Vec<RewardScale>,
    /// Where returns are decomposed, what they are decomposed from.
    memory: Option<Memory>,
}

/// The same as a checkpoint keeps it.
#[derive(Serialize, Deserialize)]
struct Saved {
    policy: String,
    optimizer: Vec<u8>,
    scales: Vec<RewardScale>,
    memory: Option<MemoryState>,
}

impl Ppo {
    pub(crate) fn new(stage: &mut Stage, config: &TrainConfig) -> Result<Self, TrainError> {
        let ppo = &config.ppo;
        let values = match ppo.critics {
            Critics::One => 1,
            Critics::PerFactor => stage.factor_count(),
        };
        let needs = "`one` where the reward is the environment's own, is transformed or replaced as a whole: \
                     a critic per factor needs a plugin's factors as they are";
        let whole =
            !config.transforms.is_empty() || config.on_abstain == OnAbstain::Environment || config.credit.is_some();
        if values == 0 || (ppo.critics == Critics::PerFactor && whole) {
            return Err(TrainError::Config { name: "critics", value: "per-factor".into(), allowed: needs });
        }
        let policy = Policy::with_values(&stage.spec().clone(), values, config, &mut stage.rng)?;
        let wrong = |reason| TrainError::PolicyFile { file: "a fresh policy".into(), reason };
        let learner = Learner::new(&policy).map_err(wrong)?;
        let scale = || RewardScale::new(ppo.num_envs * stage.spec().agents, ppo.gamma);
        let scales = (0..values).filter(|_| ppo.normalize_reward).map(|_| scale()).collect();
        let (choice, device) = (policy.sizes().outputs, policy.device().clone());
        let memory = match &config.credit {
            Some(credit) => Some(Memory::new(credit.memory, choice, stage, config, &device)?),
            None => None,
        };
        Ok(Ppo { config: ppo.clone(), policy, learner, scales, memory })
    }
}

impl Algorithm for Ppo {
    fn iterate(&mut self, stage: &mut Stage) -> Result<Metrics, TrainError> {
        let Ppo { config: ppo, policy, learner, scales, memory } = self;
        let left = if ppo.decay { 1.0 - stage.steps as f64 / stage.total as f64 } else { 1.0 };

        // Act: fill a rollout with what the policy does, and judge it.
        stage.play(ppo.rollout_steps, |observation, rng| {
            policy.take_in(observation);
            policy.sample(observation, rng)
        })?;
        if let Some(memory) = memory {
            memory.relabel(stage);
        }
        stage.rollout.value_what_comes(policy);
        let metrics = stage.metrics();
        let weights = stage.weights().to_vec();
        let mut rewards = match ppo.critics {
            Critics::One => vec![stage.rewards.clone()],
            Critics::PerFactor => columns(stage.factors(), weights.len()),
        };
        let Stage { rollout, rng, .. } = stage;
        for (scale, rewards) in scales.iter_mut().zip(&mut rewards) {
            scale.scale(rewards, |row| rollout.ended(row));
        }

        // Credit: which actions turned out better than each critic expected.
        let (value, next_value) = (columns(&rollout.value, rewards.len()), columns(&rollout.next_value, rewards.len()));
        let surplus = |critic: usize| {
            let rows = gae::Rows {
                lanes: rollout.lanes(),
                reward: &rewards[critic],
                value: &value[critic],
                next_value: &next_value[critic],
                terminated: &rollout.terminated,
                truncated: &rollout.truncated,
            };
            gae::advantages(&rows, ppo.gamma, ppo.lambda)
        };
        let surpluses: Vec<Vec<f32>> = (0..rewards.len()).map(surplus).collect();
        let returns: Vec<f32> = rows(&surpluses).zip(&rollout.value).map(|(surplus, value)| surplus + value).collect();
        let advantages = match ppo.critics {
            Critics::One => surpluses.into_iter().next().unwrap_or_default(),
            Critics::PerFactor => aggregate(&surpluses, &weights),
        };

        // Learn.
        let learning_rate = ppo.learning_rate * left;
        let clip = ppo.clip * left as f32;
        let learnt = learner.update(rollout, advantages, &returns, ppo, learning_rate, clip, rng);
        policy.set_actor_critic(learner.network.valid());

        // Tell.
        let metrics = match memory {
            Some(memory) => memory.metrics(metrics),
            None => metrics,
        };
        Ok(Metrics {
            policy_loss: learnt.policy_loss,
            value_loss: learnt.value_loss,
            entropy: Some(learnt.entropy),
            kl: Some(learnt.kl),
            clip_fraction: Some(learnt.clip_fraction),
            explained_variance: Some(explained_variance(&value, &columns(&returns, value.len()))),
            learning_rate,
            ..metrics
        })
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn decoder(&self) -> Option<DecoderFile> {
        self.memory.as_ref()?.decoder()
    }

    fn save(&self) -> Result<Vec<u8>, String> {
        #[derive(Serialize)]
        struct Borrowed<'a> {
            policy: String,
            optimizer: Vec<u8>,
            scales: &'a [RewardScale],
            memory: Option<MemoryState<&'a Replay>>,
        }
        pack(&Borrowed {
            policy: self.policy.to_json(),
            optimizer: memory(&self.learner.optimizer)?,
            scales: &self.scales,
            memory: self.memory.as_ref().map(Memory::save).transpose()?,
        })
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let Saved { policy, optimizer, scales, memory } = unpack(saved)?;
        self.policy = Policy::from_json(&policy)?.on(self.policy.device());
        self.learner = Learner::new(&self.policy)?;
        self.learner.optimizer = remember(self.learner.optimizer.clone(), optimizer)?;
        self.scales = scales;
        match (&mut self.memory, memory) {
            (Some(own), Some(memory)) => own.restore(memory),
            _ => Ok(()),
        }
    }
}

/// The networks with their gradients, and Adam's memory of them.
struct Learner {
    network: ActorCritic,
    device: Device,
    optimizer: ModuleOptimizer,
    /// Columns of what the networks see, and of the actor's outputs.
    observation: usize,
    outputs: usize,
    /// Values that the critic gives.
    values: usize,
}

/// What the last epoch of an update looked like.
struct Learnt {
    policy_loss: f64,
    value_loss: f64,
    entropy: f64,
    kl: f64,
    clip_fraction: f64,
}

impl Learner {
    fn new(policy: &Policy) -> Result<Self, String> {
        let device = policy.device().clone().autodiff();
        let network = policy.actor_critic().ok_or("it has no critic")?;
        Ok(Learner {
            network: network.clone().to_device(&device).train(),
            device,
            optimizer: adam(1e-5),
            observation: policy.sizes().observation,
            outputs: policy.sizes().outputs,
            values: policy.sizes().values,
        })
    }

    /// Takes `epochs` passes over the rollout in shuffled minibatches. A rest too small for a minibatch waits for the next
    /// pass, which shuffles anew.
    #[allow(clippy::too_many_arguments, reason = "these are the learning's inputs, used nowhere else together")]
    fn update(
        &mut self,
        rollout: &Rollout,
        mut advantages: Vec<f32>,
        returns: &[f32],
        ppo: &PpoConfig,
        learning_rate: f64,
        clip: f32,
        rng: &mut ChaCha8Rng,
    ) -> Learnt {
        normalize(&mut advantages);
        let rows = rollout.rows();
        let batch = self.upload(rollout, &advantages, returns);
        let device = batch.device();
        let mut order: Vec<i32> = (0..rows as i32).collect();
        let mut last_epoch = Vec::new();
        for epoch in 0..ppo.epochs {
            let shuffled = if ppo.minibatch == rows {
                batch.clone()
            } else {
                order.shuffle(rng);
                let order = TensorData::new(order.clone(), [rows]);
                batch.clone().select(0, Tensor::<1, Int>::from_data(order, &device))
            };
            for start in (0..=rows - ppo.minibatch).step_by(ppo.minibatch) {
                let minibatch = shuffled.clone().narrow(0, start, ppo.minibatch);
                let losses = self.losses(minibatch, clip);
                let mut loss = losses.policy.clone() + losses.value.clone().mul_scalar(ppo.value_coefficient);
                if ppo.entropy_coefficient != 0.0 {
                    loss = loss - losses.entropy.clone().mul_scalar(ppo.entropy_coefficient);
                }
                let mut gradients = GradientsParams::from_grads(loss.backward(), &self.network);
                clip_global_norm(&self.network, &mut gradients, ppo.max_gradient_norm);
                self.network = self.optimizer.step(learning_rate, self.network.clone(), gradients);
                if epoch + 1 == ppo.epochs {
                    last_epoch.push(losses);
                }
            }
        }
        Learnt::of(last_epoch, clip)
    }

    /// Puts all that an update reads into one tensor, once: a row holds what the networks saw, the choice, its log-probability,
    /// the advantage and the returns.
    fn upload(&self, rollout: &Rollout, advantages: &[f32], returns: &[f32]) -> Tensor<2> {
        let (seen, choice) = (self.observation, self.outputs);
        let columns = seen + choice + 2 + self.values;
        let mut packed = Vec::with_capacity(rollout.rows() * columns);
        for row in 0..rollout.rows() {
            packed.extend_from_slice(&rollout.seen[row * seen..(row + 1) * seen]);
            packed.extend_from_slice(&rollout.choice[row * choice..(row + 1) * choice]);
            packed.extend([rollout.log_probability[row], advantages[row]]);
            packed.extend_from_slice(&returns[row * self.values..(row + 1) * self.values]);
        }
        Tensor::from_data(TensorData::new(packed, [rollout.rows(), columns]), &self.device)
    }

    fn losses(&self, minibatch: Tensor<2>, clip: f32) -> Losses {
        let (seen, choice) = (self.observation, self.outputs);
        let columns =
            |start: usize, width: usize| minibatch.clone().slice([0..minibatch.dims()[0], start..start + width]);
        let rest = seen + choice;
        let (old_log_probability, advantage, returns) =
            (columns(rest, 1), columns(rest + 1, 1), columns(rest + 2, self.values));
        let (actor, value) = self.network.forward(columns(0, seen));
        let (log_probability, entropy) =
            Distribution::log_probability(actor, self.network.log_std(), columns(seen, choice));
        let log_ratio = log_probability - old_log_probability;
        let ratio = log_ratio.clone().exp();
        let clipped = ratio.clone().clamp(1.0 - clip, 1.0 + clip);
        let policy = (ratio * advantage.clone()).min_pair(clipped * advantage).mean().neg();
        // The sum over the critics of each one's mean.
        let value = (value - returns).square().mean().mul_scalar(0.5 * self.values as f32);
        Losses { policy, value, entropy: entropy.mean(), log_ratio: log_ratio.detach() }
    }
}

/// The losses of one minibatch.
struct Losses {
    policy: Tensor<1>,
    value: Tensor<1>,
    entropy: Tensor<1>,
    /// Logarithm of how much more probable each choice has become, `[rows, 1]`, without its graph.
    log_ratio: Tensor<2>,
}

impl Learnt {
    fn of(minibatches: Vec<Losses>, clip: f32) -> Self {
        let count = minibatches.len() as f64;
        let mut learnt = Learnt { policy_loss: 0.0, value_loss: 0.0, entropy: 0.0, kl: 0.0, clip_fraction: 0.0 };
        for losses in minibatches {
            let one = |loss: Tensor<1>| numbers(loss).into_iter().map(f64::from).sum::<f64>() / count;
            learnt.policy_loss += one(losses.policy);
            learnt.value_loss += one(losses.value);
            learnt.entropy += one(losses.entropy);
            let log_ratios = numbers(losses.log_ratio);
            let mean = |of: &dyn Fn(f64) -> f64| {
                log_ratios.iter().map(|log_ratio| of(f64::from(*log_ratio))).sum::<f64>() / log_ratios.len() as f64
            };
            // The estimate with the least variance (Schulman, 2020): (ratio - 1) - log ratio.
            learnt.kl += mean(&|log_ratio| log_ratio.exp_m1() - log_ratio) / count;
            learnt.clip_fraction += mean(&|l| f64::from(l.exp_m1().abs() > f64::from(clip))) / count;
        }
        learnt
    }
}

/// Takes mean and deviation out of the advantages.
fn normalize(advantages: &mut [f32]) {
    let count = advantages.len() as f64;
    let mean = advantages.iter().map(|a| f64::from(*a)).sum::<f64>() / count;
    let variance = advantages.iter().map(|a| (f64::from(*a) - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let deviation = variance.sqrt() + 1e-8;
    advantages.iter_mut().for_each(|a| *a = ((f64::from(*a) - mean) / deviation) as f32);
}

/// Gives the share of the returns' variance that the values explained, all critics taken together.
fn explained_variance(values: &[Vec<f32>], returns: &[Vec<f32>]) -> f64 {
    let variance = |numbers: &dyn Fn(usize) -> f64, count: usize| {
        let mean = (0..count).map(numbers).sum::<f64>() / count as f64;
        (0..count).map(|row| (numbers(row) - mean).powi(2)).sum::<f64>() / count as f64
    };
    let (mut all, mut left) = (0.0, 0.0);
    for (values, returns) in values.iter().zip(returns) {
        all += variance(&|row| f64::from(returns[row]), returns.len());
        left += variance(&|row| f64::from(returns[row]) - f64::from(values[row]), returns.len());
    }
    if all > 0.0 { 1.0 - left / all } else { 0.0 }
}
