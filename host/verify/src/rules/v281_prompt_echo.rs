//! Flags text rewards that accept the prompt as an answer.

use meed_core::Kind;
use meed_trajectory::SampleTable;

use crate::bench::Bench;
use crate::keys::rejects;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags text rewards that accept the prompt as an answer.
pub(crate) const RULE: Rule = Rule {
    code: "V281",
    name: "prompt-echo",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Text],
    needs: &[Need::Rows],
    what: "Offers each prompt as its own completion, and counts how often it gets as much as a good recorded one.",
    why: "A policy that repeats the question has learned nothing.",
    example: "`completion.contains(reference)` where the prompt lists the choices.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    rejects(
        bench,
        completion,
        "the prompt, said again, is accepted as an answer",
        "ask for the answer in a form that the prompt does not have, or take the prompt's words out first",
    )
}

fn completion(texts: &SampleTable, row: usize) -> Option<String> {
    texts.prompt.get(row).cloned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_that_falls_for_it_is_flagged() {
        let bad =
            Guest::answers(|completion, prompt, reference| completion == prompt || completion.ends_with(reference));
        assert_eq!(outcome(&RULE, &bad, None, &answers()).verdict, FAIL);
        assert_eq!(outcome(&RULE, &Guest::exact(), None, &answers()).verdict, PASS);
    }
}
