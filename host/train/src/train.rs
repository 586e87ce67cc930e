//! A training from beginning to end, or from a checkpoint to the end: the same for every algorithm.
//!
//! [`train`] makes everything and runs it; [`resume`] makes everything anew, puts it into the state that the run directory
//! holds, and runs it. Between two updates nothing exists that is not in that state, which is why a resumed run on the CPU
//! gives the bits that the unbroken one gives.

use std::time::Instant;

use meed_core::RewardSource;
use meed_envs::VectorEnv;
use serde::{Deserialize, Serialize};

use crate::algorithm::{self, Algorithm};
use crate::credit::blind::Blind;
use crate::experience::stage::{Stage, StageState};
use crate::run::checkpoint::{seal, unseal};
use crate::run::run_dir::Reopened;
use crate::{Policy, Progress, RunDir, TrainConfig, TrainError};

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
    /// Seconds it took, those before a resumption included.
    pub seconds: f64,
    /// The policy as it is now.
    #[serde(skip)]
    pub policy: Policy,
}

/// Trains a policy in `env` on `reward`, or on the environment's own reward where there is none.
///
/// `env` must have [`TrainConfig::num_envs`] copies ([`TrainConfig::make_env`] makes it). Where a run directory is given,
/// metrics, checkpoints and status go there as training goes on, and an error that stops it is noted there too.
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
    let trained = Training::new(env, reward, config)
        .and_then(|mut training| training.run(config, run_dir.as_deref_mut(), progress));
    match run_dir {
        Some(run_dir) => end(run_dir, trained),
        None => trained,
    }
}

/// Goes on with a run that was killed or failed, from its last good checkpoint, or from the beginning where there is none yet.
///
/// `env` and `reward` must be as they were when the run began: fresh, from the configuration in `reopened.info`. On the CPU
/// the policies, checkpoints and metrics are then, bit for bit, those of the unbroken run, but for the seconds.
///
/// # Errors
/// As for [`train`]; [`TrainError::Checkpoint`] where checkpoints were written and none is good, or the environment or the
/// reward cannot be put back into its state.
pub fn resume(
    env: Box<dyn VectorEnv>,
    reward: Option<Box<dyn RewardSource>>,
    reopened: &mut Reopened,
    progress: &mut dyn Progress,
) -> Result<Summary, TrainError> {
    let config = &reopened.info.config;
    let run_dir = &mut reopened.run_dir;
    let trained = Training::new(env, reward, config).and_then(|mut training| {
        let mut refused = Vec::new();
        let states = run_dir.states()?;
        let good = states.iter().rev().find_map(|(name, bytes)| match unseal::<State>(bytes) {
            Ok(state) => Some((name, state)),
            Err(reason) => {
                refused.push(format!("{name}: {reason}"));
                None
            }
        });
        match good {
            Some((name, state)) => training.restore(state).map_err(|error| error.in_checkpoint(name))?,
            None if refused.is_empty() => {}
            None => {
                let (path, reason) = (run_dir.path().display().to_string(), refused.join("; "));
                return Err(TrainError::Checkpoint { path, reason });
            }
        }
        training.seconds_before = run_dir.cut(training.stage.steps)?;
        training.run(config, Some(run_dir), progress)
    });
    end(run_dir, trained)
}

/// Notes how training ended. What stopped it is what is told: where the disk is full, neither can be noted.
fn end(run_dir: &mut RunDir, trained: Result<Summary, TrainError>) -> Result<Summary, TrainError> {
    let noted = run_dir.end(trained.as_ref().err());
    let summary = trained?;
    noted.map(|()| summary)
}

/// Everything there is between two updates.
struct Training {
    stage: Stage,
    algorithm: Box<dyn Algorithm>,
    /// Steps at which the next checkpoint is due.
    due: u64,
    abstained: u64,
    /// Seconds spent before this process.
    seconds_before: f64,
}

/// The same as numbers.
#[derive(Serialize, Deserialize)]
struct State {
    stage: StageState,
    algorithm: Vec<u8>,
    due: u64,
    abstained: u64,
}

impl Training {
    fn new(
        env: Box<dyn VectorEnv>,
        reward: Option<Box<dyn RewardSource>>,
        config: &TrainConfig,
    ) -> Result<Self, TrainError> {
        config.check_fit(env.spec(), None)?;
        if env.num_envs() != config.num_envs() {
            let allowed = "the number of copies of the environment";
            return Err(TrainError::Config { name: "num_envs", value: config.num_envs().to_string(), allowed });
        }
        let hides = config.credit.as_ref().is_some_and(|credit| credit.state_only);
        let reward =
            reward.map(|source| if hides { Box::new(Blind::new(source)) as Box<dyn RewardSource> } else { source });
        let mut stage = Stage::new(env, reward, config)?;
        let algorithm = algorithm::begin(&mut stage, config)?;
        Ok(Training { stage, algorithm, due: config.checkpoint_every, abstained: 0, seconds_before: 0.0 })
    }

    fn run(
        &mut self,
        config: &TrainConfig,
        mut run_dir: Option<&mut RunDir>,
        progress: &mut dyn Progress,
    ) -> Result<Summary, TrainError> {
        let started = Instant::now();
        let before = self.seconds_before;
        let seconds = || before + started.elapsed().as_secs_f64();
        while self.stage.steps < config.steps {
            let mut metrics = self.algorithm.iterate(&mut self.stage)?;
            let steps = self.stage.steps;
            self.abstained += metrics.abstained as u64;
            metrics.seconds = seconds();
            if !(metrics.policy_loss.is_finite() && metrics.value_loss.is_finite()) {
                return Err(TrainError::Diverged { steps, what: "a loss" });
            }
            let due = steps >= self.due || steps >= config.steps;
            if due {
                if !self.algorithm.policy().is_finite() {
                    return Err(TrainError::Diverged { steps, what: "a weight" });
                }
                self.due = steps + config.checkpoint_every;
            }
            progress.update(&metrics, config.steps);
            if let Some(run_dir) = run_dir.as_deref_mut() {
                run_dir.log(&metrics)?;
                if due {
                    let state = self.save().map_err(|error| error.in_checkpoint("the next one"))?;
                    if let Some(decoder) = self.algorithm.decoder() {
                        run_dir.keep_decoder(&decoder)?;
                    }
                    run_dir.checkpoint(self.algorithm.policy(), steps, &state)?;
                }
            }
        }
        Ok(Summary {
            steps: self.stage.steps,
            episodes: self.stage.episodes(),
            mean_return: self.stage.mean_return(),
            abstained: self.abstained,
            seconds: seconds(),
            policy: self.algorithm.policy().clone(),
        })
    }

    fn save(&mut self) -> Result<Vec<u8>, Refused> {
        let algorithm = self.algorithm.save()?;
        let state = State { stage: self.stage.save()?, algorithm, due: self.due, abstained: self.abstained };
        Ok(seal(&state)?)
    }

    fn restore(&mut self, state: State) -> Result<(), Refused> {
        self.stage.restore(state.stage)?;
        self.algorithm.restore(&state.algorithm)?;
        (self.due, self.abstained) = (state.due, state.abstained);
        Ok(())
    }
}

/// Why something has no state, or not this one.
pub(crate) enum Refused {
    Env(meed_envs::EnvError),
    Reward(meed_core::RewardError),
    Content(String),
}

impl From<meed_envs::EnvError> for Refused {
    fn from(error: meed_envs::EnvError) -> Self {
        Refused::Env(error)
    }
}

impl From<meed_core::RewardError> for Refused {
    fn from(error: meed_core::RewardError) -> Self {
        Refused::Reward(error)
    }
}

impl From<String> for Refused {
    fn from(reason: String) -> Self {
        Refused::Content(reason)
    }
}

impl Refused {
    fn in_checkpoint(self, name: &str) -> TrainError {
        match self {
            Refused::Env(error) => error.into(),
            Refused::Reward(error) => error.into(),
            Refused::Content(reason) => TrainError::Checkpoint { path: name.into(), reason },
        }
    }
}
