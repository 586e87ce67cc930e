//! What every algorithm plays on: the environments, the reward, the one generator of chance, and the count of steps.

use meed_core::RewardSource;
use meed_envs::{EnvSpec, RngState, VectorEnv};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::experience::rollout::{Collector, CollectorState, Rollout};
use crate::network::policy::Acted;
use crate::reward::judge::Judge;
use crate::reward::transform::Chain;
use crate::train::Refused;
use crate::{Metrics, TrainConfig, TrainError, Transform};

/// Environment steps between two lines of metrics, for algorithms without rollouts.
const REPORT: u64 = 1_000;

/// Made when training begins, and used until it ends.
pub(crate) struct Stage {
    collector: Collector,
    judge: Option<Judge>,
    transforms: Chain,
    /// All chance but the environments' own comes from here.
    pub(crate) rng: ChaCha8Rng,
    /// Environment steps so far, over all copies. A step of several agents counts once.
    pub(crate) steps: u64,
    /// Environment steps to take.
    pub(crate) total: u64,
    /// The rows of the last [`play`](Self::play).
    pub(crate) rollout: Rollout,
    /// What training learns from, one number a row.
    pub(crate) rewards: Vec<f32>,
    /// What was played since the last update.
    tally: Tally,
}

/// Sums over the rows since the last update, for its metrics.
#[derive(Default)]
struct Tally {
    rows: usize,
    abstained: usize,
    /// The rewards as they were before any scaling by the algorithm.
    reward: f64,
    /// A sum for each factor.
    factors: Vec<f64>,
}

/// What a checkpoint keeps of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct StageState {
    collector: CollectorState,
    reward: Option<Vec<u8>>,
    transforms: Chain,
    rng: RngState,
    steps: u64,
}

impl Stage {
    pub(crate) fn new(
        env: Box<dyn VectorEnv>,
        reward: Option<Box<dyn RewardSource>>,
        config: &TrainConfig,
    ) -> Result<Self, TrainError> {
        if reward.is_none() {
            let allowed = "none, or one of a plugin's: the environment's own reward has none";
            let shaped = config.transforms.iter().find_map(|transform| match transform {
                Transform::Shape { factor } => Some(factor),
                _ => None,
            });
            if let Some(factor) = shaped.or_else(|| config.weights.keys().next()) {
                return Err(TrainError::Config { name: "factor", value: factor.clone(), allowed });
            }
        }
        // A stream that no copy of the environment draws from, so that weights and first states have nothing in common.
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(u64::MAX);
        Ok(Stage {
            judge: reward.map(|source| Judge::new(source, env.spec(), config)).transpose()?,
            transforms: Chain::new(&config.transforms),
            collector: Collector::new(env),
            rng,
            steps: 0,
            total: config.steps,
            rollout: Rollout::default(),
            rewards: Vec::new(),
            tally: Tally::default(),
        })
    }

    pub(crate) fn spec(&self) -> &EnvSpec {
        self.collector.spec()
    }

    /// Counts the episodes that have ended.
    pub(crate) fn episodes(&self) -> u64 {
        self.collector.ended
    }

    /// Gives the mean of the environment's own return over the last 100 episodes, once one has ended.
    pub(crate) fn mean_return(&self) -> Option<f64> {
        self.collector.mean_return()
    }

    /// Gives the steps after which an algorithm that learns all the time says how it goes.
    pub(crate) fn next_report(&self) -> u64 {
        (self.steps + REPORT).min(self.total)
    }

    /// Takes `steps` steps in every copy with the actions that `act` chooses, and asks the reward for the rows' worth. They
    /// then lie in `rollout` and `rewards`.
    pub(crate) fn play(
        &mut self,
        steps: usize,
        mut act: impl FnMut(&[f32], &mut ChaCha8Rng) -> Acted,
    ) -> Result<(), TrainError> {
        let rng = &mut self.rng;
        self.collector.collect(steps, &mut self.rollout, |observation| act(observation, rng))?;
        self.steps += (self.rollout.rows() / self.spec().agents) as u64;
        match &mut self.judge {
            Some(judge) => self.tally.abstained += judge.score(&self.rollout, &mut self.rewards)?,
            None => self.rewards.clone_from(&self.rollout.reward),
        }
        let shaped = self.judge.as_mut().map_or(Ok(&[][..]), |judge| judge.shape(&self.rollout))?;
        self.transforms.apply(&mut self.rewards, &self.rollout, shaped);
        self.tally.rows += self.rewards.len();
        self.tally.reward += self.rewards.iter().map(|reward| f64::from(*reward)).sum::<f64>();
        let count = self.factor_count();
        self.tally.factors.resize(count, 0.0);
        let factors = self.judge.as_ref().map_or(&[][..], Judge::factors);
        for (index, factor) in factors.iter().enumerate() {
            self.tally.factors[index % count] += f64::from(*factor);
        }
        Ok(())
    }

    /// Counts the reward's factors, 0 for the environment's own.
    pub(crate) fn factor_count(&self) -> usize {
        self.judge.as_ref().map_or(0, |judge| judge.names().count())
    }

    /// Names the reward's factors; none where it is the environment's own.
    pub(crate) fn factor_names(&self) -> impl Iterator<Item = &str> {
        self.judge.iter().flat_map(Judge::names)
    }

    /// Borrows the factors' weights, in the reward's order.
    pub(crate) fn weights(&self) -> &[f32] {
        self.judge.as_ref().map_or(&[], Judge::weights)
    }

    /// Borrows the factors of the rows of the last [`play`](Self::play), rows x factors.
    pub(crate) fn factors(&self) -> &[f32] {
        self.judge.as_ref().map_or(&[], Judge::factors)
    }

    /// Begins the numbers of an update with what is known here of the rows since the last one.
    pub(crate) fn metrics(&mut self) -> Metrics {
        let tally = std::mem::take(&mut self.tally);
        // Rows without a score have no factors; they are not zeros.
        let scored = (tally.rows - tally.abstained) as f64;
        let names = self.judge.iter().flat_map(Judge::names);
        let factors = names.zip(&tally.factors);
        Metrics {
            step: self.steps,
            episodes: self.episodes(),
            mean_return: self.mean_return(),
            mean_length: self.collector.mean_length(),
            mean_reward: tally.reward / tally.rows as f64,
            abstained: tally.abstained,
            factors: factors.map(|(name, sum)| (name.to_owned(), (scored > 0.0).then(|| sum / scored))).collect(),
            ..Metrics::default()
        }
    }

    pub(crate) fn save(&mut self) -> Result<StageState, Refused> {
        Ok(StageState {
            collector: self.collector.save()?,
            reward: self.judge.as_mut().map(Judge::snapshot).transpose()?.flatten(),
            transforms: self.transforms.clone(),
            rng: RngState::from(&self.rng),
            steps: self.steps,
        })
    }

    pub(crate) fn restore(&mut self, state: StageState) -> Result<(), Refused> {
        self.collector.restore(state.collector)?;
        if let (Some(judge), Some(snapshot)) = (&mut self.judge, &state.reward) {
            judge.restore(snapshot)?;
        }
        self.transforms = state.transforms;
        self.rng = ChaCha8Rng::from(&state.rng);
        self.steps = state.steps;
        Ok(())
    }
}
