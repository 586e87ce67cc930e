//! How returns are decomposed.

use serde::{Deserialize, Serialize};

use super::check::{counts, rate};
use crate::{AlgorithmName, TrainConfig, TrainError};

/// A decomposition of returns, with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditConfig {
    /// Which one.
    pub method: CreditMethod,
    /// Width of the decoder's two hidden layers. LaRe's and RRD's is 256; where an algorithm's own networks are narrower, so is this.
    pub hidden: usize,
    /// Adam's step size for the decoder; 3e-4 in LaRe and RRD.
    pub learning_rate: f64,
    /// Steps that the whole episodes of a fit have together, about; 256 in LaRe-RD.
    pub steps: usize,
    /// Whether the decoder, and the plugin, see nothing of the actions: an ablation.
    #[serde(default)]
    pub state_only: bool,
}

/// A decomposition of returns by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreditMethod {
    /// Each step gets the same share.
    Uniform,
    /// Least squares over whole episodes, of a decoder that reads the rows themselves (Efroni et al., 2021).
    Rd,
    /// The same of a decoder that reads the plugin's factors.
    LareRd,
}

impl CreditMethod {
    /// All of them.
    pub const ALL: [CreditMethod; 3] = [CreditMethod::Uniform, CreditMethod::Rd, CreditMethod::LareRd];

    /// Names it as `--credit` does.
    pub fn name(self) -> &'static str {
        match self {
            CreditMethod::Uniform => "uniform",
            CreditMethod::Rd => "rd",
            CreditMethod::LareRd => "lare-rd",
        }
    }

    /// Tells whether its decoder reads a plugin's factors.
    pub fn reads_factors(self) -> bool {
        matches!(self, CreditMethod::LareRd)
    }
}

impl std::fmt::Display for CreditMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for CreditMethod {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        let allowed = "one of those that `meed train --help` lists";
        let unknown = || TrainError::Config { name: "credit", value: text.into(), allowed };
        CreditMethod::ALL.into_iter().find(|method| method.name() == text).ok_or_else(unknown)
    }
}

impl CreditConfig {
    /// Gives the published numbers, but for the decoder's width, which is that of the configuration's algorithm.
    pub fn of(method: CreditMethod, config: &TrainConfig) -> Self {
        let hidden = match config.algorithm {
            AlgorithmName::Ppo => config.ppo.hidden,
            AlgorithmName::Sac => config.sac.hidden,
            AlgorithmName::Td3 => config.td3.hidden,
            AlgorithmName::Dqn => config.dqn.hidden,
        };
        CreditConfig { method, hidden, learning_rate: 3e-4, steps: 256, state_only: false }
    }

    pub(super) fn check(&self) -> Result<(), TrainError> {
        rate("credit.learning_rate", self.learning_rate)?;
        counts([("credit.hidden", self.hidden), ("credit.steps", self.steps)])
    }
}
