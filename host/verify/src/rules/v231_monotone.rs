//! Finds rewards that go the wrong way with an input.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::inputs::{Place, inputs};
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::task::Direction;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that go the wrong way with an input.
pub(crate) const RULE: Rule = Rule {
    code: "V231",
    name: "monotone",
    category: Category::Hacking,
    severity: Severity::Error,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Rows, Need::Task],
    what: "Raises each input that `task.monotone` names by a tenth of its spread in every row, everything else being equal, and \
           counts the rows in which the weighted sum then goes the way that it must not.",
    why: "Closer must not be worse: where it is, the agent stops short.",
    example: "`(distance * 4.0).sin()`, or a bonus that ends just before the goal.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let probes = &bench.settings.task.monotone;
    if probes.is_empty() {
        return Ok(Outcome::inconclusive("nobody has said with which inputs the reward must rise or fall"));
    }
    let reference = bench.reference()?;
    let sums: Moments = (0..reference.rows()).map(|row| bench.weighted(&reference, row)).collect();
    let read = inputs(bench.description);
    let mut findings = Vec::new();
    for probe in probes {
        let input = read.iter().find(|input| input.name == probe.input && matches!(input.place, Place::Numbers { .. }));
        let (Some(input), Some(table)) = (input, bench.probe.table()) else {
            let reason = format!("{:?} is no number that the reward reads", probe.input);
            return Ok(Outcome::inconclusive(reason));
        };
        let spread: Moments = input.place.numbers(table).into_iter().flatten().map(|value| f64::from(*value)).collect();
        let mut raised = bench.probe.clone();
        if let Some(table) = raised.table_mut() {
            input.place.map(table, |value| value + (0.1 * spread.std()) as f32);
        }
        let Ok(answer) = bench.ask_fresh(&raised) else {
            return Ok(Outcome::inconclusive(format!("with {:?} raised there is no answer", probe.input)));
        };
        let slack = bench.settings.symmetry * sums.std();
        let wrong: Vec<usize> = (0..reference.rows())
            .filter(|&row| reference.reason(row).is_none() && answer.reason(row).is_none())
            .filter(|&row| {
                let change = bench.weighted(&answer, row) - bench.weighted(&reference, row);
                if probe.reward == Direction::Rises { change < -slack } else { change > slack }
            })
            .collect();
        if let Some(&first) = wrong.first() {
            let way = if probe.reward == Direction::Rises { "falls" } else { "rises" };
            findings.push(
                Finding::new(format!("the reward {way} where {:?} rises", probe.input))
                    .observed("share of the rows", wrong.len() as f64 / reference.rows().max(1) as f64)
                    .limit("largest share", 0.0)
                    .rows(wrong.iter().map(|&row| bench.probe.number(bench.description, row)))
                    .inputs(bench.probe.inputs(bench.description, bench.probe.row_of(bench.description, first)))
                    .hint("make the reward monotone in the input over its whole range"),
            );
        }
    }
    Ok(Outcome::of(findings))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_bump_is_found_where_the_reward_must_rise() {
        let on = |guest: &Guest, file: &str| with_task(&RULE, guest, file).verdict;
        let rising = Guest::rows(&["f"], |x, y, out| out[0] = x.max(-0.5) + y);
        let bump = Guest::rows(&["f"], |x, y, out| out[0] = -(x - 0.5).abs() + 0.1 * y);
        let file = "monotone = [{ input = 'x', reward = 'rises' }]";
        assert_eq!((on(&rising, file), on(&bump, file)), (PASS, FAIL));
        assert_eq!(on(&rising, "monotone = [{ input = 'x', reward = 'falls' }]"), FAIL);
        assert_eq!(on(&rising, "monotone = [{ input = 'z', reward = 'falls' }]"), INCONCLUSIVE);
        assert_eq!(on(&rising, ""), INCONCLUSIVE);
    }
}
