//! A designer, a critic, an analyst.
//!
//! After Auto MC-Reward: the designer writes a reward; the critic reads it before anything runs and sends it back where it does not do
//! what the task says; once it passes the checks an agent is trained with it, and the analyst looks at the episodes in which that
//! agent fails and says why, for the designer's next draft. Where nothing can be trained, a draft that passes the checks is the end.
//!
//! The critic is not asked in the last round: a critic whom nothing pleases must not keep every draft from the checks.

use super::attempt::{Plan, Run, Stop};
use super::{Ended, Outcome, Verdict};
use crate::prompt;

pub(super) fn critic(run: &mut Run<'_>) -> Result<Ended, Stop> {
    let budget = run.design.task.budget.clone();
    let mut last: Vec<Option<Outcome>> = vec![None; budget.candidates as usize];
    for round in 0..=budget.rounds {
        let (mut plans, mut planned) = (Vec::new(), Vec::new());
        for (candidate, last) in (1..=budget.candidates).zip(&last) {
            // What the data cannot refute, more words will not mend.
            if last.as_ref().is_some_and(|last| last.verdict() == Some(Verdict::Inconclusive)) {
                continue;
            }
            planned.push(candidate as usize - 1);
            let plan = match last {
                None => run.first(candidate),
                Some(last) => next(run, candidate, round, last)?,
            };
            plans.push(Plan { reviewed: round < budget.rounds, ..plan });
        }
        let made = run.attempts(plans)?;
        let passed = made.iter().filter(|outcome| outcome.verdict() == Some(Verdict::Pass));
        let passed: Vec<String> = passed.map(|outcome| outcome.id.clone()).collect();
        run.train(&passed)?;
        if run.passing()?.is_some_and(|best| good_enough(run, &best)) {
            return Ok(Ended::Found);
        }
        for (place, outcome) in planned.into_iter().zip(made) {
            last[place] = Some(outcome);
        }
    }
    Ok(Ended::Rounds)
}

/// Plans a candidate's next draft: a repair, or, where it passed, one that the analyst's words go before.
fn next(run: &mut Run<'_>, candidate: u32, round: u32, last: &Outcome) -> Result<Plan, Stop> {
    let trained = run.training(&last.id).cloned();
    let (Some(training), Some(draft)) = (trained, run.draft(&last.id)) else {
        return Ok(run.repair(candidate, round, last));
    };
    let task = run.design.task;
    let analysis = match training.failures.is_empty() {
        true => String::new(),
        false => run.consult(&format!("{}-analyst", last.id), prompt::analysis(task, &draft, &training))?,
    };
    let messages = prompt::improve(task, run.form, candidate, &draft, &training, &analysis);
    let plan = run.repair(candidate, round, last);
    Ok(Plan { messages, ..plan })
}

/// Tells whether the agent that was trained with a candidate does what the task calls a success; without a trainer, or where the
/// task names no return, passing the checks is enough.
pub(super) fn good_enough(run: &Run<'_>, id: &str) -> bool {
    match (run.trains(), run.design.task.success_return) {
        (true, Some(success)) => run.score(id).is_some_and(|score| score >= success),
        _ => true,
    }
}
