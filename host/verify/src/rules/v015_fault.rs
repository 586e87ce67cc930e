//! Finds recorded rows that the reward refuses.

use meed_core::{Granularity, Kind, Reason};

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds recorded rows that the reward refuses.
pub(crate) const RULE: Rule = Rule {
    code: "V015",
    name: "fault",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Looks for calls and rows that the reward reports as faults. Abstaining is no fault.",
    why: "A row that was recorded in the environment will come again in training, and stop it.",
    example: "`return Err(fault(\"no goal\"))` for an observation that the environment does give.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    if let Some(broken) = bench.baseline.broken.as_ref().filter(|broken| broken.code == RULE.code) {
        let finding = Finding::new(format!("the reward refused a call: {}", broken.error.failure));
        return Ok(Outcome::fail(bench.place(broken, finding).hint(broken.error.failure.hint())));
    }
    let scores = bench.scores()?;
    let faults = scores.unscored.iter().filter_map(|unscored| match &unscored.reason {
        Reason::Fault { message } => Some((unscored.row, message)),
        Reason::Abstain => None,
    });
    let Some((row, message)) = faults.clone().next() else { return Ok(Outcome::pass()) };
    let count = faults.clone().count();
    let numbers = faults.map(|(row, _)| bench.sample.number(bench.description, row));
    let finding = Finding::new(format!("the reward calls {count} of {} rows faulty: {message}", scores.rows()))
        .observed("faulty rows", count as f64)
        .observed("rows", scores.rows() as f64)
        .limit("most faulty rows", 0.0)
        .rows(numbers)
        .hint("score the row, or abstain where the reward does not apply; a fault is for data that cannot be");
    Ok(Outcome::fail(match bench.description.granularity {
        Granularity::Row => finding.inputs(bench.sample.inputs(bench.description, row)),
        Granularity::Episode => finding,
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_fault_of_a_call_or_of_a_row_is_found_and_abstaining_is_none() {
        let call = Guest::new(described(Kind::Transition, &["f"]), |_, _, _| {
            Err(meed_core::Failure::Fault { message: "no goal".into() })
        });
        assert_eq!(verdict(&RULE, &call), FAIL);
        let row = |reason: Reason| {
            Guest::new(described(Kind::Transition, &["f"]), move |_, _, scores| {
                scores.unscored.push(Unscored { row: 0, reason: reason.clone() });
                Ok(())
            })
        };
        assert_eq!(verdict(&RULE, &row(Reason::Fault { message: "no goal".into() })), FAIL);
        assert_eq!(verdict(&RULE, &row(Reason::Abstain)), PASS);
    }
}
