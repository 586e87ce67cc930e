//! Finds rewards that hold too much memory.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that hold too much memory.
pub(crate) const RULE: Rule = Rule {
    code: "V052",
    name: "memory",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows, Need::Costs],
    what: "Compares the largest memory of an instance after a call with the budget.",
    why: "Training holds an instance a worker.",
    example: "A reward that keeps a table of all states of a large grid.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let memory = bench.baseline.calls.iter().map(|call| call.memory).collect::<Option<Vec<_>>>();
    let Some(most) = memory.and_then(|memory| memory.into_iter().max()) else {
        return Ok(Outcome::inconclusive("memory is not counted: the reward does not run in the sandbox"));
    };
    if most <= bench.settings.memory {
        return Ok(Outcome::pass().measured("bytes of memory", most as f64));
    }
    Ok(Outcome::fail(
        Finding::new("an instance holds more memory than its budget")
            .observed("bytes of memory", most as f64)
            .limit("most bytes of memory", bench.settings.memory as f64)
            .hint("keep no copy of the batch; reserve no more than the answer needs"),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use meed_core::Cost;

    use crate::fixture::*;

    #[test]
    fn memory_over_the_budget_is_found() {
        let bad = Guest { cost: |_| Cost { fuel: None, memory: Some(1 << 30) }, ..good() };
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
