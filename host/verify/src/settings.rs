//! The numbers that verification goes by.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Task, rules};

/// The thresholds, budgets and sizes of a verification, each with a default and its reason.
///
/// They are printed with every report, so that a verdict can be had again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Where all chance comes from: which rows are sampled and how they are permuted.
    pub seed: u64,
    /// Most rows that are kept of the data; the rest is read past. 10,000: the standard error of a mean is then a hundredth of
    /// the spread, and the whole verification of an ordinary plugin takes seconds.
    pub rows: usize,
    /// Most rows that are kept of the data as whole episodes, for the rules about returns and references. 20,000: a hundred
    /// episodes of two hundred steps, enough for a rank correlation to within a tenth.
    pub episode_rows: usize,
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
    #[serde(deserialize_with = "seconds")]
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
    /// Share of the reward's variance above which one factor is said to dominate. .95: the others together are then a fifth of
    /// its size.
    pub dominant: f64,
    /// Share of the reward's variance below which a factor is said to be negligible. .001: it is then a thirtieth of the whole's
    /// size.
    pub negligible: f64,
    /// How many times the median slope between neighbours the 99th percentile may be. 30: a parabola reaches 4, a Gaussian bump
    /// 10, and a jump by one standard deviation passes it unless the rest is as steep.
    pub cliff: f64,
    /// How far, in the reward's standard deviations, neighbours may be apart before that counts as a jump. .25: less is seldom
    /// noticed beside the noise of returns.
    pub jump: f64,
    /// Largest power of its inputs by which a reward may grow far from the data. 4: the square of a squared distance.
    pub power: f64,
    /// Fewest episodes that say something about an ordering. 10: with fewer, a rank correlation of .6 is chance.
    pub least_episodes: usize,
    /// Times that episodes are drawn anew to see how far a number hangs on the draw. 400: the ends of an interval of 95 % are
    /// then known to within a few hundredths.
    pub bootstraps: usize,
    /// Smallest share of pairs of episodes in the right order. .6: .5 is a coin.
    pub pair_accuracy: f64,
    /// Smallest Kendall correlation with the true order, the trajectory alignment coefficient. .2: the same as three pairs of
    /// five.
    pub alignment: f64,
    /// Largest distance sqrt((1 - rho) / 2) between the returns. .6: a correlation of .28.
    pub return_distance: f64,
    /// Smallest share of successes whose mean reward a step is above that of the best failure. .8: CARD's own bound.
    pub preference: f64,
    /// True return from which on an episode counts as a success; without it no episode is called one.
    pub success: Option<f64>,
    /// How much less of the returns' variance than a decoder on raw observations one on the factors may explain. .1.
    pub decoder: f64,
    /// How far from the least to the most that a recorded completion got another must come to count as accepted. .75.
    pub accept: f64,
    /// Largest share of samples in which a completion without an answer may be accepted. .05.
    pub false_positives: f64,
    /// How much less a reward one step later is worth, where a rule must assume it. .99.
    pub discount: f64,
    /// Largest EPIC distance from the reference. .5: a correlation of .5 once potentials are taken out.
    pub epic: f64,
    /// Largest Pearson or Spearman distance from the reference. .5.
    pub direct_distance: f64,
    /// Largest DARD distance from the reference. .5, as for EPIC.
    pub dard: f64,
    /// Largest STARC distance from the reference. .5: rewards that have nothing in common are at .71.
    pub starc: f64,
    /// Largest share of the variance of a factor that is said to be shaping which no potential explains. .1: what the features
    /// that a potential is made of may miss.
    pub shaping: f64,
    /// Generations of the short optimisation, 24 policies each, in the simulator. 8: as many as move a linear policy.
    pub generations: usize,
    /// By how much, in standard deviations, the short optimisation must raise the reward and may lower the true return. .5: a
    /// medium effect.
    pub hacked: f64,
    /// Largest NPEC distance from the reference. .8: a correlation of .6 once potentials are taken out.
    pub npec: f64,
    /// Time after which no further rule is begun; those left are inconclusive. 120 s: ten times what an ordinary plugin takes.
    #[serde(deserialize_with = "seconds")]
    pub time: Duration,
    /// Codes of rules that are not applied.
    pub off: Vec<String>,
    /// Smallest sensitivity to an input that the task says matters: the mean change of the reward over its standard deviation.
    /// .01: below it nobody will notice the input.
    pub matters: f64,
    /// How far, in the reward's standard deviations, a symmetry may move a reward. .001: what rounding in `f32` may add.
    pub symmetry: f64,
    /// What is known of the task.
    pub task: Task,
}

/// Settings that cannot be taken from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file is no TOML, or names a setting that there is not.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// The file switches off a rule that there is not.
    #[error("there is no rule {code:?}")]
    NoRule {
        /// The code.
        code: String,
    },
}

impl Settings {
    /// Gives settings for a first look: a fifth of the rows, a quarter of the repetitions.
    pub fn quick() -> Settings {
        let full = Settings::default();
        Settings {
            rows: full.rows / 5,
            episode_rows: full.episode_rows / 4,
            slices: 64,
            bootstraps: 100,
            generations: 3,
            ..full
        }
    }

    /// Changes the settings that a TOML file names and leaves the others; times are in seconds.
    ///
    /// ```
    /// let file = r#"
    ///     duplicate = 0.95
    ///     off = ["V081"]
    ///     [task]
    ///     matters = ["angle"]
    ///     monotone = [{ input = "distance", reward = "falls" }]
    /// "#;
    /// let settings = meed_verify::Settings::quick().with_toml(file)?;
    /// assert_eq!((settings.duplicate, settings.rows), (0.95, 2000));
    /// # Ok::<(), meed_verify::SettingsError>(())
    /// ```
    ///
    /// # Errors
    /// Where the text is no TOML, names a setting that there is not, or a rule.
    pub fn with_toml(self, text: &str) -> Result<Settings, SettingsError> {
        let named: toml::Table = toml::from_str(text)?;
        let read: Settings = toml::from_str(text)?;
        let mut settings = self;
        settings.take(read, |name| named.contains_key(name));
        match settings.off.iter().find(|code| rules().iter().all(|rule| rule.code != code.as_str())) {
            Some(code) => Err(SettingsError::NoRule { code: code.clone() }),
            None => Ok(settings),
        }
    }
}

/// Lists the settings once, so that each can be taken over from others by its name.
macro_rules! take {
    ($($name:ident)*) => {
        impl Settings {
            /// Takes over the settings that are named.
            fn take(&mut self, other: Settings, named: impl Fn(&str) -> bool) {
                // Destructured whole, so that a setting which is forgotten here does not compile.
                let Settings { $($name),* } = other;
                $(if named(stringify!($name)) { self.$name = $name; })*
            }
        }
    };
}

take! {
    seed rows episode_rows call_rows slices sizes least_rows bound_slack fuel_per_row fuel_per_sample growth memory time_per_row constant saturated duplicate independent dominant negligible cliff jump power least_episodes bootstraps pair_accuracy alignment return_distance preference success decoder accept false_positives discount epic direct_distance dard starc shaping generations hacked npec time off matters symmetry task
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 0,
            rows: 10_000,
            episode_rows: 20_000,
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
            dominant: 0.95,
            negligible: 0.001,
            cliff: 30.0,
            jump: 0.25,
            power: 4.0,
            least_episodes: 10,
            bootstraps: 400,
            pair_accuracy: 0.6,
            alignment: 0.2,
            return_distance: 0.6,
            preference: 0.8,
            success: None,
            decoder: 0.1,
            accept: 0.75,
            false_positives: 0.05,
            discount: 0.99,
            epic: 0.5,
            direct_distance: 0.5,
            dard: 0.5,
            starc: 0.5,
            shaping: 0.1,
            generations: 8,
            hacked: 0.5,
            npec: 0.8,
            time: Duration::from_secs(120),
            off: Vec::new(),
            matters: 0.01,
            symmetry: 0.001,
            task: Task::default(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let text = "duplicate = 0.9\ntime = 2.5\n[task]\nmatters = [\"x\"]\n\
                    symmetries = [{ name = \"mirror\", negate = [\"x\"] }]";
        let settings = Settings::quick().with_toml(text).unwrap();
        let task = settings.task.clone();
        let expected =
            Settings { duplicate: 0.9, time: Duration::from_millis(2500), task: task.clone(), ..Settings::quick() };
        assert_eq!((settings, task.matters, task.symmetries.len()), (expected, vec!["x".to_owned()], 1));
    }

    #[test]
    fn what_does_not_exist_is_an_error_that_names_it() {
        let message = |text: &str| Settings::default().with_toml(text).unwrap_err().to_string();
        assert!(message("nonsense = 1").contains("nonsense"));
        assert!(message("off = [\"V999\"]").contains("V999"));
        assert!(message("[task]\nmonotone = [{ input = \"x\", reward = \"sideways\" }]").contains("sideways"));
        assert!(message("time = -1").contains("negative"));
    }
}
