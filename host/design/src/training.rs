//! What is known of an agent that was trained with a candidate. This crate trains nothing itself.

use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Something that trains an agent in the task's environment with a component as its reward.
pub trait Trainer: Sync {
    /// Trains for the steps of the task's budget, writing to `folder`, which is the training's alone. Where a killed process left
    /// an unfinished training there, goes on with that.
    ///
    /// # Errors
    /// Where the trainer itself fails. What is wrong with the reward is a [`Training::failure`].
    fn train(&self, component: &Path, folder: &Path) -> Result<Training, Box<dyn Error + Send + Sync>>;
}

/// What came of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Mean true return of the trained policy, by the environment's own reward; `None` where training failed.
    pub score: Option<f64>,
    /// Why training failed, where the reward is to blame. It may hold words of the plugin's own.
    pub failure: Option<String>,
    /// The course of the training, in order of its steps.
    pub curve: Vec<Point>,
    /// How each factor went.
    pub factors: Vec<Course>,
    /// Episodes of the trained policy that came out worst, as text for a model to read. They may hold words of the plugin's own.
    pub failures: Vec<String>,
}

/// A point of a training's course.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Environment steps so far.
    pub step: u64,
    /// Mean true return of the last episodes while exploring; `None` before the first has ended.
    pub true_return: Option<f64>,
    /// Mean reward of a row, as training saw it.
    pub reward: f64,
}

/// How a factor went over a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// The factor.
    pub name: String,
    /// Its mean over the rows of an update, at evenly spaced updates from the first to the last; `None` where no row had a score.
    pub means: Vec<Option<f64>>,
}

impl Course {
    /// Gives the smallest and the largest mean; `None` where there is none.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        let mut means = self.means.iter().flatten().copied();
        let first = means.next()?;
        Some(means.fold((first, first), |(low, high), mean| (low.min(mean), high.max(mean))))
    }
}
