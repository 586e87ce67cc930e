//! Flags text rewards that accept all answers at once.

use meed_core::Kind;
use meed_trajectory::SampleTable;

use crate::bench::Bench;
use crate::keys::rejects;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags text rewards that accept all answers at once.
pub(crate) const RULE: Rule = Rule {
    code: "V283",
    name: "all-answers",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Text],
    needs: &[Need::Rows],
    what: "Offers a list of the answers of up to twenty samples, its own among them but not last, and counts how often it gets as much as \
           a good recorded completion.",
    why: "Who names every answer has not chosen one.",
    example: "`completion.contains(reference)`.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    rejects(
        bench,
        completion,
        "a list of all answers is accepted as an answer",
        "take one answer, such as the last in an agreed form, and count what else is named as wrong",
    )
}

fn completion(texts: &SampleTable, row: usize) -> Option<String> {
    let own = texts.reference.get(row)?.as_deref()?;
    let mut answers: Vec<&str> =
        texts.reference.iter().flatten().map(String::as_str).filter(|answer| *answer != own).collect();
    answers.sort_unstable();
    answers.dedup();
    answers.truncate(19);
    let last = answers.pop()?;
    answers.push(own);
    answers.push(last);
    Some(answers.join(", "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_that_falls_for_it_is_flagged() {
        let bad = Guest::answers(|completion, _, reference| completion.contains(reference));
        assert_eq!(outcome(&RULE, &bad, None, &answers()).verdict, FAIL);
        assert_eq!(outcome(&RULE, &Guest::exact(), None, &answers()).verdict, PASS);
    }
}
