//! Finds states that do not survive being saved.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, call_failed, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds states that do not survive being saved.
pub(crate) const RULE: Rule = Rule {
    code: "V025",
    name: "snapshot-round-trip",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &[Kind::Stateful],
    needs: &[Need::Rows],
    what: "Takes a snapshot twice, restores it into a fresh source, takes it again, and compares the bytes, in both profiles.",
    why: "A run that is resumed from a checkpoint would go on with another reward.",
    example: "A snapshot that leaves out the running variance, or rounds it to text.",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let mut findings = Vec::new();
    for profile in bench.profiles() {
        let mut source = bench.source(profile).map_err(stop)?;
        let (saved, again) = (source.snapshot().map_err(stop)?, source.snapshot().map_err(stop)?);
        if saved != again {
            findings.push(
                Finding::new(format!("two snapshots of one state differ ({} profile)", profile.name()))
                    .observed("bytes of the first", saved.len() as f64)
                    .observed("bytes of the second", again.len() as f64)
                    .hint("write maps in a fixed order; put neither counters nor addresses into the bytes"),
            );
            continue;
        }
        let mut other = bench.empty(profile).map_err(stop)?;
        let restored = other.restore(&saved).and_then(|()| other.snapshot());
        let finding = match restored {
            Ok(restored) if restored == saved => continue,
            Ok(restored) => Finding::new(format!("a restored state saves as other bytes ({} profile)", profile.name()))
                .observed("bytes saved", saved.len() as f64)
                .observed("bytes after restoring", restored.len() as f64)
                .hint("write every number of the state as its bytes, and read all of them back"),
            Err(error) => call_failed("the reward's own snapshot cannot be restored", &error),
        };
        findings.push(finding);
    }
    Ok(Outcome::of(findings))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_state_that_is_lost_on_the_way_is_found() {
        let bad = Guest { restore: |state, _| state.rows = 0, ..Guest::stateful() };
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &Guest::stateful()), PASS);
    }
}
