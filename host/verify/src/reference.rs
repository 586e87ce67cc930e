//! A reward that is known to be right, asked about the same rows.

use meed_core::{Batch, Description, Granularity, Kind, RewardError, RewardFactory, RewardSource, Scores};
use meed_trajectory::Table;
use rand::RngExt;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::ordering::distance;
use crate::recorded::Recorded;
use crate::rule::{Outcome, Stop};
use crate::sample::{Sample, take_rows};

/// A reward that is known to be right.
#[derive(Clone, Copy)]
pub enum Reference<'a> {
    /// The environment's own, as it was recorded. It can be told of recorded steps only, so that EPIC, which asks about others,
    /// stays inconclusive.
    Recorded,
    /// Another reward, such as a plugin.
    Reward(&'a dyn RewardFactory),
}

/// Both rewards of steps that have a score in either.
pub(crate) struct Paired {
    /// The weighted sums of the reward that is verified.
    pub(crate) own: Vec<f64>,
    /// Those of the reference.
    pub(crate) reference: Vec<f64>,
    /// The steps, by their place among the recorded rows.
    pub(crate) rows: Vec<usize>,
}

/// Gives both rewards of all recorded steps.
pub(crate) fn paired<'a>(bench: &Bench<'a>) -> Result<(Paired, &'a Recorded), Stop> {
    let (reference, recorded) = offered(bench)?;
    let own = own_sums(bench, &recorded.sample)?;
    let other = match reference {
        Reference::Reward(factory) => other_sums(bench, factory, &recorded.sample)?,
        Reference::Recorded => match recorded.sample.table().map(|table| table.reward.as_slice()) {
            None | Some([]) => return Err(Stop::Inconclusive("the data have no rewards of the environment".into())),
            Some(rewards) => rewards.iter().map(|reward| Some(f64::from(*reward))).collect(),
        },
    };
    Ok((both(own, other, bench.settings.least_rows)?, recorded))
}

/// Gives EPIC's canonical form of both rewards on some recorded steps: r(s, a, s') + g E r(s', A, S') - E r(s, A, S'), with the
/// same draws of A and S' from the data for both, and without the term that is the same for all steps.
pub(crate) fn canonical(bench: &Bench<'_>, code: &str) -> Result<Paired, Stop> {
    let (reference, recorded) = offered(bench)?;
    let Reference::Reward(factory) = reference else {
        return Err(Stop::Inconclusive("a recorded reward cannot be asked about other steps".into()));
    };
    let Some((asked, rows)) = imagined(bench, recorded, code) else {
        return Err(Stop::Inconclusive("the next observations are not recorded".into()));
    };
    let discount = bench.settings.discount;
    let fold = |sums: Vec<Option<f64>>| -> Vec<Option<f64>> {
        let (real, rest) = sums.split_at(rows.len());
        let (after, before) = rest.split_at(rows.len() * DRAWS);
        let mean = |draws: &[Option<f64>]| draws.iter().copied().sum::<Option<f64>>().map(|sum| sum / DRAWS as f64);
        let means = after.chunks(DRAWS).map(mean).zip(before.chunks(DRAWS).map(mean));
        real.iter().zip(means).map(|(real, (after, before))| Some((*real)? + discount * after? - before?)).collect()
    };
    let own = fold(own_sums(bench, &asked)?);
    let other = fold(other_sums(bench, factory, &asked)?);
    both(own, other, bench.settings.least_rows)
}

/// Steps whose canonical reward is taken, and draws for each expectation.
const STEPS: usize = 256;
const DRAWS: usize = 64;

/// Makes the steps that EPIC asks about: recorded ones, then for each of them steps from its next observation, then for each of
/// them steps from its own, with actions and next observations of other rows. `None` without next observations.
fn imagined(bench: &Bench<'_>, recorded: &Recorded, code: &str) -> Option<(Sample, Vec<usize>)> {
    let table = recorded.sample.table()?;
    let next = next_observations(table, recorded)?;
    let known: Vec<usize> = (0..table.rows).filter(|&row| next[row].is_some()).collect();
    let step = known.len().div_ceil(STEPS).max(1);
    let rows: Vec<usize> = known.iter().copied().step_by(step).collect();
    let mut chance = bench.chance(code);
    let draws: Vec<(usize, usize)> =
        (0..DRAWS).map(|_| (chance.random_range(0..table.rows), chance.random_range(0..table.rows))).collect();
    let real = || rows.iter().map(|&row| row..row + 1);
    let repeated = || rows.iter().flat_map(|&row| std::iter::repeat_n(row..row + 1, DRAWS));
    let mut asked = take_rows(table, real().chain(repeated()).chain(repeated()));
    let (width, actions) = (table.observation.len() / table.rows, table.action.len() / table.rows);
    asked.next_observation = Vec::with_capacity(asked.rows * width);
    rows.iter().for_each(|&row| asked.next_observation.extend(next[row].unwrap_or_default()));
    for (place, &row) in rows.iter().chain(&rows).enumerate() {
        for (draw, &(action, landed)) in draws.iter().enumerate() {
            let at = rows.len() + place * DRAWS + draw;
            if place < rows.len() {
                asked.observation[at * width..(at + 1) * width].copy_from_slice(next[row].unwrap_or_default());
            }
            let taken = &table.action[action * actions..(action + 1) * actions];
            asked.action[at * actions..(at + 1) * actions].copy_from_slice(taken);
            asked.next_observation.extend_from_slice(&table.observation[landed * width..(landed + 1) * width]);
        }
    }
    // Nobody knows of an imagined step whether it ends an episode.
    for flags in [&mut asked.terminated, &mut asked.truncated] {
        flags.iter_mut().skip(rows.len()).for_each(|flag| *flag = false);
    }
    let numbers = (0..asked.rows as u64).collect();
    Some((Sample::of_rows(asked, Vec::new(), numbers), rows))
}

/// Gives each row's next observation: as it was recorded, or the next row's of the same episode.
pub(crate) fn next_observations<'a>(table: &'a Table, recorded: &Recorded) -> Option<Vec<Option<&'a [f32]>>> {
    let width = table.observation.len().checked_div(table.rows).filter(|width| *width > 0)?;
    if !table.next_observation.is_empty() {
        return Some(table.next_observation.chunks(width).map(Some).collect());
    }
    if !table.agent.is_empty() {
        return None;
    }
    let mut next = vec![None; table.rows];
    for episode in 0..recorded.episodes() {
        for row in recorded.rows(episode).skip(1) {
            next[row - 1] = table.observation.get(row * width..(row + 1) * width);
        }
    }
    Some(next)
}

/// Gives the reference and the recorded episodes, where the one can be held against the other.
fn offered<'a>(bench: &Bench<'a>) -> Result<(Reference<'a>, &'a Recorded), Stop> {
    let reference = comparable(bench)?;
    match bench.recorded {
        Some(recorded) => Ok((reference, recorded)),
        None => Err(Stop::Inconclusive("no episodes are recorded".into())),
    }
}

/// Gives the reference, where the reward can be held against it step by step.
pub(crate) fn comparable<'a>(bench: &Bench<'a>) -> Result<Reference<'a>, Stop> {
    bench.scores()?;
    let Some(reference) = bench.subject.reference else {
        return Err(Stop::Inconclusive("there is no reference reward".into()));
    };
    let by_row = |description: &Description| {
        description.kind == Kind::Transition && description.granularity == Granularity::Row && !description.inputs.group
    };
    let sound = match reference {
        Reference::Reward(factory) => by_row(factory.description()),
        Reference::Recorded => true,
    };
    if !sound || !by_row(bench.description) {
        return Err(Stop::Inconclusive("only rewards of single rows are compared".into()));
    }
    Ok(reference)
}

/// Gives the reward's weighted sums of any steps, without those that have no score.
pub(crate) fn own_sums(bench: &Bench<'_>, sample: &Sample) -> Result<Vec<Option<f64>>, Stop> {
    Ok(sums(bench.description, &bench.ask_long(sample).map_err(stop)?))
}

/// Gives another reward's weighted sums of the same.
pub(crate) fn other_sums(
    bench: &Bench<'_>,
    factory: &dyn RewardFactory,
    sample: &Sample,
) -> Result<Vec<Option<f64>>, Stop> {
    Ok(sums(factory.description(), &ask(bench, factory, sample)?))
}

fn ask(bench: &Bench<'_>, factory: &dyn RewardFactory, sample: &Sample) -> Result<Scores, Stop> {
    let description = factory.description();
    let failed = |error: RewardError| Stop::Inconclusive(format!("the reference has no answer: {}", error.failure));
    let mut source = factory.source(bench.settings.seed).map_err(failed)?;
    let mut scores = Scores { factors: description.factors.len(), ..Scores::default() };
    for run in sample.runs(bench.settings.call_rows) {
        let part = sample.take(&run.collect::<Vec<_>>());
        let mut answer = Scores::default();
        let mut call = |batch: Batch<'_>| RewardSource::evaluate(&mut *source, batch, &mut answer);
        part.with_batch(description, &mut call).map_err(failed)?;
        let before = scores.rows();
        scores.values.append(&mut answer.values);
        scores.unscored.extend(answer.unscored.into_iter().map(|mut unscored| {
            unscored.row += before;
            unscored
        }));
    }
    Ok(scores)
}

fn sums(description: &Description, scores: &Scores) -> Vec<Option<f64>> {
    let weighted = |row: usize| {
        let factors = scores.row(row).iter().zip(&description.factors);
        factors.map(|(value, factor)| f64::from(*value) * f64::from(factor.weight)).sum()
    };
    (0..scores.rows()).map(|row| scores.reason(row).is_none().then(|| weighted(row))).collect()
}

/// Keeps the steps that have both.
pub(crate) fn both(own: Vec<Option<f64>>, other: Vec<Option<f64>>, least: usize) -> Result<Paired, Stop> {
    let mut paired = Paired { own: Vec::new(), reference: Vec::new(), rows: Vec::new() };
    for (row, (own, other)) in own.into_iter().zip(other).enumerate() {
        if let (Some(own), Some(other)) = (own, other) {
            paired.own.push(own);
            paired.reference.push(other);
            paired.rows.push(row);
        }
    }
    match paired.own.len() {
        count if count < least => Err(Stop::Inconclusive(format!("{count} steps have both rewards"))),
        _ => Ok(paired),
    }
}

/// Holds the reward's and the reference's values against each other, unshaped as they are: sqrt((1 - rho) / 2) of a correlation.
pub(crate) fn direct(
    bench: &Bench<'_>,
    name: &str,
    correlation: fn(&[f64], &[f64]) -> Option<f64>,
) -> Result<Outcome, Stop> {
    let (pairs, _) = paired(bench)?;
    let Some(apart) = correlation(&pairs.own, &pairs.reference).map(distance) else {
        return Ok(Outcome::inconclusive("a reward is the same on all steps"));
    };
    let outcome = match apart > bench.settings.direct_distance {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("the reward differs from the reference step by step")
                .observed(name, apart)
                .observed("steps", pairs.own.len() as f64)
                .limit("largest distance", bench.settings.direct_distance)
                .hint(
                    "harmless where a potential shapes the reward; else compare the two on a step where they disagree",
                ),
        ),
    };
    Ok(outcome.measured(name, apart).measured("steps", pairs.own.len() as f64))
}
