//! What a decoder reads of a row.

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::experience::replay::Replay;
use crate::{CreditConfig, TrainError};

/// What a decoder reads of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Input {
    /// So many factors, as the plugin gave them: LaRe's latent reward.
    Factors(usize),
    /// So many columns of an observation and of a choice: the observation, the choice, and by how much the next observation is
    /// less, as RRD does.
    Raw(usize, usize),
    /// So many columns of an observation, and by how much the next is less.
    State(usize),
}

impl Input {
    /// Gives what the method reads of rows with so many columns.
    pub(crate) fn of(
        credit: &CreditConfig,
        observation: usize,
        choice: usize,
        factors: usize,
    ) -> Result<Self, TrainError> {
        match (credit.method.reads_factors(), credit.state_only) {
            (true, _) if factors == 0 => Err(TrainError::Config {
                name: "credit",
                value: credit.method.to_string(),
                allowed: "one that needs no factors, such as rrd, unless a plugin is the reward",
            }),
            (true, _) => Ok(Input::Factors(factors)),
            (false, false) => Ok(Input::Raw(observation, choice)),
            (false, true) => Ok(Input::State(observation)),
        }
    }

    /// Counts the columns.
    pub(crate) fn width(self) -> usize {
        match self {
            Input::Factors(factors) => factors,
            Input::Raw(observation, choice) => 2 * observation + choice,
            Input::State(observation) => 2 * observation,
        }
    }

    /// Puts rows on a device as the decoder reads them, `[rows, width]`.
    pub(crate) fn read(self, memory: &Replay, rows: &[usize], device: &Device) -> Tensor<2> {
        if let Input::Factors(_) = self {
            return memory.factors(rows, device);
        }
        let [observation, choice, next] = memory.raw(rows, device);
        let fall = observation.clone() - next;
        match self {
            Input::State(_) => Tensor::cat(vec![observation, fall], 1),
            _ => Tensor::cat(vec![observation, choice, fall], 1),
        }
    }
}
