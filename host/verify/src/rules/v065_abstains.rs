//! Finds rewards that score none of the data.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that score none of the data.
pub(crate) const RULE: Rule = Rule {
    code: "V065",
    name: "abstains",
    category: Category::Signal,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Counts the rows that have a score.",
    why: "Of a reward that abstains from everything nothing can be said.",
    example: "A reward for another task than the one that was recorded.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let scores = bench.scores()?;
    let (abstained, faulty) = scores.counts();
    let scored = scores.rows() - abstained - faulty;
    let outcome = match scored {
        0 => {
            let mut outcome = Outcome::inconclusive("no row has a score");
            outcome.findings.push(
                Finding::new(format!("the reward scores none of {} rows", scores.rows()))
                    .observed("rows abstained from", abstained as f64)
                    .observed("faulty rows", faulty as f64)
                    .limit("least scored rows", 1.0)
                    .hint("record data of the task that the reward is for, or look at when it abstains"),
            );
            outcome
        }
        _ => Outcome::pass(),
    };
    Ok(outcome.measured("share of rows scored", scored as f64 / scores.rows().max(1) as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn abstaining_from_everything_is_no_pass() {
        let abstains = |every: usize| {
            Guest::new(described(Kind::Transition, &["f"]), move |_, _, scores| {
                let rows = (0..scores.values.len()).step_by(every);
                scores.unscored.extend(rows.map(|row| Unscored { row, reason: Reason::Abstain }));
                Ok(())
            })
        };
        assert_eq!(verdict(&RULE, &abstains(1)), INCONCLUSIVE);
        assert_eq!(verdict(&RULE, &abstains(2)), PASS);
    }
}
