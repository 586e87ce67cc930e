//! Adam, and how its memory is kept.
//!
//! Its memory is kept by the parameters' ids, which is why networks number their parameters instead of drawing ids.

use burn::optim::{AdamConfig, ModuleOptimizer, OptimizerRecord};
use burn::tensor::Bytes;

/// Makes an Adam that has not stepped yet. `epsilon` is 1e-5 for PPO and 1e-8, PyTorch's, for the others.
pub(crate) fn adam(epsilon: f32) -> ModuleOptimizer {
    AdamConfig::new().with_epsilon(epsilon).init()
}

/// Gives an optimiser's memory as bytes.
pub(crate) fn memory(optimizer: &ModuleOptimizer) -> Result<Vec<u8>, String> {
    optimizer.to_record().into_bytes().map(|bytes| bytes.to_vec()).map_err(|error| error.to_string())
}

/// Gives an optimiser the memory of another.
pub(crate) fn remember(optimizer: ModuleOptimizer, memory: Vec<u8>) -> Result<ModuleOptimizer, String> {
    let record = OptimizerRecord::from_bytes(Bytes::from_bytes_vec(memory)).map_err(|error| error.to_string())?;
    Ok(optimizer.load_record(record))
}
