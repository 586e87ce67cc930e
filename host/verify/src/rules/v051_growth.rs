//! Finds rewards whose cost grows faster than the batch.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, Profile, call_failed, call_rows, code_of, stop};
use crate::finding::short;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards whose cost grows faster than the batch.
pub(crate) const RULE: Rule = Rule {
    code: "V051",
    name: "growth",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows, Need::Costs],
    what: "Asks about the same rows once, four and sixteen times in one batch, and compares what a further row costs in the large batch with what it costs in the small one.",
    why: "Code that compares every row with every other is fast in a test and stops training at batches of thousands.",
    example: "`for a in rows { for b in rows { .. } }`",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    // Rows of the small batch: in the largest, of sixteen times as many, a square shows, and the fuel of a call is enough.
    let few = call_rows(bench.description, bench.settings) / 4;
    let mut held = 0;
    let parts = (0..bench.probe.parts()).take_while(|&part| {
        held += bench.probe.part_rows(part).len();
        held <= few
    });
    let parts: Vec<usize> = parts.collect();
    if parts.is_empty() {
        return Ok(Outcome::inconclusive(format!("an episode or group of more than {few} rows cannot be repeated")));
    }
    let mut costs = Vec::new();
    for times in [1, 4, 16] {
        let batch = bench.probe.take(&parts.repeat(times));
        let mut source = bench.source(Profile::Verify).map_err(stop)?;
        if let Err(error) = bench.ask(&mut *source, &batch) {
            code_of(&error)?;
            let finding = call_failed(&format!("a batch of {} rows fails", batch.rows()), &error);
            return Ok(Outcome::fail(finding.observed("rows in the call", batch.rows() as f64)));
        }
        let Some(fuel) = source.cost().fuel else {
            return Ok(Outcome::inconclusive("fuel is not counted: the reward does not run in the sandbox"));
        };
        costs.push((batch.rows() as f64, fuel as f64));
    }
    let [(few, cheap), (more, dearer), (many, dearest)] = costs[..] else {
        return Ok(Outcome::inconclusive("no cost"));
    };
    let (small, large) = ((dearer - cheap) / (more - few), (dearest - dearer) / (many - more));
    // A row that costs less than an instruction costs nothing, however often.
    let ratio = large / small.max(1.0);
    if ratio <= bench.settings.growth {
        return Ok(Outcome::pass().measured("growth", ratio));
    }
    Ok(Outcome::fail(
        Finding::new(format!(
            "in a batch of {} rows a row costs {} times what it costs among {}",
            many,
            short(ratio),
            more
        ))
        .observed("fuel of a further row, small batch", small)
        .observed("fuel of a further row, large batch", large)
        .observed("growth", ratio)
        .limit("most growth", bench.settings.growth)
        .hint("look for a loop over the batch within a loop over the batch; a row needs no other row"),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use meed_core::Cost;

    use crate::fixture::*;

    #[test]
    fn a_square_is_found_and_a_fixed_cost_is_none() {
        let costing = |cost| Guest { cost, ..good() };
        let square = costing(|rows| Cost { fuel: Some((rows * rows) as u64), memory: None });
        assert_eq!(verdict(&RULE, &square), FAIL);
        let fixed = costing(|rows| Cost { fuel: Some(1_000_000 + rows as u64), memory: None });
        assert_eq!(verdict(&RULE, &fixed), PASS);
        assert_eq!(verdict(&RULE, &costing(|_| Cost::default())), INCONCLUSIVE);
    }
}
