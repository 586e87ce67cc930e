//! Flags factors that leave their declared range for inputs within theirs.

use meed_core::Kind;

use super::numbers_read;
use crate::Finding;
use crate::bench::Bench;
use crate::inputs::{Place, inputs};
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Flags factors that leave their declared range for inputs within theirs.
pub(crate) const RULE: Rule = Rule {
    code: "V102",
    name: "declared-inputs",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode, Kind::Stateful],
    needs: &[Need::Rows],
    what: "Draws every number that has a declared range from that range, each on its own, and holds the factors against their \
           declared ranges.",
    why: "The recorded rows are a corner of what the description promises; the rest is where training goes next.",
    example: "`1.0 - distance` declared as 0 to 1 over recordings in which no distance exceeds 1.",
    after: &["V011", "V012", "V016", "V017", "V021", "V040"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    if !numbers_read(bench) {
        return Ok(Outcome::not_applicable("no number is read"));
    }
    let mut chance = bench.chance(RULE.code);
    let mut drawn = bench.probe.clone();
    let bounded = |place: &Place| matches!(place, Place::Numbers { field, .. } if field.low.is_finite() && field.high.is_finite());
    for input in inputs(bench.description).iter().filter(|input| bounded(&input.place)) {
        drawn = drawn.drawn(&input.place, &mut chance);
    }
    let answer = match bench.ask_fresh(&drawn) {
        Ok(answer) => answer,
        Err(error) if error.failure.code() == "fault" => return Ok(Outcome::pass()),
        Err(error) => {
            return Ok(Outcome::fail(
                Finding::new(format!("inputs within their declared ranges have no answer: {}", error.failure))
                    .observed("calls that failed", 1.0)
                    .limit("most calls that fail", 0.0)
                    .hint(error.failure.hint()),
            ));
        }
    };
    let mut findings = Vec::new();
    for (index, factor) in bench.description.factors.iter().enumerate() {
        let slack = |bound: f32| bench.settings.bound_slack * f64::from(bound).abs().max(1.0);
        let (low, high) = (f64::from(factor.low) - slack(factor.low), f64::from(factor.high) + slack(factor.high));
        let scored = (0..answer.rows()).filter(|&row| answer.reason(row).is_none());
        let outside = scored.map(|row| f64::from(answer.row(row)[index])).filter(|value| *value < low || *value > high);
        let outside: Moments = outside.collect();
        if outside.count > 0 {
            let far = if outside.min < low { outside.min } else { outside.max };
            let (name, limit) = if far < low { ("declared low", factor.low) } else { ("declared high", factor.high) };
            findings.push(
                Finding::new(format!("factor {:?} leaves its declared range for inputs within theirs", factor.name))
                    .factor(&factor.name)
                    .observed("share of the answers outside", outside.count as f64 / answer.rows().max(1) as f64)
                    .observed("farthest value", far)
                    .limit(name, f64::from(limit))
                    .hint("declare the range that the formula can reach, clamp the factor, or declare narrower inputs"),
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
    fn a_range_that_only_the_recording_keeps_is_flagged() {
        let mut sample = rows(500);
        sample.table_mut().unwrap().observation.iter_mut().for_each(|value| *value *= 0.5);
        let bad = Guest::rows(&["f"], |x, _, out| out[0] = 3.0 * x);
        assert_eq!(outcome(&RULE, &bad, None, &sample).verdict, FAIL);
        assert_eq!(
            outcome(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = 1.0 / (0.9 - x).max(0.0)), None, &sample).verdict,
            FAIL
        );
        assert_eq!(outcome(&RULE, &good(), None, &sample).verdict, PASS);
    }
}
