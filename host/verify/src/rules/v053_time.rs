//! Finds rewards that take long on the clock.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Finds rewards that take long on the clock.
pub(crate) const RULE: Rule = Rule {
    code: "V053",
    name: "time",
    category: Category::Contract,
    severity: Severity::Warning,
    kinds: &Kind::ALL,
    needs: &[Need::Rows],
    what: "Divides the time of the fastest full call by its rows and compares it with the budget. Only a warning: clocks differ from run to run.",
    why: "Time that no fuel explains is spent in copies or in a slow host.",
    example: "A reward in an interpreted language that starts its interpreter at every call.",
    after: &[],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    bench.scores()?;
    let largest = bench.baseline.calls.iter().map(|call| call.rows).max().unwrap_or(0);
    let full = bench.baseline.calls.iter().filter(|call| call.rows * 2 > largest);
    let per_row = full.map(|call| call.time.as_secs_f64() / call.rows.max(1) as f64).fold(f64::INFINITY, f64::min);
    let limit = bench.settings.time_per_row.as_secs_f64();
    if per_row <= limit {
        return Ok(Outcome::pass());
    }
    Ok(Outcome::fail(
        Finding::new("a row takes longer than its budget")
            .observed("microseconds a row", per_row * 1e6)
            .limit("most microseconds a row", limit * 1e6)
            .hint("compare with the fuel a row: where that is small, ask about larger batches"),
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn waiting_is_found() {
        let bad = Guest::rows(&["f"], |x, _, out| {
            std::thread::sleep(std::time::Duration::from_millis(2));
            out[0] = x;
        });
        assert_eq!(outcome(&RULE, &bad, None, &rows(10)).verdict, FAIL);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
