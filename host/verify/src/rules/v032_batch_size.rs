//! Finds rewards that work at some batch sizes only.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, call_failed, code_of};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that work at some batch sizes only.
pub(crate) const RULE: Rule = Rule {
    code: "V032",
    name: "batch-size",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Asks about batches of 1, 2, 3 and 257 parts, repeating rows where there are too few, and compares every bit with the answers in other batches.",
    why: "Evaluation asks about one row, training about thousands: a size written into the code fails in one of them.",
    example: "`let mut out = [0.0; 2];`",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let parts = bench.probe.parts();
    if bench.description.factors.is_empty() || parts == 0 {
        return Err(Stop::Because(bench.blocked().unwrap_or("V014")));
    }
    // Rows that fail on their own beside rows that do not fail by what they hold, at any size.
    if let Some(broken) = &bench.baseline.broken
        && (broken.tried == 0 || (1..broken.tried).contains(&broken.alike.len()))
    {
        return Err(Stop::Because(broken.code));
    }
    // Where the whole sample has no answers there is nothing to compare with, but a size that works still tells that it is the
    // size that matters.
    let reference = if bench.blocked().is_none() { Some(bench.reference()?) } else { None };
    let (mut working, mut broken, mut differing) = (Vec::new(), Vec::new(), Vec::new());
    for &size in &bench.settings.sizes {
        let chosen: Vec<usize> = (0..size).map(|index| index % parts).collect();
        let batch = bench.probe.take(&chosen);
        let answer = match bench.ask_fresh(&batch) {
            Ok(answer) => answer,
            Err(error) => {
                code_of(&error)?;
                broken.push((size, error));
                continue;
            }
        };
        working.push(size);
        let Some(reference) = &reference else { continue };
        let found = chosen.iter().enumerate().find_map(|(place, &part)| {
            let range = bench.probe.part_scores(bench.description, part);
            let found = difference(reference, range.clone(), &answer, batch.part_scores(bench.description, place));
            found.map(|difference| (range, difference))
        });
        differing.extend(found.map(|found| (size, found)));
    }
    if let Some((size, error)) = broken.first() {
        if working.is_empty()
            && let Some(code) = bench.blocked()
        {
            return Err(Stop::Because(code));
        }
        let what = format!(
            "batches of {} fail, batches of {} do not; at {size}",
            list(broken.iter().map(|b| b.0)),
            list(working)
        );
        let finding = call_failed(&what, error).observed("first size that fails", *size as f64);
        return Ok(Outcome::fail(finding.hint("take the number of rows from the batch; write no size into the code")));
    }
    let sizes = bench.settings.sizes.len() as f64;
    let Some((size, (range, difference))) = differing.first().cloned() else {
        return match bench.blocked() {
            Some(code) => Err(Stop::Because(code)),
            None => Ok(Outcome::pass().measured("sizes tried", sizes)),
        };
    };
    let finding = Finding::new(format!("a batch of {size} gives other answers to the same rows"));
    let finding = bench.differs(finding, &bench.probe, range, difference).observed("size", size as f64);
    let finding =
        finding.hint("write no size into the code; give the last rows of a batch the same arithmetic as the others");
    // Answers that depend on the other rows differ at every size.
    Ok(Outcome::fail(finding).unless("V030"))
}

fn list(sizes: impl IntoIterator<Item = usize>) -> String {
    let sizes: Vec<String> = sizes.into_iter().map(|size| size.to_string()).collect();
    if sizes.is_empty() { "any other size".into() } else { sizes.join(", ") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn a_size_written_into_the_code_is_found_and_named() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, _, scores| {
            scores.values = vec![1.0, 2.0];
            Ok(())
        });
        let report = outcome(&RULE, &bad, None, &rows(50));
        assert_eq!(report.verdict, FAIL);
        assert!(report.findings[0].message.starts_with("batches of 1, 3, 257 fail, batches of 2 do not"), "{report:?}");
        assert_eq!(outcome(&RULE, &good(), None, &rows(3)).verdict, PASS, "rows are repeated");
    }

    #[test]
    fn a_last_block_with_other_arithmetic_is_found() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |_, batch, scores| {
            let rows = scores.values.len();
            for (row, value) in scores.values.iter_mut().enumerate() {
                let x = steps(batch).observation[2 * row];
                *value = if rows == 257 { x * 1.5 } else { x };
            }
            Ok(())
        });
        assert_eq!(verdict(&RULE, &bad), FAIL);
    }

    #[test]
    fn what_fails_by_its_rows_is_another_rules_affair() {
        let always = Guest::rows(&["f"], |_, _, out| out[0] = f32::NAN);
        assert_eq!(outcome(&RULE, &always, None, &rows(50)).reason, "because V011");
        let sometimes = Guest::rows(&["f"], |x, _, out| out[0] = (0.9 - x).sqrt());
        assert_eq!(outcome(&RULE, &sometimes, None, &rows(500)).reason, "because V011");
    }
}
