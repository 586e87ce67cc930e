//! Flags rewards that jump between neighbouring inputs.

use meed_core::Kind;
use rand::RngExt;

use crate::Finding;
use crate::bench::Bench;
use crate::inputs::inputs;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::{Moments, quantile};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that jump between neighbouring inputs.
pub(crate) const RULE: Rule = Rule {
    code: "V090",
    name: "cliff",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Stateful],
    needs: &[Need::Rows],
    what: "Moves all continuous inputs of a row a little, by up to a twentieth of each one's spread in the data, and divides the \
           change of the weighted sum by the distance, in units of the spreads. Holds the 99th percentile of these slopes against \
           their median, and the largest change against the sum's standard deviation.",
    why: "Next to a cliff the value of a state hangs on rounding; a critic cannot fit it, and gradients say nothing about it.",
    example: "`if distance < 0.1 { 10.0 } else { -distance }`.",
    after: &["V021", "V030", "V060"],
    check,
};

/// Neighbours of each row.
const NEIGHBOURS: usize = 4;
/// The farthest that an input is moved, in spreads.
const MOVE: f64 = 0.05;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let columns = bench.columns(bench.settings.least_rows)?;
    if !columns.iter().any(|column| has_third_value(column)) {
        return Ok(Outcome::not_applicable("no factor has more than two values"));
    }
    let continuous: Vec<_> =
        inputs(bench.description).into_iter().filter(|input| input.place.is_continuous()).collect();
    let reference = bench.reference()?;
    let Some(table) = bench.probe.table().filter(|_| !continuous.is_empty()) else {
        return Ok(Outcome::not_applicable("no continuous input is read"));
    };
    let spreads: Vec<f64> = continuous
        .iter()
        .map(|input| {
            input.place.numbers(table).into_iter().flatten().map(|value| f64::from(*value)).collect::<Moments>().std()
        })
        .collect();
    let sums: Moments = (0..reference.rows()).map(|row| bench.weighted(&reference, row)).collect();
    let mut chance = bench.chance(RULE.code);
    let (mut slopes, mut largest) = (Vec::new(), (0.0f64, 0));
    for _ in 0..NEIGHBOURS {
        let mut moved = bench.probe.clone();
        let mut squares = vec![0.0f64; table.rows];
        for (input, spread) in continuous.iter().zip(&spreads).filter(|(_, spread)| **spread > 0.0) {
            let Some(changed) = moved.table_mut() else { break };
            input.place.map(changed, |value| value + (MOVE * spread * chance.random_range(-1.0..1.0)) as f32);
            let (before, after) = (input.place.numbers(table), input.place.numbers(changed));
            for ((square, before), after) in squares.iter_mut().zip(before).zip(after) {
                let numbers = before.iter().zip(after).map(|(a, b)| (f64::from(*a) - f64::from(*b)) / spread);
                *square += numbers.map(|step| step * step).sum::<f64>();
            }
        }
        // A neighbour that cannot be scored is V100's to find.
        let Ok(answer) = bench.ask_fresh(&moved) else { continue };
        for (row, square) in squares.iter().enumerate().filter(|(_, square)| **square > 0.0) {
            if reference.reason(row).is_some() || answer.reason(row).is_some() {
                continue;
            }
            let change = (bench.weighted(&answer, row) - bench.weighted(&reference, row)).abs();
            slopes.push(change / square.sqrt());
            if change > largest.0 {
                largest = (change, row);
            }
        }
    }
    if slopes.len() < bench.settings.least_rows {
        return Ok(Outcome::inconclusive(format!("{} pairs of neighbours have a score", slopes.len())));
    }
    let (median, high) = (quantile(&mut slopes, 0.5), quantile(&mut slopes, 0.99));
    let steepest = slopes.iter().copied().fold(0.0, f64::max);
    let ratio = if high == 0.0 { 1.0 } else { high / median };
    let jump = largest.0 / sums.std().max(f64::MIN_POSITIVE);
    let outcome = match ratio > bench.settings.cliff && jump > bench.settings.jump {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the reward jumps between neighbouring inputs")
                .observed("99th percentile of the slopes over their median", ratio)
                .observed("largest change between neighbours, in standard deviations", jump)
                .limit("largest ratio", bench.settings.cliff)
                .rows([bench.probe.number(bench.description, largest.1)])
                .inputs(bench.probe.inputs(bench.description, largest.1))
                .hint("replace the threshold by a slope, such as tanh or exp(-distance), or make the jump a factor of its own"),
        ),
    };
    Ok(outcome
        .measured("median slope", median)
        .measured("99th percentile of the slopes", high)
        .measured("largest slope", steepest))
}

/// Tells whether a column has more than two values.
fn has_third_value(column: &[f64]) -> bool {
    let first = column.first();
    let second = column.iter().find(|value| Some(*value) != first);
    column.iter().any(|value| Some(value) != first && Some(value) != second)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_bonus_behind_a_threshold_is_flagged_and_a_parabola_is_not() {
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = if x.abs() < 0.1 { 2.0 } else { -0.01 * x.abs() });
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(verdict(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = (-5.0 * x * x).exp())), PASS);
        // Two values are V061's.
        assert_eq!(verdict(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = f32::from(x > 0.0))), None);
    }
}
