//! How candidates are asked for, judged and chosen. Each strategy is a file of its own; what they share is in `attempt` and `tools`: ask,
//! take the code out, build, judge, train, and write down each of these before the next begins.
//!
//! A question whose answer is written down is never put again, and a candidate whose outcome is, is not built or judged again. So
//! a strategy that is begun anew in the same folder goes the same way up to where it was stopped, and then on.

mod attempt;
mod critic;
mod error;
mod evolve;
mod lare;
pub(crate) mod outcome;
#[cfg(test)]
mod tests;
mod tools;

use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::DesignError;
pub use outcome::{Ended, Evidence, Fate, Outcome, Summary, Verdict};

use crate::training::Trainer;
use crate::{Builder, DesignDir, Model, Task};
use attempt::{Run, Stop};

/// How candidates come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Several drafts, summarised into one, which is verified and repaired. After LaRe.
    #[default]
    Lare,
    /// A designer, a critic who reads before anything is built, an analyst of what trained agents fail at. After Auto MC-Reward.
    Critic,
    /// Generations: agents are trained, the best reward is kept, changed and crossed by how its factors went. After Eureka and REvolve.
    Evolve,
}

impl Strategy {
    /// Names the strategy as the command line does.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Lare => "lare",
            Strategy::Critic => "critic",
            Strategy::Evolve => "evolve",
        }
    }
}

/// What a judge says of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was found, the worst first.
    pub findings: Vec<Evidence>,
    /// The whole report, for the record.
    pub report: serde_json::Value,
}

/// Which recorded data a component is judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The part whose findings the model is told.
    Shown,
    /// The part that no model is told anything about, so that none can be pleased by it.
    Hidden,
}

/// Something that runs and verifies components. This crate does neither. Several may be judged at a time.
pub trait Judge: Sync {
    /// Judges the component in a file. `None` where there is no such part of the data.
    ///
    /// # Errors
    /// Where the judge itself fails. What is wrong with the component is a judgement.
    fn judge(&self, component: &Path, part: Part) -> Result<Option<Judgement>, Box<dyn Error + Send + Sync>>;
}

/// What a strategy works with.
pub struct Design<'a> {
    /// What is wanted.
    pub task: &'a Task,
    /// Who writes.
    pub model: &'a mut dyn Model,
    /// Who builds.
    pub builder: &'a (dyn Builder + Sync),
    /// Who verifies.
    pub judge: &'a dyn Judge,
    /// Who trains; `None` where nothing can be trained.
    pub trainer: Option<&'a dyn Trainer>,
    /// Where everything is written down.
    pub dir: &'a mut DesignDir,
    /// Told of each attempt, also of those that an earlier process made.
    pub progress: &'a mut dyn FnMut(&Outcome),
}

/// Designs a reward.
///
/// A candidate that passes on the shown part of the data is judged on the hidden part, too. Without one that passes both, the best
/// that the data did not refute is chosen when rounds, tokens or money run out, and its verdict says so.
///
/// # Errors
/// Where the model, this machine, the verification or the training fails. Everything up to there is written down.
pub fn design(strategy: Strategy, design: Design<'_>) -> Result<Summary, DesignError> {
    let mut run = Run::new(design);
    let played = match strategy {
        Strategy::Lare => lare::lare(&mut run),
        Strategy::Critic => critic::critic(&mut run),
        Strategy::Evolve => evolve::evolve(&mut run),
    };
    match played {
        Ok(ended) | Err(Stop::Budget(ended)) => run.finish(strategy, ended),
        Err(Stop::Failed(error)) => Err(error),
    }
}
