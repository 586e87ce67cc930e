//! Flags rewards whose values differ from the reference's.

use meed_core::Kind;

use crate::bench::Bench;
use crate::ordering::pearson;
use crate::reference::direct;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags rewards whose values differ from the reference's.
pub(crate) const RULE: Rule = Rule {
    code: "V171",
    name: "reference-pearson",
    category: Category::Reference,
    severity: Severity::Warning,
    kinds: &[Kind::Transition],
    needs: &[Need::Reference],
    what: "The Pearson distance from the reference, sqrt((1 - rho) / 2) of both rewards over all recorded steps, unshaped as they are.",
    why: "Shaping makes this distance large without any harm; where EPIC cannot be told, it is a first look.",
    example: "A reward of arriving beside one of coming nearer.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    direct(bench, "Pearson distance", pearson)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn the_same_is_near_and_something_else_is_not() {
        let reference = Guest::steps(|x, _, _| x);
        assert_eq!(against(&RULE, &Guest::steps(|x, y, _| 2.0 * x + 0.1 * y), &reference).verdict, PASS);
        assert_eq!(against(&RULE, &Guest::steps(|_, y, _| y), &reference).verdict, FAIL);
        // The fixture's recorded reward is x.
        assert_eq!(against_recorded(&RULE, &Guest::steps(|x, _, _| x)).verdict, PASS);
        assert_eq!(verdict(&RULE, &good()), INCONCLUSIVE, "without a reference");
    }
}
