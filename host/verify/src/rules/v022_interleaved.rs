//! Finds rewards that remember other calls.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::sample::difference;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that remember other calls.
pub(crate) const RULE: Rule = Rule {
    code: "V022",
    name: "interleaved",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Asks one source about the same rows before and after a call about others, in both profiles, and compares every bit.",
    why: "A reward that remembers pays for what came before rather than for what the action did, and differs with the order of the workers.",
    example: "A running maximum kept in a static, by which later rows are divided.",
    after: &["V020"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    // Few rows before and after, many in between: a memory of extremes is then likely to have something new to remember.
    let few: Vec<usize> = (0..bench.probe.parts().div_ceil(8)).collect();
    let all: Vec<usize> = (0..bench.probe.parts()).rev().collect();
    let (asked, between) = (bench.probe.take(&few), bench.probe.take(&all));
    let mut findings = Vec::new();
    for profile in bench.profiles() {
        let mut source = bench.source(profile).map_err(stop)?;
        let first = bench.ask(&mut *source, &asked).map_err(stop)?;
        bench.ask(&mut *source, &between).map_err(stop)?;
        let second = bench.ask(&mut *source, &asked).map_err(stop)?;
        if let Some(difference) = difference(&first, 0..first.rows(), &second, 0..second.rows()) {
            let finding = Finding::new(format!(
                "a call about other rows changes the answer to these ({} profile)",
                profile.name()
            ));
            let finding = bench.differs(finding, &asked, 0..first.rows(), difference);
            findings
                .push(finding.hint("keep nothing between calls; a reward that must remember is of the stateful kind"));
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
    fn a_running_maximum_is_found_although_repeats_agree() {
        let bad = Guest::new(described(Kind::Transition, &["f"]), |state, batch, scores| {
            let most = steps(batch).observation.iter().step_by(2).fold(0.0f32, |most, x| most.max(*x));
            state.rows = state.rows.max((most * 1e6) as u64);
            scores.values.fill(state.rows as f32);
            Ok(())
        });
        assert_eq!(verdict(&super::super::v020_repeat::RULE, &bad), PASS);
        assert_eq!(verdict(&RULE, &bad), FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
