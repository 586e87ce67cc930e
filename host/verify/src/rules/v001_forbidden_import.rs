//! Finds imports that a reward may not have.

use meed_core::Kind;

use crate::rule::Rule;
use crate::rules::loaded as check;
use crate::verdict::{Category, Need, Severity};

/// Finds imports that a reward may not have.
pub(crate) const RULE: Rule = Rule {
    code: "V001",
    name: "forbidden-import",
    category: Category::Load,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::File],
    what: "Reads the component's imports before it is compiled and refuses all but the package's own types and its log.",
    why: "A reward gets data in and gives numbers out. One that can list files, open sockets or read the clock can leak data, cheat, and differ from run to run.",
    example: "A reward that counts the files of a directory: `std::fs::read_dir(\"/\")` in a build for wasm32-wasip2.",
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
        let report = Report::refused(Refusal::ForbiddenImport, "message", "hint", None, None);
        let failed: Vec<_> = report.rules.iter().filter(|rule| rule.verdict == FAIL).map(|rule| rule.code).collect();
        assert_eq!(failed, [RULE.code]);
    }
}
