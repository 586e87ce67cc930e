//! The rule reference, written from what the rules say of themselves.

use std::fmt::Write;

use meed_core::Kind;

use crate::{Category, Rule, rules};

const HEAD: &str = "\
# The rules

<!-- Written by `cargo xtask rules` from the rules themselves, in host/verify/src/rules; do not edit it by hand. -->

What `meed verify` looks for. Every rule passes, fails or is inconclusive; a code never changes its meaning. Rules of severity
*error* decide the whole verdict, *warnings* raise a flag for a person to look at. Check *n* of the specification owns the codes
from Vnn0 on: check 6 has V060 to V069, check 11 has V110 to V119.
";

/// Writes the rule reference, `docs/rules.md`, as Markdown.
pub fn handbook() -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n| Code | Name | Severity | About |\n|---|---|---|---|\n");
    for rule in rules() {
        let anchor = format!("#{}-{}", rule.code.to_lowercase(), rule.name);
        let (code, name) = (rule.code, rule.name);
        let _ = writeln!(page, "| [{code}]({anchor}) | {name} | {} | {} |", rule.severity.name(), rule.category.name());
    }
    for category in Category::ALL {
        let mut rules = rules().iter().filter(|rule| rule.category == category).peekable();
        if rules.peek().is_some() {
            let _ = write!(page, "\n## {}\n", category.title());
        }
        rules.for_each(|rule| entry(&mut page, rule));
    }
    page
}

fn entry(page: &mut String, rule: &Rule) {
    let kinds: Vec<&str> = rule.kinds.iter().map(|kind| kind.name()).collect();
    let kinds = if kinds.len() == Kind::ALL.len() { "all kinds".into() } else { kinds.join(", ") };
    let needs: Vec<&str> = rule.needs.iter().map(|need| need.name()).collect();
    let (code, name, what, why, example) = (rule.code, rule.name, rule.what, rule.why, rule.example);
    let _ = write!(
        page,
        "\n### {code} {name}\n\n*{}, for {kinds}; needs {}.* {what}\n\n{why}\n\nFinds: {example}\n",
        rule.severity.name(),
        needs.join(", ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_stands_in_the_reference_once() {
        let page = handbook();
        for rule in rules() {
            let heading = format!("\n### {} {}\n", rule.code, rule.name);
            assert_eq!(page.matches(&heading).count(), 1, "{heading}");
            assert!(page.contains(rule.what) && page.contains(rule.why) && page.contains(rule.example), "{heading}");
        }
    }
}
