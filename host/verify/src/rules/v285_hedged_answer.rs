//! Flags text rewards that accept an answer hedged with a wrong one.

use meed_core::Kind;
use meed_trajectory::SampleTable;

use crate::bench::Bench;
use crate::keys::rejects;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags text rewards that accept an answer hedged with a wrong one.
pub(crate) const RULE: Rule = Rule {
    code: "V285",
    name: "hedged-answer",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Text],
    needs: &[Need::Rows],
    what: "Offers `the answer is X or Y` with another sample's answer and its own, in this order, and counts how often it gets as much as \
           a good recorded completion.",
    why: "Hedging pays half the time and says nothing.",
    example: "`completion.ends_with(reference)`.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    rejects(
        bench,
        completion,
        "an answer hedged with a wrong one is accepted",
        "look at everything that is offered as an answer, not at its last word alone",
    )
}

fn completion(texts: &SampleTable, row: usize) -> Option<String> {
    let own = texts.reference.get(row)?.as_deref()?;
    let later = texts.reference.iter().skip(row + 1).chain(&texts.reference);
    let other = later.flatten().find(|other| other.as_str() != own)?;
    Some(format!("the answer is {other} or {own}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_that_falls_for_it_is_flagged() {
        let bad = Guest::answers(|completion, _, reference| completion.ends_with(reference));
        assert_eq!(outcome(&RULE, &bad, None, &answers()).verdict, FAIL);
        assert_eq!(outcome(&RULE, &Guest::exact(), None, &answers()).verdict, PASS);
    }
}
