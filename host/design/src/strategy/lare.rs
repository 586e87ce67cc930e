//! Several drafts, summarised into one, which is verified and repaired.
//!
//! After LaRe (latent rewards with self-prompting and pre-verification): the model is asked for several responses, is shown them
//! together and summarises them into one, and that one is verified on sampled steps, with what is wrong as the next prompt. Other than
//! in LaRe the drafts are verified, too, so that the summary is written with the evidence on each.

use super::attempt::{Plan, Run, Stop};
use super::{Ended, Outcome, Verdict};
use crate::prompt;

/// The candidate that is made of all others.
const SUMMARY: u32 = 0;

pub(super) fn lare(run: &mut Run<'_>) -> Result<Ended, Stop> {
    let budget = run.design.task.budget.clone();
    let plans = (1..=budget.candidates).map(|candidate| run.first(candidate)).collect();
    let drafts = run.attempts(plans)?;
    let shown: Vec<(&Outcome, String)> =
        drafts.iter().filter_map(|draft| Some((draft, run.draft(&draft.id)?))).collect();
    let (mut last, mut candidate) = match furthest(&drafts) {
        Some(best) => (best.clone(), number(best)),
        None => return Ok(Ended::Rounds),
    };
    // Where a draft passes already there is nothing to mend.
    if run.passing()?.is_some() {
        return Ok(Ended::Found);
    }
    for round in 1..=budget.rounds {
        // What the data cannot refute, more words will not mend.
        if last.verdict() == Some(Verdict::Inconclusive) {
            break;
        }
        let plan = if round == 1 && shown.len() > 1 {
            candidate = SUMMARY;
            let parents = shown.iter().map(|(draft, _)| draft.id.clone()).collect();
            let messages = prompt::summary(run.design.task, run.form, &shown);
            Plan { id: Run::id(SUMMARY, round), parents, messages, seed: 0, reviewed: false }
        } else {
            run.repair(candidate, round, &last)
        };
        last = run.attempt(plan)?;
        if run.passing()?.is_some() {
            return Ok(Ended::Found);
        }
    }
    Ok(Ended::Rounds)
}

/// Gives the attempt that came furthest, of equals the first.
fn furthest(drafts: &[Outcome]) -> Option<&Outcome> {
    drafts.iter().reduce(|best, draft| {
        let better = (draft.progress(), best.findings()) > (best.progress(), draft.findings());
        if better { draft } else { best }
    })
}

/// Reads the candidate's number in an attempt's name.
fn number(outcome: &Outcome) -> u32 {
    let digits = outcome.id.trim_start_matches('c').split('-').next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
