//! Finds answers that depend on the other rows of the batch.

use meed_core::Kind;
use rand::seq::SliceRandom;

use crate::Finding;
use crate::bench::{Bench, call_failed};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds answers that depend on the other rows of the batch.
pub(crate) const RULE: Rule = Rule {
    code: "V030",
    name: "leak",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Asks about single rows (or groups, or episodes, which belong together) and compares every bit with their answers within a batch.",
    why: "What an action is worth would depend on what other environments happened to do in the same batch.",
    example: "`values.iter_mut().for_each(|v| *v -= mean)`: the batch's mean taken from every row.",
    after: &["V021"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let reference = bench.reference()?;
    let parts = bench.probe.parts();
    if parts < 2 {
        return Ok(Outcome::inconclusive(format!("{parts} row, group or episode; at least 2 are needed")));
    }
    let mut chosen: Vec<usize> = (0..parts).collect();
    chosen.shuffle(&mut bench.chance(RULE.code));
    chosen.truncate(bench.settings.slices);
    let tried = chosen.len();
    let (mut first, mut rows, mut differing) = (None, Vec::new(), 0);
    for part in chosen {
        let range = bench.probe.part_scores(bench.description, part);
        let alone = match bench.ask_fresh(&bench.probe.take(&[part])) {
            Ok(alone) => alone,
            Err(error) => {
                let finding =
                    call_failed("rows that are scored in a batch fail when they are asked about alone", &error);
                let number = bench.probe.number(bench.description, range.start);
                return Ok(Outcome::fail(finding.rows([number])));
            }
        };
        if let Some(difference) = difference(&reference, range.clone(), &alone, 0..alone.rows()) {
            differing += 1;
            rows.push(bench.probe.number(bench.description, range.start + difference.row));
            first.get_or_insert((range, difference));
        }
    }
    let Some((range, difference)) = first else {
        return Ok(Outcome::pass().measured("parts asked alone", tried as f64));
    };
    let finding = Finding::new(format!(
        "{differing} of {tried} parts of a batch get another answer when they are asked about alone"
    ));
    let finding = bench.differs(finding, &bench.probe, range, difference);
    Ok(Outcome::fail(
        finding
            .observed("parts that differ", differing as f64)
            .observed("parts tried", tried as f64)
            .limit("most parts that differ", 0.0)
            .rows(rows)
            .hint("score each row from itself: no mean, maximum or rank over the batch; what must be normalised, normalise by declared ranges"),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use meed_core::{Batch, Description};

    use crate::fixture::*;
    use crate::sample::Sample;

    #[test]
    fn a_batch_mean_is_found_and_the_mean_of_an_episode_is_none() {
        let mean = |kind| {
            Guest::new(described(kind, &["f"]), move |_, batch, scores| {
                let offsets = match batch {
                    Batch::Episodes(episodes) => episodes.episode_offsets.to_vec(),
                    other => vec![0, other.rows() as u32],
                };
                let x = steps(batch).observation;
                for part in offsets.windows(2) {
                    let rows = part[0] as usize..part[1] as usize;
                    let sum: f32 = rows.clone().map(|row| x[2 * row]).sum();
                    scores.values[rows.clone()].fill(sum / rows.len() as f32);
                }
                Ok(())
            })
        };
        let report = outcome(&RULE, &mean(Kind::Transition), None, &rows(500));
        assert_eq!((report.verdict, report.findings[0].rows.len()), (FAIL, 5));
        assert_eq!(outcome(&RULE, &mean(Kind::Episode), None, &episodes(20)).verdict, PASS);
        assert_eq!(outcome(&RULE, &mean(Kind::Episode), None, &episodes(1)).verdict, INCONCLUSIVE);
    }

    #[test]
    fn a_group_stays_together() {
        let mut guest = Guest::new(described(Kind::Transition, &["f"]), |_, batch, scores| {
            let rows = steps(batch);
            for group in rows.group_offsets.windows(2) {
                let rows_of_group = group[0] as usize..group[1] as usize;
                scores.values[rows_of_group.clone()].fill(rows_of_group.map(|row| rows.observation[2 * row]).sum());
            }
            Ok(())
        });
        guest.description.inputs.group = true;
        let sample = Sample::of_rows(table(60), (0..=20).map(|group| group * 3).collect(), (0..60).collect());
        assert_eq!(outcome(&RULE, &guest, None, &sample).verdict, PASS);
    }

    #[test]
    fn a_text_that_depends_on_the_others_is_found() {
        let text = |leak: bool| {
            let mut description = Description::new(Kind::Text, "fixture", "0.1.0");
            description.factors = described(Kind::Text, &["f"]).factors;
            Guest::new(description, move |_, batch, scores| {
                let Batch::Samples(samples) = batch else { return Ok(()) };
                let longest = samples.completion.iter().map(|text| text.len()).max().unwrap_or(0);
                for (text, value) in samples.completion.iter().zip(&mut scores.values) {
                    *value = text.len() as f32 / if leak { 1.0 + longest as f32 } else { 8.0 };
                }
                Ok(())
            })
        };
        assert_eq!(outcome(&RULE, &text(false), None, &texts(40)).verdict, PASS);
        assert_eq!(outcome(&RULE, &text(true), None, &texts(40)).verdict, FAIL);
    }
}
