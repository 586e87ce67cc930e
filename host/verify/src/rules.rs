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
mod v070_nothing_used;
mod v071_unread_field;
mod v072_constant_input;
mod v073_what_matters;
mod v080_dominant_factor;
mod v081_negligible_factor;
mod v090_cliff;
mod v100_far_inputs;
mod v101_growth_far_out;
mod v102_declared_inputs;
mod v110_return_rank;
mod v111_return_distance;
mod v120_pair_accuracy;
mod v130_alignment;
mod v140_preference;
mod v150_better_policy;
mod v160_decoder;
mod v170_epic;
mod v171_reference_pearson;
mod v172_reference_spearman;
mod v180_dard;
mod v190_starc;
mod v200_npec;
mod v220_shaping;
mod v230_symmetry;
mod v231_monotone;
mod v232_agents_alike;
mod v240_survival;
mod v250_early_end;
mod v260_loops;
mod v270_optimised;
mod v280_master_keys;
mod v281_prompt_echo;
mod v282_empty_answer;
mod v283_all_answers;
mod v284_form_only;
mod v285_hedged_answer;

use meed_core::{Failure, OutputError};

use crate::Finding;
use crate::bench::Bench;
use crate::inputs::inputs;
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::Sample;
use crate::statistics::Moments;

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
    &v070_nothing_used::RULE,
    &v071_unread_field::RULE,
    &v072_constant_input::RULE,
    &v073_what_matters::RULE,
    &v080_dominant_factor::RULE,
    &v081_negligible_factor::RULE,
    &v090_cliff::RULE,
    &v100_far_inputs::RULE,
    &v101_growth_far_out::RULE,
    &v102_declared_inputs::RULE,
    &v110_return_rank::RULE,
    &v111_return_distance::RULE,
    &v120_pair_accuracy::RULE,
    &v130_alignment::RULE,
    &v140_preference::RULE,
    &v150_better_policy::RULE,
    &v160_decoder::RULE,
    &v170_epic::RULE,
    &v171_reference_pearson::RULE,
    &v172_reference_spearman::RULE,
    &v180_dard::RULE,
    &v190_starc::RULE,
    &v200_npec::RULE,
    &v220_shaping::RULE,
    &v230_symmetry::RULE,
    &v231_monotone::RULE,
    &v232_agents_alike::RULE,
    &v240_survival::RULE,
    &v250_early_end::RULE,
    &v260_loops::RULE,
    &v270_optimised::RULE,
    &v280_master_keys::RULE,
    &v281_prompt_echo::RULE,
    &v282_empty_answer::RULE,
    &v283_all_answers::RULE,
    &v284_form_only::RULE,
    &v285_hedged_answer::RULE,
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

/// Gives each weighted factor's place and its share of the reward's variance; `None` where fewer than two factors have a weight.
pub(crate) fn shares(bench: &Bench<'_>) -> Result<Option<Vec<(usize, f64)>>, Stop> {
    let columns = bench.columns(bench.settings.least_rows)?.iter().zip(&bench.description.factors).enumerate();
    let weighted = columns.filter(|(_, (_, factor))| factor.weight != 0.0);
    let variances: Vec<(usize, f64)> = weighted
        .map(|(index, (column, factor))| {
            let weight = f64::from(factor.weight);
            (index, column.iter().map(|value| weight * value).collect::<Moments>().std().powi(2))
        })
        .collect();
    let sum: f64 = variances.iter().map(|(_, variance)| variance).sum();
    let shares = variances.iter().map(|(index, variance)| (*index, variance / sum.max(f64::MIN_POSITIVE))).collect();
    Ok(Some(shares).filter(|_| variances.len() > 1))
}

/// Tells whether the reward reads any number that can be moved.
fn numbers_read(bench: &Bench<'_>) -> bool {
    inputs(bench.description).iter().any(|input| input.place.is_continuous())
}

/// Copies the probe with every continuous input changed.
fn far(bench: &Bench<'_>, change: impl Fn(f32) -> f32) -> Sample {
    let mut probe = bench.probe.clone();
    if let Some(table) = probe.table_mut() {
        let inputs = inputs(bench.description).into_iter().filter(|input| input.place.is_continuous());
        inputs.for_each(|input| input.place.map(table, &change));
    }
    probe
}

/// Judges a rule that the runtime has applied when it loaded the plugin.
fn loaded(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    Ok(match bench.subject.hash {
        Some(_) => Outcome::pass(),
        None => Outcome::not_applicable("the reward is not a plugin file"),
    })
}
