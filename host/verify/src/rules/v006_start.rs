//! Finds plugins that fail before they are asked anything.

use meed_core::Kind;

use crate::rule::Rule;
use crate::rules::loaded as check;
use crate::verdict::{Category, Need, Severity};

/// Finds plugins that fail before they are asked anything.
pub(crate) const RULE: Rule = Rule {
    code: "V006",
    name: "start",
    category: Category::Load,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::File],
    what: "Makes an instance and asks it to describe itself.",
    why: "A plugin that traps, loops or runs out of memory while it starts can never be asked.",
    example: "`fn describe() -> Description { panic!() }`",
    after: &[],
    check,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::{Refusal, Report};

    #[test]
    fn a_loaded_plugin_passes_and_a_refused_one_fails() {
        assert_eq!(loaded_verdict(&RULE), PASS);
        let report = Report::refused(Refusal::Start, "message", "hint", None, None);
        let failed: Vec<_> = report.rules.iter().filter(|rule| rule.verdict == FAIL).map(|rule| rule.code).collect();
        assert_eq!(failed, [RULE.code]);
    }
}
