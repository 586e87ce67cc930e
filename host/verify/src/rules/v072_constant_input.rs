//! Flags inputs that the reward relies on and that are constant in the data.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::verdict::{Category, Need, Severity};

/// Flags inputs that the reward relies on and that are constant in the data.
pub(crate) const RULE: Rule = Rule {
    code: "V072",
    name: "constant-input",
    category: Category::Signal,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode, Kind::Stateful],
    needs: &[Need::Rows],
    what: "Looks for inputs that are the same in every row, and whether the answers change where they are drawn from their declared \
           range.",
    why: "What the reward does with such an input no check on these data can see.",
    example: "A goal that is the same in every recorded episode, or `terminated` where no episode ended by itself.",
    after: &["V021", "V030"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let constant = bench.effects()?.iter().filter(|effect| !effect.varies && effect.drawn);
    let findings = constant.map(|effect| {
        let name = &effect.input.name;
        Finding::new(format!("the reward relies on {name:?}, which is the same in every row looked at"))
            .observed("rows looked at", bench.probe.rows() as f64)
            .observed("values of the input", 1.0)
            .limit("fewest values", 2.0)
            .hint("record data in which it differs: other goals, other starts, episodes that end otherwise")
    });
    Ok(Outcome::of(findings.collect()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;

    #[test]
    fn an_input_of_one_value_is_flagged_where_the_reward_reads_it() {
        let mut sample = rows(500);
        sample.table_mut().unwrap().observation.iter_mut().skip(1).step_by(2).for_each(|y| *y = 0.5);
        assert_eq!(outcome(&RULE, &good(), None, &sample).verdict, FAIL);
        let unread = Guest::rows(&["f"], |x, _, out| out[0] = x);
        assert_eq!(outcome(&RULE, &unread, None, &sample).verdict, PASS);
        assert_eq!(verdict(&RULE, &good()), PASS);
    }
}
