//! What numbers in a configuration may be.

use crate::TrainError;

/// Refuses a step size that is none.
pub(super) fn rate(name: &'static str, rate: f64) -> Result<(), TrainError> {
    require(name, rate, rate > 0.0 && rate.is_finite(), "a finite number above 0")
}

/// Refuses counts of nothing.
pub(super) fn counts<const N: usize>(counts: [(&'static str, usize); N]) -> Result<(), TrainError> {
    counts.into_iter().try_for_each(|(name, count)| require(name, count, count > 0, "at least 1"))
}

/// Checks what all algorithms with a memory have.
pub(super) fn check_memory(
    num_envs: usize,
    buffer: usize,
    batch: usize,
    learning_starts: usize,
    gamma: f32,
    tau: f64,
) -> Result<(), TrainError> {
    counts([("num_envs", num_envs), ("buffer", buffer), ("batch", batch), ("learning_starts", learning_starts)])?;
    require("gamma", gamma, (0.0..=1.0).contains(&gamma), "from 0 to 1")?;
    require("tau", tau, tau > 0.0 && tau <= 1.0, "above 0 and at most 1")
}

/// Refuses a value that does not hold, and says what is allowed.
pub(super) fn require(
    name: &'static str,
    value: impl ToString,
    holds: bool,
    allowed: &'static str,
) -> Result<(), TrainError> {
    if holds { Ok(()) } else { Err(TrainError::Config { name, value: value.to_string(), allowed }) }
}
