//! Finds rewards that break a symmetry of the task.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::inputs::{Input, inputs};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::Sample;
use crate::statistics::Moments;
use crate::task::Symmetry;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that break a symmetry of the task.
pub(crate) const RULE: Rule = Rule {
    code: "V230",
    name: "symmetry",
    category: Category::Hacking,
    severity: Severity::Error,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Rows, Need::Task],
    what: "Changes the inputs as each of `task.symmetries` says (signs, places, shifts), and compares the weighted sums.",
    why: "Left and right are worth the same; a reward that prefers one teaches a bias that nobody wanted.",
    example: "`-angle` where `-angle.abs()` was meant, in a task with the mirror `negate = [\"angle\", \"velocity\"]`.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let symmetries = &bench.settings.task.symmetries;
    if symmetries.is_empty() {
        return Ok(Outcome::inconclusive("nobody has said which symmetries the task has"));
    }
    let read = inputs(bench.description);
    let reference = bench.reference()?;
    let sums: Moments = (0..reference.rows()).map(|row| bench.weighted(&reference, row)).collect();
    let (mut findings, mut largest) = (Vec::new(), 0.0f64);
    for symmetry in symmetries {
        let answer = match bench.ask_fresh(&changed(bench.probe.clone(), &read, symmetry)) {
            Ok(answer) => answer,
            Err(error) => {
                return Ok(Outcome::inconclusive(format!("{:?} has no answer: {}", symmetry.name, error.failure)));
            }
        };
        let both = (0..reference.rows()).filter(|&row| reference.reason(row).is_none() && answer.reason(row).is_none());
        let moved = both.map(|row| (row, (bench.weighted(&reference, row) - bench.weighted(&answer, row)).abs()));
        let Some((row, most)) = moved.max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
        let share = most / sums.std().max(f64::MIN_POSITIVE);
        largest = largest.max(share);
        if share > bench.settings.symmetry {
            findings.push(
                Finding::new(format!("the reward breaks the symmetry {:?}", symmetry.name))
                    .observed("largest change, in standard deviations", share)
                    .observed("reward of the row", bench.weighted(&reference, row))
                    .observed("reward of its image", bench.weighted(&answer, row))
                    .limit("largest change", bench.settings.symmetry)
                    .rows([bench.probe.number(bench.description, row)])
                    .inputs(bench.probe.inputs(bench.description, bench.probe.row_of(bench.description, row)))
                    .hint("use what the symmetry leaves alone: a size, a square, a distance"),
            );
        }
    }
    Ok(Outcome::of(findings).measured("largest change, in standard deviations", largest))
}

/// Changes the inputs, here and in the next observation.
fn changed(mut sample: Sample, read: &[Input], symmetry: &Symmetry) -> Sample {
    let Some(table) = sample.table_mut() else { return sample };
    for prefix in ["", "next "] {
        let find = |name: &String| read.iter().find(|input| input.name == format!("{prefix}{name}"));
        for input in symmetry.negate.iter().filter_map(find) {
            input.place.map(table, |value| -value);
        }
        for input in symmetry.shift.iter().filter_map(find) {
            input.place.map(table, |value| value + symmetry.by);
        }
        for [first, second] in &symmetry.swap {
            if let (Some(first), Some(second)) = (find(first), find(second)) {
                let take = |input: &Input| input.place.numbers(table).concat();
                let (firsts, seconds) = (take(first), take(second));
                if firsts.len() == seconds.len() {
                    let mut values = seconds.into_iter();
                    first.place.map(table, |value| values.next().unwrap_or(value));
                    let mut values = firsts.into_iter();
                    second.place.map(table, |value| values.next().unwrap_or(value));
                }
            }
        }
    }
    sample
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_that_prefers_one_side_is_found() {
        let on = |guest: &Guest, file: &str| with_task(&RULE, guest, file).verdict;
        let even = Guest::rows(&["f"], |x, y, out| out[0] = 1.0 - x * x - y * y);
        let odd = Guest::rows(&["f"], |x, y, out| out[0] = x * x + x + y);
        for file in [
            "symmetries = [{ name = 'mirror', negate = ['x'] }]",
            "symmetries = [{ name = 'diagonal', swap = [['x', 'y']] }]",
        ] {
            assert_eq!((on(&even, file), on(&odd, file)), (PASS, FAIL), "{file}");
        }
        let shift = "symmetries = [{ name = 'anywhere', shift = ['x', 'y'], by = 0.25 }]";
        assert_eq!(on(&Guest::rows(&["f"], |x, y, out| out[0] = (x - y).abs()), shift), PASS);
        assert_eq!(on(&even, shift), FAIL);
        assert_eq!(on(&even, ""), INCONCLUSIVE);
    }
}
