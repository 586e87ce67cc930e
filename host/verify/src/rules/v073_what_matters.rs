//! Finds rewards that do not depend on what the task says matters.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that do not depend on what the task says matters.
pub(crate) const RULE: Rule = Rule {
    code: "V073",
    name: "what-matters",
    category: Category::Signal,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows, Need::Task],
    what: "Holds the sensitivity to each input that `task.matters` names, in the current row or in the next observation, against a \
           small limit.",
    why: "A person has said that the task cannot be judged without it.",
    example: "A reward for balancing that never looks at the angle.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let names = &bench.settings.task.matters;
    if names.is_empty() {
        return Ok(Outcome::inconclusive("nobody has said which inputs matter"));
    }
    let effects = bench.effects()?;
    let (mut findings, mut outcome_of) = (Vec::new(), Vec::new());
    for name in names {
        let next = format!("next {name}");
        let read = effects.iter().filter(|effect| effect.input.name == *name || effect.input.name == next);
        let sensitivity = read.map(|effect| effect.share).fold(0.0, f64::max);
        outcome_of.push((name, sensitivity));
        if sensitivity < bench.settings.matters {
            findings.push(
                Finding::new(format!("the reward does not depend on {name:?}, which the task says matters"))
                    .observed("sensitivity", sensitivity)
                    .limit("smallest sensitivity", bench.settings.matters)
                    .hint("read the input and let a factor depend on it"),
            );
        }
    }
    let outcome = Outcome::of(findings);
    Ok(outcome_of.into_iter().fold(outcome, |outcome, (name, sensitivity)| outcome.measured(name, sensitivity)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn an_input_that_matters_must_have_an_effect() {
        let on = |guest: &Guest, file: &str| with_task(&RULE, guest, file).verdict;
        let blind = Guest::rows(&["f"], |x, y, out| out[0] = x + 1e-4 * y);
        assert_eq!(on(&blind, "matters = ['y']"), FAIL);
        assert_eq!(on(&good(), "matters = ['x', 'y']"), PASS);
        assert_eq!(on(&good(), "matters = ['height']"), FAIL);
        assert_eq!(on(&good(), ""), INCONCLUSIVE);
    }
}
