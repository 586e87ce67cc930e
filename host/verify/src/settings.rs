//! The numbers that verification goes by.

use std::time::Duration;

use serde::Serialize;

/// The thresholds, budgets and sizes of a verification, each with a default and its reason.
///
/// They are printed with every report, so that a verdict can be had again.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Settings {
    /// Where all chance comes from: which rows are sampled and how they are permuted.
    pub seed: u64,
    /// Most rows that are kept of the data; the rest is read past. 10,000: the standard error of a mean is then a hundredth of
    /// the spread, and the whole verification of an ordinary plugin takes seconds.
    pub rows: usize,
    /// Rows in a call, of texts a sixteenth. 1,024: from about that many on a call's own cost vanishes beside its rows'.
    pub call_rows: usize,
    /// Parts (rows, or groups or episodes that must stay together) that are also scored one by one. 256: each costs a fresh
    /// instance, and a leak between rows shows in nearly every one.
    pub slices: usize,
    /// Batch sizes, in parts, that must all work. 1 is a lone environment, 2 and 3 catch sizes written into the code, 257 is
    /// prime and just past a buffer of 256.
    pub sizes: Vec<usize>,
    /// Fewest scored rows that say something about a factor's spread; with fewer, such rules are inconclusive. 10: a spread or
    /// a correlation of fewer values is mostly chance.
    pub least_rows: usize,
    /// How far past a declared bound a value may lie, as a share of the bound's size (or of 1 near zero). 1e-6: about eight
    /// units in the last place of an `f32`, what rounding in another order may add.
    pub bound_slack: f64,
    /// Units of fuel, about one an instruction, that a row of a trajectory may cost. 500,000: about .2 ms, as long as a step of
    /// PPO on one core takes with everything it does.
    pub fuel_per_row: f64,
    /// Units of fuel that a text sample may cost. 10,000,000: about 4 ms, little beside the generation of a completion, and few
    /// enough for 257 samples within the fuel that the host gives one call.
    pub fuel_per_sample: f64,
    /// How many times more fuel a further row may cost in a large batch than in a small one. 1.5: linear code stays below 1.1,
    /// code quadratic in the batch reaches 4.
    pub growth: f64,
    /// Bytes of memory that an instance may hold. 128 MiB: half of what the host allows, and sixteen workers fit in 2 GiB.
    pub memory: usize,
    /// Wall-clock time that a row may take. 1 ms: five times the fuel's budget, so that only waiting or a slow host shows.
    pub time_per_row: Duration,
    /// Spread below which a factor counts as constant, as a share of its largest size. 1e-6: about eight units in the last
    /// place of an `f32`.
    pub constant: f64,
    /// Share of the values at one declared bound from which on a factor counts as saturated. .95: then twenty rows carry one
    /// row's information.
    pub saturated: f64,
    /// Correlation, as an absolute value, above which two factors count as one. .99: 98 % of the one's variance is the other's.
    pub duplicate: f64,
    /// Share of a factor's variance that must remain once the other factors are regressed out. 1e-6: below it the remainder is
    /// rounding.
    pub independent: f64,
    /// Time after which no further rule is begun; those left are inconclusive. 120 s: ten times what an ordinary plugin takes.
    pub time: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 0,
            rows: 10_000,
            call_rows: 1024,
            slices: 256,
            sizes: vec![1, 2, 3, 257],
            least_rows: 10,
            bound_slack: 1e-6,
            fuel_per_row: 500_000.0,
            fuel_per_sample: 10_000_000.0,
            growth: 1.5,
            memory: 128 << 20,
            time_per_row: Duration::from_millis(1),
            constant: 1e-6,
            saturated: 0.95,
            duplicate: 0.99,
            independent: 1e-6,
            time: Duration::from_secs(120),
        }
    }
}
