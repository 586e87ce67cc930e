//! Proximal policy optimisation (Schulman et al., 2017), from the first weight to the last.
//!
//! Read it from top to bottom: [`train`] is the loop, `update` the learning. What an update does is what CleanRL and Stable
//! Baselines 3 do, except that advantages are normalised once over the rollout in place of once a minibatch.
//!
//! All chance comes from one seeded generator, and no result is read from a clock: the same configuration on the same build
//! gives the same bits on the CPU, however many threads there are.

use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use meed_core::RewardSource;
use meed_envs::VectorEnv;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::clip::clip_global_norm;
use crate::distribution::Distribution;
use crate::gae;
use crate::judge::Judge;
use crate::network::{ActorCritic, numbers};
use crate::normalizer::RewardScale;
use crate::rollout::{Collector, Rollout};
use crate::{Metrics, Policy, PpoConfig, Progress, RunDir, TrainConfig, TrainError};

/// What a training came to.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Environment steps taken.
    pub steps: u64,
    /// Episodes that ended.
    pub episodes: u64,
    /// Mean of the environment's own return over the last 100 episodes, while exploring.
    pub mean_return: Option<f64>,
    /// Rows on which the reward abstained, in all.
    pub abstained: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// The policy as it is now.
    #[serde(skip)]
    pub policy: Policy,
}

/// Trains a policy in `env` on `reward`, or on the environment's own reward where there is none.
///
/// `env` must have `config.ppo.num_envs` copies ([`TrainConfig::make_env`] makes it). Where a run directory is given, metrics,
/// checkpoints and status go there as training goes on, and an error that stops it is noted there too.
///
/// # Errors
/// Before the first step where configuration, environment and reward do not fit each other or the device is not there; later
/// where the reward breaks, faults, or abstains without leave, where training diverges, and where the run directory cannot be
/// written.
pub fn train(
    env: Box<dyn VectorEnv>,
    reward: Option<Box<dyn RewardSource>>,
    config: &TrainConfig,
    mut run_dir: Option<&mut RunDir>,
    progress: &mut dyn Progress,
) -> Result<Summary, TrainError> {
    let trained = train_into(env, reward, config, run_dir.as_deref_mut(), progress);
    if let Some(run_dir) = run_dir {
        run_dir.end(trained.as_ref().err())?;
    }
    trained
}

fn train_into(
    env: Box<dyn VectorEnv>,
    reward: Option<Box<dyn RewardSource>>,
    config: &TrainConfig,
    mut run_dir: Option<&mut RunDir>,
    progress: &mut dyn Progress,
) -> Result<Summary, TrainError> {
    config.check()?;
    let ppo = &config.ppo;
    if env.num_envs() != ppo.num_envs {
        let allowed = "the number of copies of the environment";
        return Err(TrainError::Config { name: "num_envs", value: ppo.num_envs.to_string(), allowed });
    }
    let started = Instant::now();
    // A stream that no copy of the environment draws from, so that weights and first states have nothing in common.
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(u64::MAX);
    let mut judge = reward.map(|source| Judge::new(source, env.spec(), config)).transpose()?;
    let mut policy = Policy::new(env.spec(), config, &mut rng)?;
    let mut learner = Learner::new(&policy);
    let mut scale = ppo.normalize_reward.then(|| RewardScale::new(ppo.num_envs, ppo.gamma));
    let mut collector = Collector::new(env);
    let (mut rollout, mut rewards) = (Rollout::default(), Vec::new());
    let (mut steps, mut abstained_in_all, mut checkpoint) = (0, 0, config.checkpoint_every);

    while steps < config.steps {
        // Act: fill a rollout with what the policy does.
        let left = if ppo.decay { 1.0 - steps as f64 / config.steps as f64 } else { 1.0 };
        collector.collect(&mut policy, ppo.rollout_steps, &mut rng, &mut rollout)?;
        steps += rollout.rows() as u64;

        // Judge: one number a row.
        let abstained = match &mut judge {
            Some(judge) => judge.score(&rollout, &mut rewards)?,
            None => {
                rewards.clone_from(&rollout.reward);
                0
            }
        };
        abstained_in_all += abstained as u64;
        let mean_reward = rewards.iter().map(|reward| f64::from(*reward)).sum::<f64>() / rewards.len() as f64;
        if let Some(scale) = &mut scale {
            scale.scale(&mut rewards, |row| rollout.ended(row));
        }

        // Credit: which actions turned out better than expected.
        let advantages = gae::advantages(
            &gae::Rows {
                envs: rollout.envs,
                reward: &rewards,
                value: &rollout.value,
                next_value: &rollout.next_value,
                terminated: &rollout.terminated,
                truncated: &rollout.truncated,
            },
            ppo.gamma,
            ppo.lambda,
        );
        let returns: Vec<f32> = advantages.iter().zip(&rollout.value).map(|(a, value)| a + value).collect();

        // Learn.
        let learning_rate = ppo.learning_rate * left;
        let clip = ppo.clip * left as f32;
        let learnt = learner.update(&rollout, advantages, &returns, ppo, learning_rate, clip, &mut rng);
        policy.set_network(learner.network.valid());

        // Tell.
        let metrics = Metrics {
            step: steps,
            episodes: collector.ended,
            mean_return: collector.mean_return(),
            mean_reward,
            abstained,
            policy_loss: learnt.policy_loss,
            value_loss: learnt.value_loss,
            entropy: learnt.entropy,
            kl: learnt.kl,
            clip_fraction: learnt.clip_fraction,
            explained_variance: explained_variance(&rollout.value, &returns),
            learning_rate,
            seconds: started.elapsed().as_secs_f64(),
        };
        if !(metrics.policy_loss.is_finite() && metrics.value_loss.is_finite()) {
            return Err(TrainError::Diverged { steps, what: "a loss" });
        }
        let due = steps >= checkpoint || steps >= config.steps;
        if due && !policy.is_finite() {
            return Err(TrainError::Diverged { steps, what: "a weight" });
        }
        progress.update(&metrics, config.steps);
        if let Some(run_dir) = run_dir.as_deref_mut() {
            run_dir.log(&metrics)?;
            if due {
                run_dir.checkpoint(&policy, steps)?;
            }
        }
        if due {
            checkpoint = steps + config.checkpoint_every;
        }
    }
    Ok(Summary {
        steps,
        episodes: collector.ended,
        mean_return: collector.mean_return(),
        abstained: abstained_in_all,
        seconds: started.elapsed().as_secs_f64(),
        policy,
    })
}

/// The networks with their gradients, and Adam's memory of them.
struct Learner {
    network: ActorCritic,
    device: Device,
    optimizer: ModuleOptimizer,
    /// Columns of what the networks see, and of the actor's outputs.
    observation: usize,
    outputs: usize,
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
    fn new(policy: &Policy) -> Self {
        let device = policy.device().clone().autodiff();
        Learner {
            network: policy.network().clone().to_device(&device).train(),
            device,
            optimizer: AdamConfig::new().with_epsilon(1e-5).init(),
            observation: policy.sizes().observation,
            outputs: policy.sizes().outputs,
        }
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
    /// the advantage and the return.
    fn upload(&self, rollout: &Rollout, advantages: &[f32], returns: &[f32]) -> Tensor<2> {
        let (seen, choice) = (self.observation, self.outputs);
        let columns = seen + choice + 3;
        let mut packed = Vec::with_capacity(rollout.rows() * columns);
        for row in 0..rollout.rows() {
            packed.extend_from_slice(&rollout.seen[row * seen..(row + 1) * seen]);
            packed.extend_from_slice(&rollout.choice[row * choice..(row + 1) * choice]);
            packed.extend([rollout.log_probability[row], advantages[row], returns[row]]);
        }
        Tensor::from_data(TensorData::new(packed, [rollout.rows(), columns]), &self.device)
    }

    fn losses(&self, minibatch: Tensor<2>, clip: f32) -> Losses {
        let (seen, choice) = (self.observation, self.outputs);
        let columns =
            |start: usize, width: usize| minibatch.clone().slice([0..minibatch.dims()[0], start..start + width]);
        let rest = seen + choice;
        let (old_log_probability, advantage, returns) = (columns(rest, 1), columns(rest + 1, 1), columns(rest + 2, 1));
        let (actor, value) = self.network.forward(columns(0, seen));
        let (log_probability, entropy) =
            Distribution::log_probability(actor, self.network.log_std(), columns(seen, choice));
        let log_ratio = log_probability - old_log_probability;
        let ratio = log_ratio.clone().exp();
        let clipped = ratio.clone().clamp(1.0 - clip, 1.0 + clip);
        let policy = (ratio * advantage.clone()).min_pair(clipped * advantage).mean().neg();
        let value = (value - returns).square().mean().mul_scalar(0.5);
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

/// Gives the share of the returns' variance that the values explained.
fn explained_variance(values: &[f32], returns: &[f32]) -> f64 {
    let count = returns.len() as f64;
    let variance = |numbers: &dyn Fn(usize) -> f64| {
        let mean = (0..returns.len()).map(numbers).sum::<f64>() / count;
        (0..returns.len()).map(|row| (numbers(row) - mean).powi(2)).sum::<f64>() / count
    };
    let all = variance(&|row| f64::from(returns[row]));
    let left = variance(&|row| f64::from(returns[row]) - f64::from(values[row]));
    if all > 0.0 { 1.0 - left / all } else { 0.0 }
}
