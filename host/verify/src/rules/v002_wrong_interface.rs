//! Finds exports whose types are not the interface's.

use meed_core::Kind;

use crate::rule::Rule;
use crate::rules::loaded as check;
use crate::verdict::{Category, Need, Severity};

/// Finds exports whose types are not the interface's.
pub(crate) const RULE: Rule = Rule {
    code: "V002",
    name: "wrong-interface",
    category: Category::Load,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::File],
    what: "Compares the types of the exported functions, and the interface's version, with the host's.",
    why: "The host reads the answer as 32-bit floats in rows. Texts or 64-bit floats have no meaning to it.",
    example: "A reward whose `evaluate` returns `list<string>`.",
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
        let report = Report::refused(Refusal::WrongInterface, "message", "hint", None, None);
        let failed: Vec<_> = report.rules.iter().filter(|rule| rule.verdict == FAIL).map(|rule| rule.code).collect();
        assert_eq!(failed, [RULE.code]);
    }
}
