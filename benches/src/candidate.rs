//! One way to score rows.

use std::time::Duration;

use anyhow::Result;

/// One way to score one batch with one reward.
pub(crate) trait Candidate {
    /// Gives its name in the table.
    fn name(&self) -> &'static str;

    /// Tells whether it must give the source's bits, not only its numbers.
    fn is_exact(&self) -> bool {
        false
    }

    /// Scores the batch and gives rows x factors numbers, row-major.
    ///
    /// # Errors
    /// Where it can't.
    fn answer(&mut self) -> Result<Vec<f32>>;

    /// Scores the batch so many times and tells how long that took in all.
    ///
    /// # Errors
    /// Where it can't.
    fn time(&mut self, times: u32) -> Result<Duration>;
}
