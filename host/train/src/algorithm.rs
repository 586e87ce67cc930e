//! The algorithms, a file each that reads from top to bottom.

pub(crate) mod critics;
pub(crate) mod dqn;
pub(crate) mod gae;
pub(crate) mod ppo;
pub(crate) mod sac;
pub(crate) mod td3;

use crate::credit::decoder::DecoderFile;
use crate::experience::stage::Stage;
use crate::{AlgorithmName, Metrics, Policy, TrainConfig, TrainError};

/// A way to learn. Its file reads from top to bottom; everything around it is the [`Stage`].
pub(crate) trait Algorithm {
    /// Steps the environments, asks the reward, learns, and says how that went.
    fn iterate(&mut self, stage: &mut Stage) -> Result<Metrics, TrainError>;

    /// Borrows the policy as it is now.
    fn policy(&self) -> &Policy;

    /// Gives what has been learnt of the reward; none where nothing is.
    fn decoder(&self) -> Option<DecoderFile> {
        None
    }

    /// Gives all that decides how it goes on, as bytes.
    fn save(&self) -> Result<Vec<u8>, String>;

    /// Goes back to what was saved.
    fn restore(&mut self, saved: &[u8]) -> Result<(), String>;
}

/// Makes the algorithm that the configuration names, with fresh weights.
pub(crate) fn begin(stage: &mut Stage, config: &TrainConfig) -> Result<Box<dyn Algorithm>, TrainError> {
    Ok(match config.algorithm {
        AlgorithmName::Ppo => Box::new(ppo::Ppo::new(stage, config)?),
        AlgorithmName::Sac => Box::new(sac::Sac::new(stage, config)?),
        AlgorithmName::Td3 => Box::new(td3::Td3::new(stage, config)?),
        AlgorithmName::Dqn => Box::new(dqn::Dqn::new(stage, config)?),
    })
}
