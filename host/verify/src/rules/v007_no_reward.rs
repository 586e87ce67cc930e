//! Finds components that export no reward.

use meed_core::Kind;

use crate::rule::Rule;
use crate::rules::loaded as check;
use crate::verdict::{Category, Need, Severity};

/// Finds components that export no reward.
pub(crate) const RULE: Rule = Rule {
    code: "V007",
    name: "no-reward",
    category: Category::Load,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::File],
    what: "Looks for the exported functions of exactly one of the four kinds of reward, and for the description.",
    why: "A component without them has nothing to ask; an empty list of functions would pass for one that is never wrong.",
    example: "A component that exports nothing, or functions of other names.",
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
        let report = Report::refused(Refusal::NoReward, "message", "hint", None, None);
        let failed: Vec<_> = report.rules.iter().filter(|rule| rule.verdict == FAIL).map(|rule| rule.code).collect();
        assert_eq!(failed, [RULE.code]);
    }
}
