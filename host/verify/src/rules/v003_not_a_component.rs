//! Finds files that are not components.

use meed_core::Kind;

use crate::rule::Rule;
use crate::rules::loaded as check;
use crate::verdict::{Category, Need, Severity};

/// Finds files that are not components.
pub(crate) const RULE: Rule = Rule {
    code: "V003",
    name: "not-a-component",
    category: Category::Load,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::File],
    what: "Reads the file's first bytes and validates what follows.",
    why: "A core module, a text or a broken file has no description and no typed exports.",
    example: "The `.wasm` file that a linker wrote, before `meed build` made a component of it.",
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
        let report = Report::refused(Refusal::NotAComponent, "message", "hint", None, None);
        let failed: Vec<_> = report.rules.iter().filter(|rule| rule.verdict == FAIL).map(|rule| rule.code).collect();
        assert_eq!(failed, [RULE.code]);
    }
}
