//! Several drafts, each verified before anything is trained, each sent back with what is wrong with it, the best kept.
//!
//! After LaRe (latent rewards with self-prompting and pre-verification): the model is prompted for several responses, and what
//! it writes is verified on sampled steps, with the errors as the next prompt. LaRe summarises the responses into one before it
//! writes code; here each response is a candidate of its own to the end.

use std::collections::BTreeMap;

use super::{Design, DesignError, Ended, Outcome, Summary, Verdict};

/// Designs a reward.
///
/// All candidates have their first draft before any is repaired. Once candidates pass on the shown part of the data, the one with
/// the fewest warnings is judged on the hidden part; the first that passes there is the winner. Without one, the best that the
/// data did not refute is chosen when rounds or tokens run out, and its verdict says so.
///
/// # Errors
/// Where the model, this machine or the verification fails. Everything up to there is written down.
pub fn lare(design: &mut Design<'_>) -> Result<Summary, DesignError> {
    let budget = design.task.budget.clone();
    let mut attempts: Vec<Outcome> = Vec::new();
    // The last attempt of each candidate, by its number.
    let mut last: BTreeMap<u32, usize> = BTreeMap::new();
    let mut verdicts: BTreeMap<String, Verdict> = BTreeMap::new();
    let mut ended = Ended::Rounds;
    'rounds: for round in 0..=budget.rounds {
        for candidate in 1..=budget.candidates {
            let before = last.get(&candidate).and_then(|index| attempts.get(*index));
            // What the data cannot refute, more words will not mend.
            if before.and_then(Outcome::verdict) == Some(Verdict::Inconclusive) {
                continue;
            }
            let before = before.cloned();
            match design.attempt(candidate, round, before.as_ref())? {
                None => {
                    ended = Ended::Tokens;
                    break;
                }
                Some(outcome) => {
                    last.insert(candidate, attempts.len());
                    attempts.push(outcome);
                }
            }
        }
        for outcome in ranked(&attempts).filter(|outcome| outcome.verdict() == Some(Verdict::Pass)) {
            if verdicts.contains_key(&outcome.id) {
                continue;
            }
            let verdict = design.hidden_verdict(&outcome.id)?;
            verdicts.insert(outcome.id.clone(), verdict);
            if verdict == Verdict::Pass {
                ended = Ended::Found;
                break 'rounds;
            }
        }
        if ended == Ended::Tokens {
            break;
        }
    }
    // A winner's verdict is the worse of its two.
    let unrefuted = ranked(&attempts).filter_map(|outcome| {
        let shown = outcome.verdict()?;
        let verdict = verdicts.get(&outcome.id).copied().unwrap_or(Verdict::Inconclusive).min(shown);
        (verdict > Verdict::Fail).then(|| (outcome.id.clone(), verdict))
    });
    // Of equals the first, which has the fewest warnings.
    let winner = unrefuted.reduce(|best, other| if other.1 > best.1 { other } else { best });
    let summary = Summary {
        schema_version: 1,
        winner: winner.as_ref().map(|(id, _)| id.clone()),
        verdict: winner.map(|(_, verdict)| verdict),
        ended,
        tokens: design.dir.tokens(),
        attempts,
    };
    design.dir.write_summary(&summary)?;
    Ok(summary)
}

/// Lists attempts, those with the fewest findings first, of equals the earliest.
fn ranked(attempts: &[Outcome]) -> impl Iterator<Item = &Outcome> {
    let mut ranked: Vec<&Outcome> = attempts.iter().collect();
    ranked.sort_by_key(|outcome| outcome.warnings());
    ranked.into_iter()
}
