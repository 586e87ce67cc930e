//! Finds answers that depend on the order of the batch.

use meed_core::Kind;
use rand::seq::SliceRandom;

use crate::Finding;
use crate::bench::{Bench, call_failed};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds answers that depend on the order of the batch.
pub(crate) const RULE: Rule = Rule {
    code: "V031",
    name: "permutation",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Asks about the same rows (or groups, or episodes) in another order and compares every bit.",
    why: "The order of a batch is an accident of the replay buffer or of the workers' speed.",
    example: "`observation[i] - observation[i - 1]`: the row before taken for the step before.",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let reference = bench.reference()?;
    let parts = bench.probe.parts();
    if parts < 2 {
        return Ok(Outcome::inconclusive(format!("{parts} row, group or episode; at least 2 are needed")));
    }
    let mut order: Vec<usize> = (0..parts).collect();
    order.shuffle(&mut bench.chance(RULE.code));
    if order.is_sorted() {
        order.rotate_left(1);
    }
    let permuted = bench.probe.take(&order);
    let answer = match bench.ask_fresh(&permuted) {
        Ok(answer) => answer,
        Err(error) => {
            return Ok(Outcome::fail(call_failed("a batch that is scored fails in another order", &error)));
        }
    };
    let (mut first, mut rows, mut differing) = (None, Vec::new(), 0);
    for (place, &part) in order.iter().enumerate() {
        let range = bench.probe.part_scores(bench.description, part);
        let moved = permuted.part_scores(bench.description, place);
        if let Some(difference) = difference(&reference, range.clone(), &answer, moved) {
            differing += 1;
            rows.push(bench.probe.number(bench.description, range.start + difference.row));
            first.get_or_insert((range, difference));
        }
    }
    let Some((range, difference)) = first else { return Ok(Outcome::pass().measured("parts permuted", parts as f64)) };
    let finding = Finding::new(format!("{differing} of {parts} parts of a batch get another answer in another order"));
    let finding = bench.differs(finding, &bench.probe, range, difference);
    Ok(Outcome::fail(
        finding
            .observed("parts that differ", differing as f64)
            .observed("parts permuted", parts as f64)
            .limit("most parts that differ", 0.0)
            .rows(rows)
            .hint(
                "score each row from itself; for what came before, read the next observation or make an episode reward",
            ),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_row_that_looks_at_the_row_before_is_found() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, batch, scores| {
            let x = steps(batch).observation;
            for row in 1..scores.values.len() {
                scores.values[row] = x[2 * row] - x[2 * row - 2];
            }
            Ok(())
        });
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
        assert_eq!(outcome(&RULE, &good(), None, &rows(1)).verdict, INCONCLUSIVE);
    }
}
