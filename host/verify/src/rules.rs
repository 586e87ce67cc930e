//! The rules, one a file, and what several of them share.

mod v001_forbidden_import;
mod v002_wrong_interface;
mod v003_not_a_component;
mod v004_too_large;
mod v005_compilation;
mod v006_start;
mod v007_no_reward;
mod v010_output_length;
mod v011_not_a_number;
mod v012_infinite;
mod v013_no_factors;
mod v014_no_rows;
mod v015_fault;
mod v016_trap;
mod v017_out_of_fuel;
mod v018_out_of_memory;
mod v019_invalid_description;
mod v020_repeat;
mod v021_fresh_instance;
mod v022_interleaved;
mod v023_profiles;
mod v024_evaluate_changes_state;
mod v025_snapshot_round_trip;
mod v026_restored_answers;
mod v030_leak;
mod v031_permutation;
mod v032_batch_size;
mod v040_bounds;
mod v050_fuel;
mod v051_growth;
mod v052_memory;
mod v053_time;
mod v054_memory_leak;
mod v060_constant_reward;
mod v061_two_values;
mod v062_saturated;
mod v063_duplicates;
mod v064_rank;
mod v065_abstains;
mod v066_constant_factor;

use meed_core::{Failure, OutputError};

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};

const ALL: &[&Rule] = &[
    &v001_forbidden_import::RULE,
    &v002_wrong_interface::RULE,
    &v003_not_a_component::RULE,
    &v004_too_large::RULE,
    &v005_compilation::RULE,
    &v006_start::RULE,
    &v007_no_reward::RULE,
    &v010_output_length::RULE,
    &v011_not_a_number::RULE,
    &v012_infinite::RULE,
    &v013_no_factors::RULE,
    &v014_no_rows::RULE,
    &v015_fault::RULE,
    &v016_trap::RULE,
    &v017_out_of_fuel::RULE,
    &v018_out_of_memory::RULE,
    &v019_invalid_description::RULE,
    &v020_repeat::RULE,
    &v021_fresh_instance::RULE,
    &v022_interleaved::RULE,
    &v023_profiles::RULE,
    &v024_evaluate_changes_state::RULE,
    &v025_snapshot_round_trip::RULE,
    &v026_restored_answers::RULE,
    &v030_leak::RULE,
    &v031_permutation::RULE,
    &v032_batch_size::RULE,
    &v040_bounds::RULE,
    &v050_fuel::RULE,
    &v051_growth::RULE,
    &v052_memory::RULE,
    &v053_time::RULE,
    &v054_memory_leak::RULE,
    &v060_constant_reward::RULE,
    &v061_two_values::RULE,
    &v062_saturated::RULE,
    &v063_duplicates::RULE,
    &v064_rank::RULE,
    &v065_abstains::RULE,
    &v066_constant_factor::RULE,
];

/// Lists every rule, in the order in which they run; a rule may stand on those before it.
pub fn rules() -> &'static [&'static Rule] {
    ALL
}

/// Judges a rule that owns one way for a call to fail.
fn broken(bench: &Bench<'_>, code: &'static str, message: &str) -> Result<Outcome, Stop> {
    match bench.baseline.broken.as_ref().filter(|broken| broken.code == code && bench.blocked() == Some(code)) {
        Some(broken) => {
            let finding = match &broken.error.failure {
                // The row that the failure names is one of the call's; the finding names those of the data.
                Failure::Output(OutputError::NotANumber { factor, .. } | OutputError::Infinite { factor, .. }) => {
                    Finding::new(format!("{message}, at least factor {factor:?}")).factor(factor)
                }
                failure => Finding::new(format!("{message}: {failure}")),
            };
            Ok(Outcome::fail(bench.place(broken, finding).hint(broken.error.failure.hint())))
        }
        None => bench.scores().map(|_| Outcome::pass()),
    }
}

/// Judges a rule that the runtime has applied when it loaded the plugin.
fn loaded(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    Ok(match bench.subject.hash {
        Some(_) => Outcome::pass(),
        None => Outcome::not_applicable("the reward is not a plugin file"),
    })
}
