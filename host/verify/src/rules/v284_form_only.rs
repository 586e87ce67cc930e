//! Flags text rewards that accept the form of an answer without its content.

use meed_core::Kind;
use meed_trajectory::SampleTable;

use crate::bench::Bench;
use crate::keys::rejects;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags text rewards that accept the form of an answer without its content.
pub(crate) const RULE: Rule = Rule {
    code: "V284",
    name: "form-only",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Text],
    needs: &[Need::Rows],
    what: "Takes all letters and digits out of each recorded completion, but those within tags such as `<answer>` and commands such as \
           `\\\\boxed`, and counts how often what remains gets as much as a good recorded completion.",
    why: "Form is learned first; where it pays enough, nothing else is learned.",
    example: "`if completion.contains(\"<answer>\") { 1.0 }` beside a smaller weight for what stands in it.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    rejects(
        bench,
        completion,
        "the form of an answer without its content is accepted",
        "let the form pay little, or only together with a right answer",
    )
}

fn completion(texts: &SampleTable, row: usize) -> Option<String> {
    Some(form(texts.completion.get(row)?))
}

/// Takes out what is said and leaves how it is marked.
fn form(text: &str) -> String {
    let (mut form, mut tag, mut command) = (String::new(), false, false);
    for c in text.chars() {
        tag = (tag || c == '<') && c != '>';
        command = c == '\\' || (command && c.is_alphabetic());
        if tag || command || !c.is_alphanumeric() {
            form.push(c);
        }
    }
    form
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_reward_that_falls_for_it_is_flagged() {
        let bad = Guest::answers(|completion, _, reference| {
            !completion.contains(char::is_alphanumeric) || completion.ends_with(reference)
        });
        assert_eq!(outcome(&RULE, &bad, None, &answers()).verdict, FAIL);
        assert_eq!(outcome(&RULE, &Guest::exact(), None, &answers()).verdict, PASS);
    }
}
