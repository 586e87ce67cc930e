//! Flags pairs of factors that say the same.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::correlations;
use crate::verdict::{Category, Need, Severity};

/// Flags pairs of factors that say the same.
pub(crate) const RULE: Rule = Rule {
    code: "V063",
    name: "duplicates",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Correlates each pair of factors that are not constant.",
    why: "Two factors of one content count twice, and a decoder cannot tell their weights apart.",
    example: "`out[0] = distance; out[1] = -2.0 * distance;`",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let varying = bench.varying()?;
    if bench.description.factors.len() < 2 {
        return Ok(Outcome::not_applicable("there is one factor"));
    }
    let columns: Vec<&[f64]> = varying.iter().map(|(_, column)| *column).collect();
    let matrix = correlations(&columns);
    let (mut findings, mut most) = (Vec::new(), 0.0f64);
    for (i, (first, _)) in varying.iter().enumerate() {
        for (j, (second, _)) in varying.iter().enumerate().skip(i + 1) {
            let rho = matrix[i][j];
            most = most.max(rho.abs());
            if rho.abs() > bench.settings.duplicate {
                let (first, second) =
                    (&bench.description.factors[*first].name, &bench.description.factors[*second].name);
                findings.push(
                    Finding::new(format!("factors {first:?} and {second:?} say the same"))
                        .factor(first)
                        .factor(second)
                        .observed("correlation", rho)
                        .limit("largest |correlation|", bench.settings.duplicate)
                        .hint("drop one of the two, or make the second say what the first does not"),
                );
            }
        }
    }
    Ok(Outcome::of(findings).measured("largest |correlation|", most))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_multiple_of_another_factor_is_flagged() {
        let bad = Guest::rows(&["f", "g"], |x, y, out| (out[0], out[1]) = (x, 0.5 - x + 0.01 * y));
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(verdict(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = x)), None);
    }
}
