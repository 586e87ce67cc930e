//! Verifies rewards on recorded data before anything is trained with them.
//!
//! [`verify`] asks a reward, in both of the profiles that the host runs rewards in, for its answers to a sample of the data,
//! holds them against the [`rules`], and gives a [`Report`]: as a table for a terminal, as JSON, and as an HTML page. The
//! command line, the design loop and tests call it. It knows rewards through `meed-core`'s traits only, never loads a plugin,
//! and never trains.
//!
//! # Verdicts
//! Every rule passes, fails or is inconclusive. Where something that it needs is missing it is inconclusive, never passed. The
//! whole fails where a rule of severity *error* fails; else it is inconclusive where such a rule is inconclusive; else it
//! passes. Warnings never decide the whole. Rules that need more than plain recordings (the environment's rewards, recordings of a
//! better policy, a reference reward) can fail the whole, but where what they need was not offered, or does not suffice, they are
//! inconclusive on their own: who verifies on random trajectories learns all that these can tell, and reads in the report what
//! nobody has looked at. Rules that are not about the reward's kind are listed, and count for nothing.
//!
//! ```
//! use meed_core::{Description, Factor, Field, NativeReward};
//! use meed_trajectory::{Schema, Writer, open};
//! use meed_verify::{Settings, Subject, verify};
//!
//! // A recording of forty steps, and a reward that never sees it whole.
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("walk.parquet");
//! let schema = Schema::new(1, 1);
//! let mut table = schema.table();
//! table.rows = 40;
//! table.observation = (0..40).map(|step| step as f32 / 40.0).collect();
//! table.action = vec![0.0; 40];
//! (table.terminated, table.truncated) = (vec![false; 40], (1..=40).map(|step| step == 40).collect());
//! (table.episode, table.step) = (vec![0; 40], (0..40).collect());
//! let mut writer = Writer::create(&file, schema)?;
//! writer.write(&table)?;
//! writer.finish()?;
//!
//! let description = Description::transition("root", "0.1.0")
//!     .observation([Field::new("x", 1, "m", 0.0, 1.0)])
//!     .factors([Factor::new("root", 0.0, 1.0, 1.0, "the root of what remains")]);
//! let reward = NativeReward::per_row(description, |row, out| out[0] = (0.9 - row.observation[0]).sqrt());
//!
//! let subject = Subject { verify: &reward, train: Some(&reward), reference: None, hash: None, file: None };
//! let report = verify(&subject, [open(&file)?], &Settings::default())?;
//! let found: Vec<_> = report.findings().map(|(rule, finding)| (rule.code, finding.rows[0])).collect();
//! assert_eq!(found, [("V011", 37)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bench;
mod compare;
mod draw;
mod environment;
mod episodes;
mod error;
mod factors;
mod finding;
#[cfg(test)]
mod fixture;
mod handbook;
mod html;
mod inputs;
mod judge;
mod keys;
mod loops;
mod ordering;
mod picture;
mod policies;
mod portrait;
pub mod pseudometric;
mod recorded;
mod reference;
mod report;
mod ridge;
#[cfg(test)]
mod ring;
mod rule;
mod rules;
mod sample;
mod sensitivity;
mod settings;
mod simulated;
mod simulator;
mod statistics;
mod task;
mod terminal;
#[cfg(test)]
mod tests;
mod time;
mod values;
mod verdict;

use std::time::Instant;

use meed_core::RewardFactory;
use meed_trajectory::Dataset;

pub use compare::{Comparison, Disagreement, compare};
pub use environment::Environment;
pub use error::VerifyError;
pub use factors::FactorReport;
pub use finding::{Finding, Number};
pub use handbook::handbook;
pub use ordering::spearman;
pub use portrait::{EpisodeReport, Portrait, RowReport};
pub use reference::Reference;
pub use report::{CostReport, DataReport, FileReport, Refusal, Report, RewardReport, RuleReport, SCHEMA_VERSION};
pub use rule::Rule;
pub use rules::rules;
pub use settings::{Settings, SettingsError};
pub use simulator::{Actions, Simulation, Simulator, SimulatorError, Stepped};
pub use task::{Direction, Monotone, Symmetry, Task};
pub use terminal::Terminal;
pub use time::TimeReport;
pub use verdict::{Category, Need, Severity, Verdict};

/// The reward to verify.
#[derive(Clone)]
pub struct Subject<'a> {
    /// The reward in the verify profile: fuel is counted, and each call of a reward without state gets a fresh instance.
    pub verify: &'a dyn RewardFactory,
    /// The same reward in the train profile; without it, whether the two agree is inconclusive.
    pub train: Option<&'a dyn RewardFactory>,
    /// A reward that is known to be right; without it, how far the reward is from one is inconclusive.
    pub reference: Option<Reference<'a>>,
    /// SHA-256 of the plugin file, in hexadecimal; `None` for rewards that are not plugin files.
    pub hash: Option<String>,
    /// The plugin file, for the report.
    pub file: Option<String>,
}

/// Verifies a reward on recorded data: one file, as `[open(path)?]`, or several, such as recordings of a bad and a good policy.
///
/// The data are read to their end, a bounded number of rows at a time. All chance comes from the settings' seed.
///
/// # Errors
/// Where the data cannot be read or lack what the reward's description asks for. What is wrong with the reward is no error but
/// stands in the report.
pub fn verify(
    subject: &Subject<'_>,
    data: impl IntoIterator<Item = Dataset>,
    settings: &Settings,
) -> Result<Report, VerifyError> {
    Verification::new(subject, settings).run(data)
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// So many rows or samples of the data are read.
    Rows(u64),
    /// So many rules are done.
    Rules {
        /// Rules that are done.
        done: usize,
        /// Rules in all.
        of: usize,
    },
}

/// What is told of a verification's progress, from any thread.
pub type Watch<'a> = dyn Fn(Progress) + Sync + 'a;

/// A verification that is told more than [`verify`] is.
#[derive(Clone, Copy)]
pub struct Verification<'a> {
    subject: &'a Subject<'a>,
    settings: &'a Settings,
    simulation: Option<&'a dyn Simulation>,
    watch: &'a Watch<'a>,
}

impl<'a> Verification<'a> {
    /// Prepares to verify a reward.
    pub fn new(subject: &'a Subject<'a>, settings: &'a Settings) -> Self {
        Verification { subject, settings, simulation: None, watch: &|_| () }
    }

    /// Offers a simulator of the task that the reward is for, to the rules that need one.
    #[must_use]
    pub fn simulation(self, simulation: &'a dyn Simulation) -> Self {
        Verification { simulation: Some(simulation), ..self }
    }

    /// Tells someone how far it is.
    #[must_use]
    pub fn watch(self, watch: &'a Watch<'a>) -> Self {
        Verification { watch, ..self }
    }

    /// Verifies as [`verify`] does.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn run(self, data: impl IntoIterator<Item = Dataset>) -> Result<Report, VerifyError> {
        let begun = Instant::now();
        let drawn = draw::draw(data, self.subject.verify.description(), self.settings, self.watch)?;
        let reading = begun.elapsed();
        let mut bench = bench::Bench::new(self.subject, &drawn.sample, self.settings)?;
        bench.recorded = drawn.recorded.as_ref();
        bench.files = &drawn.data.files;
        bench.simulation = self.simulation;
        let asking = bench.begun.elapsed();
        let judged = judge::judge(&mut bench, rules(), self.watch)?;
        let factors = factors::factors(&bench, drawn.episode.as_ref());
        let time = TimeReport::new(reading, asking, &judged, begun.elapsed());
        Ok(Report::of(&bench, judged.reports, drawn.data.clone(), factors, time))
    }
}
