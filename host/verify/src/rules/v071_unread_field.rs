//! Flags inputs that are declared as read and change nothing.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags inputs that are declared as read and change nothing.
pub(crate) const RULE: Rule = Rule {
    code: "V071",
    name: "unread-input",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks, of each input that is declared as read, whether any bit of an answer changes where it is taken from other rows or \
           drawn from its declared range.",
    why: "Either the formula has forgotten an input, or the description promises more than the reward looks at; and each declared \
          input is copied into every call.",
    example: "`velocity` declared as read in a reward that computes `-angle * angle`.",
    after: &["V021", "V030", "V060", "V070"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let effects = bench.effects()?;
    // A text that is the same everywhere cannot be drawn anew.
    let tried = || effects.iter().filter(|effect| effect.varies || bench.description.kind != Kind::Text);
    let findings = tried().filter(|effect| !effect.is_used()).map(|effect| {
        let name = &effect.input.name;
        Finding::new(format!("{name:?} is declared as read, but no answer changes with it"))
            .observed("rows in which it was changed", bench.probe.rows() as f64)
            .observed("answers that changed", 0.0)
            .limit("fewest answers that change", 1.0)
            .hint("use the input, or declare that it is not read (in Rust: begin the field's name with `_`)")
    });
    Ok(Outcome::of(findings.collect()).measured("inputs tried", tried().count() as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_field_without_effect_is_flagged_and_one_that_counts_only_at_the_edge_is_not() {
        let report = outcome(&RULE, &Guest::rows(&["f"], |x, _, out| out[0] = x), None, &rows(500));
        assert_eq!((report.verdict, report.findings.len()), (FAIL, 1));
        assert!(report.findings[0].message.contains("\"y\""));
        assert_eq!(verdict(&RULE, &good()), PASS);
        // No recorded `y` lies beyond .9, but the declared range reaches 1.
        let mut sample = rows(500);
        sample.table_mut().unwrap().observation.iter_mut().for_each(|value| *value *= 0.5);
        let edge = Guest::rows(&["f"], |x, y, out| out[0] = if y > 0.9 { -1.0 } else { x });
        assert_eq!(outcome(&RULE, &edge, None, &sample).verdict, PASS);
    }
}
