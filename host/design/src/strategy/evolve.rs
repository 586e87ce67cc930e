//! Generations of rewards, judged by what agents learn with them.
//!
//! After Eureka and REvolve: an agent is trained with each candidate that passes the checks, for a short time and side by side; the
//! best by true return is kept, and the next generation is asked for as changes of it, with how each of its factors went over the
//! training; the last of a generation is asked for as a cross between the two best. What the checks or the compiler say of a change that
//! failed stands in that candidate's next prompt. As long as nothing has been trained, candidates are repaired instead.

use super::attempt::{Plan, Run, Stop};
use super::critic::good_enough;
use super::{DesignError, Ended, Outcome, Verdict};
use crate::prompt::{self, Ancestor};

pub(super) fn evolve(run: &mut Run<'_>) -> Result<Ended, Stop> {
    if !run.trains() {
        let missing = if run.design.task.environment.is_some() { "training-steps" } else { "environment" };
        return Err(DesignError::NoTraining { missing }.into());
    }
    let budget = run.design.task.budget.clone();
    let mut last: Vec<Outcome> = Vec::new();
    // All that were trained, the best first.
    let mut pool: Vec<String> = Vec::new();
    for generation in 0..=budget.rounds {
        let mut plans = Vec::new();
        for candidate in 1..=budget.candidates {
            plans.push(match last.get(candidate as usize - 1) {
                None => run.first(candidate),
                Some(last) => offspring(run, candidate, generation, last, &pool),
            });
        }
        last = run.attempts(plans)?;
        let sound = last.iter().filter(|outcome| outcome.verdict() > Some(Verdict::Fail));
        let sound: Vec<String> = sound.map(|outcome| outcome.id.clone()).collect();
        run.train(&sound)?;
        pool.extend(sound.into_iter().filter(|id| run.score(id).is_some()));
        // Of equals the older one stays before the younger.
        pool.sort_by(|a, b| run.score(b).unwrap_or_default().total_cmp(&run.score(a).unwrap_or_default()));
        let success = run.design.task.success_return.is_some();
        if success && run.passing()?.is_some_and(|best| good_enough(run, &best)) {
            return Ok(Ended::Found);
        }
    }
    Ok(Ended::Rounds)
}

/// Plans a candidate of the next generation.
fn offspring(run: &Run<'_>, candidate: u32, generation: u32, last: &Outcome, pool: &[String]) -> Plan {
    let repaired = run.repair(candidate, generation, last);
    let ancestor = |id: &String| Some(Ancestor { draft: run.draft(id)?, training: run.training(id)? });
    let Some(best) = pool.first() else { return repaired };
    let last_of_several = candidate == run.design.task.budget.candidates && candidate > 1;
    let parents: Vec<String> =
        if last_of_several { pool.iter().take(2) } else { pool.iter().take(1) }.cloned().collect();
    let ancestors: Vec<Ancestor<'_>> = parents.iter().filter_map(ancestor).collect();
    // What the last change failed of, unless it is itself among those shown.
    let failed = (last.id != *best && last.verdict() <= Some(Verdict::Fail)).then_some(last);
    let messages = prompt::offspring(run.design.task, run.form, candidate, &ancestors, failed);
    Plan { parents, messages, ..repaired }
}
