//! Finds rewards of groups that treat the agents of a step differently by their places.

use meed_core::Kind;

use crate::Finding;
use crate::bench::Bench;
use crate::rule::{Outcome, Rule, Stop};
use crate::statistics::Moments;
use crate::verdict::{Category, Need, Severity};

/// Finds rewards of groups that treat the agents of a step differently by their places.
pub(crate) const RULE: Rule = Rule {
    code: "V232",
    name: "agents-alike",
    category: Category::Hacking,
    severity: Severity::Error,
    kinds: &[Kind::Transition],
    needs: &[Need::Rows, Need::Task],
    what: "Lets the agents of each step change places by chance, where `task.agents_alike` says that they may, and checks that each agent \
           takes its weighted sum along.",
    why: "Agents that are alike share a policy; what one is worth must not hang on its number.",
    example: "`values[group.start]` gets the whole team's bonus.",
    after: &["V021", "V030", "V060"],
    check,
};

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    if !bench.settings.task.agents_alike {
        return Ok(Outcome::inconclusive("nobody has said that the agents are alike"));
    }
    if !bench.description.inputs.group && !bench.description.inputs.agent {
        return Ok(Outcome::not_applicable("the reward looks at one agent at a time, without its number"));
    }
    let reference = bench.reference()?;
    let (changed, from) = bench.probe.with_places_changed(&mut bench.chance(RULE.code));
    if from.iter().enumerate().all(|(place, from)| place == *from) {
        return Ok(Outcome::inconclusive("no step has more than one agent"));
    }
    let answer = match bench.ask_fresh(&changed) {
        Ok(answer) => answer,
        Err(error) => return Ok(Outcome::inconclusive(format!("there is no answer: {}", error.failure))),
    };
    let sums: Moments = (0..reference.rows()).map(|row| bench.weighted(&reference, row)).collect();
    let both = from.iter().enumerate().filter(|(place, from)| {
        reference.reason(**from).is_none() && answer.reason(*place).is_none() && reference.rows() == answer.rows()
    });
    let moved = both
        .map(|(place, &from)| (place, from, (bench.weighted(&reference, from) - bench.weighted(&answer, place)).abs()));
    let Some((place, row, most)) = moved.max_by(|a, b| a.2.total_cmp(&b.2)) else {
        return Ok(Outcome::inconclusive("no row has a score at both places"));
    };
    let share = most / sums.std().max(f64::MIN_POSITIVE);
    let outcome = match share > bench.settings.symmetry {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("an agent is paid by its place among the others")
                .observed("largest change, in standard deviations", share)
                .observed("reward at its own place", bench.weighted(&reference, row))
                .observed("reward at another", bench.weighted(&answer, place))
                .limit("largest change", bench.settings.symmetry)
                .rows([bench.probe.number(bench.description, row)])
                .hint("treat every row of a group alike: a sum, a mean or a minimum over all of them, and the row's own numbers"),
        ),
    };
    Ok(outcome.measured("largest change, in standard deviations", share))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::sample::Sample;
    use crate::{Settings, Subject, judge};

    fn on(first_only: bool, task: &str) -> Option<crate::Verdict> {
        let mut guest = Guest::new(described(Kind::Transition, &["f"]), move |_, batch, scores| {
            let rows = steps(batch);
            for group in rows.group_offsets.windows(2) {
                let members = group[0] as usize..group[1] as usize;
                let sum: f32 = members.clone().map(|row| rows.observation[2 * row]).sum();
                for row in members.clone() {
                    let own = 0.1 * rows.observation[2 * row + 1];
                    scores.values[row] = if first_only && row != members.start { own } else { own + sum / 3.0 };
                }
            }
            Ok(())
        });
        guest.description.inputs.group = true;
        let sample = Sample::of_rows(table(300), (0..=100).map(|group| group * 3).collect(), (0..300).collect());
        let settings = Settings::default().with_toml(&format!("[task]\n{task}")).unwrap();
        let subject = Subject { verify: &guest, train: None, reference: None, hash: None, file: None };
        let mut bench = crate::bench::Bench::new(&subject, &sample, &settings).unwrap();
        judge::judge(&mut bench, &[&RULE], &|_| ()).unwrap().reports.remove(0).verdict
    }

    #[test]
    fn a_bonus_for_the_first_agent_is_found() {
        assert_eq!(on(false, "agents_alike = true"), PASS);
        assert_eq!(on(true, "agents_alike = true"), FAIL);
        assert_eq!(on(true, ""), INCONCLUSIVE);
        assert_eq!(with_task(&RULE, &good(), "agents_alike = true").verdict, None);
    }
}
