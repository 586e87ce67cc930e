//! Finds stateful rewards whose state changes when they are only asked.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds stateful rewards whose state changes when they are only asked.
pub(crate) const RULE: Rule = Rule {
    code: "V024",
    name: "evaluate-changes-state",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &[Kind::Stateful],
    needs: &[Need::Rows],
    what: "Takes a snapshot, asks about some rows, takes another, and compares the bytes, in both profiles.",
    why: "Scoring the same rows for a plot or a second critic would change what training is paid.",
    example: "`fn evaluate(&mut self, ..) { self.visits += 1; .. }`",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let mut findings = Vec::new();
    for profile in bench.profiles() {
        let mut source = bench.source(profile).map_err(stop)?;
        let before = source.snapshot().map_err(stop)?;
        bench.ask(&mut *source, &bench.probe).map_err(stop)?;
        let after = source.snapshot().map_err(stop)?;
        if before != after {
            findings.push(
                Finding::new(format!("`evaluate` changes the state ({} profile)", profile.name()))
                    .observed("bytes before", before.len() as f64)
                    .observed("bytes after", after.len() as f64)
                    .hint("change the state in `observe` only"),
            );
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
    fn a_count_of_calls_in_the_state_is_found() {
        let bad = Guest { snapshot: |state| state.calls.to_le_bytes().to_vec(), ..Guest::stateful() };
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &Guest::stateful()), PASS);
        assert_eq!(verdict(&RULE, &good()), None, "only rewards with a state have one to change");
    }
}
