//! Flags text rewards that accept an empty completion.

use meed_core::Kind;
use meed_trajectory::SampleTable;

use crate::bench::Bench;
use crate::keys::rejects;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags text rewards that accept an empty completion.
pub(crate) const RULE: Rule = Rule {
    code: "V282",
    name: "empty-answer",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Text],
    needs: &[Need::Rows],
    what: "Offers the empty text to each sample, and counts how often it gets as much as a good recorded completion.",
    why: "Saying nothing is the easiest thing to learn.",
    example: "`-(tokens as f32)` alone.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    rejects(
        bench,
        completion,
        "an empty completion is accepted as an answer",
        "give nothing, or abstain, where there is no answer",
    )
}

fn completion(_texts: &SampleTable, _row: usize) -> Option<String> {
    Some(String::new())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_that_falls_for_it_is_flagged() {
        let bad = Guest::answers(|completion, _, reference| completion.is_empty() || completion.ends_with(reference));
        assert_eq!(outcome(&RULE, &bad, None, &answers()).verdict, FAIL);
        assert_eq!(outcome(&RULE, &Guest::exact(), None, &answers()).verdict, PASS);
    }
}
