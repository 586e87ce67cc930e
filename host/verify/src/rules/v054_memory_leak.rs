//! Finds rewards that keep memory at every call.

use meed_core::Kind;

use crate::Finding;
use crate::bench::{Bench, Profile, call_failed, code_of, stop};
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that keep memory at every call.
pub(crate) const RULE: Rule = Rule {
    code: "V054",
    name: "memory-leak",
    category: Category::Contract,
    severity: Severity::Error,
    kinds: &Kind::ALL,
    needs: &[Need::Rows, Need::TrainProfile, Need::Costs],
    what: "Asks one source in the train profile 64 times about the same rows and looks whether its memory goes on growing.",
    why: "An instance lives for as long as training does; one that keeps a little at every call runs into its limit after hours.",
    example: "`HISTORY.with_borrow_mut(|history| history.push(batch.to_vec()))`",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    if bench.subject.train.is_none() {
        return Ok(Outcome::inconclusive("no train profile was given"));
    }
    let mut source = bench.source(Profile::Train).map_err(stop)?;
    let mut held = Vec::new();
    for call in 1..=CALLS {
        if let Err(error) = bench.ask(&mut *source, &bench.probe) {
            code_of(&error)?;
            return Ok(Outcome::fail(
                call_failed("a call fails that succeeded before", &error).observed("calls", f64::from(call)),
            ));
        }
        let Some(memory) = source.cost().memory else {
            return Ok(Outcome::inconclusive("memory is not counted: the reward does not run in the sandbox"));
        };
        if call % (CALLS / 4) == 0 {
            held.push(memory as f64);
        }
    }
    // What only warms up, a buffer that doubles or a cache that fills, has stopped growing in one of the quarters.
    if !held.windows(2).all(|pair| pair[0] < pair[1]) {
        return Ok(Outcome::pass());
    }
    let finding = Finding::new("an instance holds more memory after every call");
    let finding = held.iter().zip(1..).fold(finding, |finding, (memory, quarter)| {
        finding.observed(&format!("bytes after {} calls", quarter * CALLS / 4), *memory)
    });
    Ok(Outcome::fail(
        finding.limit("most growth", 0.0).hint("free what a call has taken when it ends; keep no copy of a batch"),
    ))
}

/// Calls of one source.
const CALLS: u32 = 64;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn growth_without_end_is_found_and_warming_up_is_none() {
        let held = |memory: fn(u64) -> usize| {
            let mut guest = good();
            guest.held = memory;
            guest
        };
        assert_eq!(verdict(&RULE, &held(|calls| (1 << 20) + ((calls as usize) << 16))), FAIL);
        assert_eq!(verdict(&RULE, &held(|calls| (1 << 20) + ((calls.min(30) as usize) << 16))), PASS);
        assert_eq!(outcome(&RULE, &good(), None, &rows(100)).verdict, INCONCLUSIVE);
    }
}
