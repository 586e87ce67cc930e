//! Finds restored states that answer otherwise.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds restored states that answer otherwise.
pub(crate) const RULE: Rule = Rule {
    code: "V026",
    name: "restored-answers",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &[Kind::Stateful],
    needs: &[Need::Rows],
    what: "Restores a snapshot into a fresh source and compares its answers, then lets both observe the same rows and compares again, in both profiles.",
    why: "What the snapshot leaves out shows only in the answers: a resumed run would be paid by another reward.",
    example: "A state with a cache that the snapshot does not hold and the restored reward does not rebuild.",
    after: &["V021", "V025"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let mut findings = Vec::new();
    for profile in bench.profiles() {
        let mut one = bench.source(profile).map_err(stop)?;
        let mut other = bench.empty(profile).map_err(stop)?;
        let saved = one.snapshot().map_err(stop)?;
        other.restore(&saved).map_err(stop)?;
        for when in ["at once", "after further observations"] {
            let first = bench.ask(&mut *one, &bench.probe).map_err(stop)?;
            let second = bench.ask(&mut *other, &bench.probe).map_err(stop)?;
            if let Some(difference) = difference(&first, 0..first.rows(), &second, 0..second.rows()) {
                let finding =
                    Finding::new(format!("a restored reward answers otherwise {when} ({} profile)", profile.name()));
                let finding = bench.differs(finding, &bench.probe, 0..first.rows(), difference);
                findings.push(
                    finding
                        .hint("put everything that answers depend on into the snapshot, the state of chance included"),
                );
                break;
            }
            bench.observe(&mut *one, &bench.probe).map_err(stop)?;
            bench.observe(&mut *other, &bench.probe).map_err(stop)?;
        }
    }
    Ok(Outcome::of(findings))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_part_of_the_state_that_is_not_saved_is_found() {
        let bad = Guest { snapshot: |_| vec![0; 8], ..Guest::stateful() };
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &Guest::stateful()), PASS);
    }
}
