//! What a learner learns from: the rows it remembers, and what it is told that they are worth.
//!
//! Without a decomposition of returns a row is worth what the reward said when it was stored. With one, the decomposition learns
//! beside the critics, one step to each of theirs, and every row drawn is valued anew as it now sees it.

use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::credit::decoder::DecoderFile;
use crate::credit::{self, Credit};
use crate::experience::replay::{Minibatch, Replay};
use crate::experience::stage::Stage;
use crate::network::actor_critic::numbers;
use crate::network::distribution::Distribution;
use crate::{Metrics, Policy, TrainConfig, TrainError};

/// Rows, and what tells their worth. An off-policy learner draws from it, an on-policy one has its rollouts relabelled.
pub(crate) struct Memory {
    replay: Replay,
    credit: Option<Box<dyn Credit>>,
    /// The decomposition's loss at its last step.
    loss: Option<f64>,
    /// Rollouts relabelled, for an on-policy learner.
    rollouts: u64,
    schedule: Schedule,
    /// What an action is: memory holds choices as actions tell of them, which is all that a plugin is shown.
    actions: Distribution,
    device: Device,
}

/// When a decomposition learns beside an on-policy learner, which has no critics' steps to keep pace with.
struct Schedule {
    /// Rollouts from one time to the next.
    every: u64,
    /// Fits at a time.
    fits: usize,
    /// Whether the agents of a step share what they earn together.
    team: bool,
}

/// What a checkpoint keeps of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct MemoryState<R = Replay> {
    replay: R,
    credit: Option<Vec<u8>>,
    loss: Option<f64>,
    rollouts: u64,
}

impl Memory {
    /// Makes an empty memory of so many rows, with the decomposition that the configuration names.
    pub(crate) fn new(
        capacity: usize,
        choice: usize,
        stage: &mut Stage,
        config: &TrainConfig,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let replay = Replay::new(capacity, stage.spec().observation_size(), choice, stage.factor_count());
        let credit = credit::begin(choice, stage, config, device)?;
        let replay = if credit.is_some() { replay.with_episodes() } else { replay };
        let schedule = config.credit.as_ref().map_or(Schedule { every: 1, fits: 0, team: false }, |credit| Schedule {
            every: credit.every,
            fits: credit.fits,
            team: credit.team,
        });
        let actions = Distribution::of(&stage.spec().action_space);
        Ok(Memory { replay, credit, loss: None, rollouts: 0, schedule, actions, device: device.clone() })
    }

    /// Takes in what was just played.
    pub(crate) fn push(&mut self, stage: &Stage) {
        let mut choices = stage.rollout.choice.clone();
        self.actions.told(&mut choices);
        self.replay.push(&stage.rollout, &choices, &stage.rewards, stage.factors());
    }

    /// Draws rows for a policy to learn from, observations as it sees them; none as long as returns are to be decomposed and no
    /// episode has ended.
    pub(crate) fn draw(&mut self, rows: usize, policy: &Policy, rng: &mut ChaCha8Rng) -> Option<Minibatch> {
        let normalizer = policy.normalizer();
        let Some(credit) = &mut self.credit else {
            return Some(self.replay.minibatch(&self.replay.draw(rows, rng), normalizer, &self.device));
        };
        if self.replay.whole().is_empty() {
            return None;
        }
        self.loss = credit.fit(&self.replay, rng);
        let rows = credit.draw(&self.replay, rows, rng);
        let reward = credit.proxy(&self.replay, &rows);
        Some(Minibatch { reward, ..self.replay.minibatch(&rows, normalizer, &self.device) })
    }

    /// Takes in a rollout, and replaces its rewards by what the decomposition now says of its rows: for an on-policy learner, which
    /// sees them this once.
    pub(crate) fn relabel(&mut self, stage: &mut Stage) {
        self.push(stage);
        let Some(credit) = &mut self.credit else { return };
        // From the first rollout on, so that rewards mean something as soon as they can.
        if self.rollouts.is_multiple_of(self.schedule.every) && !self.replay.whole().is_empty() {
            for _ in 0..self.schedule.fits {
                self.loss = credit.fit(&self.replay, &mut stage.rng);
            }
        }
        self.rollouts += 1;
        stage.rewards = numbers(credit.proxy(&self.replay, &self.replay.newest(stage.rollout.rows())));
        if self.schedule.team {
            for step in stage.rewards.chunks_mut(stage.rollout.agents) {
                let mean = step.iter().sum::<f32>() / step.len() as f32;
                step.fill(mean);
            }
        }
    }

    /// Adds what is known here to the numbers of an update.
    pub(crate) fn metrics(&self, metrics: Metrics) -> Metrics {
        Metrics { credit_loss: self.loss, ..metrics }
    }

    /// Gives what has been learnt of the reward, to be kept with the run.
    pub(crate) fn decoder(&self) -> Option<DecoderFile> {
        self.credit.as_ref()?.decoder()
    }

    pub(crate) fn save(&self) -> Result<MemoryState<&Replay>, String> {
        let credit = self.credit.as_ref().map(|credit| credit.save()).transpose()?;
        Ok(MemoryState { replay: &self.replay, credit, loss: self.loss, rollouts: self.rollouts })
    }

    pub(crate) fn restore(&mut self, state: MemoryState) -> Result<(), String> {
        (self.replay, self.loss, self.rollouts) = (state.replay, state.loss, state.rollouts);
        match (&mut self.credit, &state.credit) {
            (Some(credit), Some(saved)) => credit.restore(saved),
            (None, None) => Ok(()),
            _ => Err("it decomposes returns otherwise than its configuration says".into()),
        }
    }
}
