//! Finds rewards whose fresh instances differ from each other.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards whose fresh instances differ from each other.
pub(crate) const RULE: Rule = Rule {
    code: "V021",
    name: "fresh-instance",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Asks two fresh sources of one seed about the same rows and compares every bit, and their snapshots where there is a state.",
    why: "Training runs one instance a worker. Where instances differ, what an action is worth depends on the worker that took it.",
    example: "A hash map with a random seed whose order of iteration decides a sum.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let mut findings = Vec::new();
    for profile in bench.profiles() {
        let mut one = bench.source(profile).map_err(stop)?;
        let mut other = bench.source(profile).map_err(stop)?;
        let first = bench.ask(&mut *one, &bench.probe).map_err(stop)?;
        let second = bench.ask(&mut *other, &bench.probe).map_err(stop)?;
        if let Some(difference) = difference(&first, 0..first.rows(), &second, 0..second.rows()) {
            let finding = Finding::new(format!("two fresh instances answer differently ({} profile)", profile.name()));
            let finding = bench.differs(finding, &bench.probe, 0..first.rows(), difference);
            findings
                .push(finding.hint("look for random numbers, random hash seeds, clocks and addresses used as numbers"));
        } else if bench.description.kind == Kind::Stateful {
            let (first, second) = (one.snapshot().map_err(stop)?, other.snapshot().map_err(stop)?);
            if first != second {
                let finding =
                    Finding::new(format!("the same observations give two states ({} profile)", profile.name()))
                        .observed("bytes of the first state", first.len() as f64)
                        .observed("bytes of the second state", second.len() as f64);
                findings.push(finding.hint("draw all chance from the constructor's seed; write maps in a fixed order"));
            }
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
    fn instances_and_states_that_differ_are_found() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |state, _, scores| {
            scores.values.fill(state.instance as f32);
            Ok(())
        });
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(verdict(&RULE, &Guest::stateful()), PASS);
        let state = Guest { snapshot: |state| state.instance.to_le_bytes().to_vec(), ..Guest::stateful() };
        assert_eq!(verdict(&RULE, &state), FAIL);
    }
}
