//! Flags rewards that break at inputs far from the data.

use meed_core::Kind;

use super::{far, numbers_read};
use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards that break at inputs far from the data.
pub(crate) const RULE: Rule = Rule {
    code: "V100",
    name: "far-inputs",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode, Kind::Stateful],
    needs: &[Need::Rows],
    what: "Asks with all numbers ten times as large, all zero, all a million, all minus a million, and all so small that they are \
           denormal. Every answer must be finite; a fault or an abstention, which says what is the matter, is an answer.",
    why: "A young policy goes where no recording has been, and one NaN ends the training.",
    example: "`1.0 / distance`, `x / norm(x)`, `(10.0 * speed).exp()`.",
    after: &["V011", "V012", "V016", "V017", "V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    if !numbers_read(bench) {
        return Ok(Outcome::not_applicable("no number is read"));
    }
    // What each number is multiplied by, and what is added.
    let cases = [
        ("ten times as large", 10.0, 0.0),
        ("zero", 0.0, 0.0),
        ("1,000,000", 0.0, 1e6),
        ("-1,000,000", 0.0, -1e6),
        ("denormal", 0.0, 1e-40),
    ];
    let mut findings = Vec::new();
    for (name, factor, more) in cases {
        let Err(error) = bench.ask_fresh(&far(bench, |value| factor * value + more)) else { continue };
        if error.failure.code() == "fault" {
            continue;
        }
        findings.push(
            Finding::new(format!("with all inputs {name} there is no answer: {}", error.failure))
                .observed("calls that failed", 1.0)
                .limit("most calls that fail", 0.0)
                .hint("clamp what goes into a division, a logarithm, a root or an exponential; or abstain where the reward has no meaning"),
        );
    }
    Ok(Outcome::of(findings).measured("cases tried", cases.len() as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_division_by_zero_and_an_overflow_are_flagged() {
        assert_eq!(verdict(&RULE, &Guest::rows(&["f"], |x, y, out| out[0] = x / x.hypot(y))), FAIL);
        let report = outcome(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = x.exp()), None, &rows(500));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 1));
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
