//! Flags factors that are said to be shaping and are no difference of a potential.

use meed_core::{Granularity, Kind};
use rand::RngExt;

use crate::Finding;
use crate::bench::{Bench, stop};
use crate::reference::next_observations;
use crate::ridge::held_out;
use crate::rule::{Outcome, Rule, Stop};
use crate::values::Features;
use crate::verdict::{Category, Need, Severity};

/// Flags factors that are said to be shaping and are no difference of a potential.
pub(crate) const RULE: Rule = Rule {
    code: "V220",
    name: "shaping",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Transition],
    needs: &[Need::Rows, Need::Task],
    what: "Looks for a potential P of the observation (its squares, products and a few bent functions) so that g P(s') - P(s) is what each \
           factor in `task.shaping` gives on recorded steps, and measures on held-out steps which share of the factor's variance it \
           leaves unexplained. Around a closed loop such a term pays (g^L - 1) P(s), whatever lies between.",
    why: "Only a difference of potentials leaves the best policy as it is; any other bonus on the way may become the goal.",
    example: "`(last_distance - distance).max(0.0)`: coming nearer is paid, going away costs nothing.",
    after: &["V021", "V030"],
    check,
};

/// Steps that are looked at, and bent functions of the observation among the features.
const STEPS: usize = 2000;
const BENT: usize = 48;

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let shaping = &bench.settings.task.shaping;
    let all = bench.description.factors.iter().enumerate();
    let named: Vec<usize> = all.filter(|(_, factor)| shaping.contains(&factor.name)).map(|(place, _)| place).collect();
    if named.is_empty() {
        return Ok(Outcome::inconclusive("nobody has said that a factor is shaping"));
    }
    bench.scores()?;
    let Some((recorded, table)) = bench.recorded.and_then(|recorded| Some((recorded, recorded.sample.table()?))) else {
        return Ok(Outcome::inconclusive("no episodes are recorded"));
    };
    let next = next_observations(table, recorded);
    let Some(next) = next.filter(|_| bench.description.granularity == Granularity::Row) else {
        return Ok(Outcome::inconclusive("the next observations are not recorded"));
    };
    let width = table.observation.len() / table.rows.max(1);
    let scores = bench.ask_long(&recorded.sample).map_err(stop)?;
    let known: Vec<usize> =
        (0..table.rows).filter(|&row| next[row].is_some() && scores.reason(row).is_none()).collect();
    let rows: Vec<usize> = known.iter().copied().step_by(known.len().div_ceil(STEPS).max(1)).collect();
    let features = Features::of(&table.observation, width);
    let mut chance = bench.chance(RULE.code);
    let bent: Vec<(Vec<f64>, f64)> = (0..BENT)
        .map(|_| ((0..width).map(|_| chance.random_range(-1.0..1.0)).collect(), chance.random_range(-1.0..1.0)))
        .collect();
    let potentials = |observation: &[f32]| -> Vec<f64> {
        let scaled = features.scaled(observation);
        let along = |(w, b): &(Vec<f64>, f64)| (scaled.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() + b).abs();
        features.quadratic(observation).into_iter().chain(bent.iter().map(along)).collect()
    };
    let basis: Vec<Vec<f64>> = rows
        .iter()
        .map(|&row| {
            let here = potentials(&table.observation[row * width..(row + 1) * width]);
            let there = potentials(next[row].unwrap_or_default());
            there.iter().zip(&here).map(|(there, here)| bench.settings.discount * there - here).collect()
        })
        .collect();
    if rows.len() < 2 * basis.first().map_or(0, Vec::len) {
        return Ok(Outcome::inconclusive(format!("{} steps are too few to find a potential", rows.len())));
    }
    let (mut findings, mut measured) = (Vec::new(), Vec::new());
    for place in named {
        let name = &bench.description.factors[place].name;
        let values: Vec<f64> = rows.iter().map(|&row| f64::from(scores.row(row)[place])).collect();
        let Some(explained) = held_out(&basis, &values) else { continue };
        let left = 1.0 - explained;
        measured.push((name, left));
        if left > bench.settings.shaping {
            findings.push(
                Finding::new(format!("factor {name:?} is said to be shaping, and no potential explains it"))
                    .factor(name)
                    .observed("share of its variance that no potential explains", left)
                    .observed("steps", rows.len() as f64)
                    .limit("largest share", bench.settings.shaping)
                    .hint("pay g P(next) - P(now) with one function P of the state, in both directions and without a bound"),
            );
        }
    }
    if measured.is_empty() {
        return Ok(Outcome::inconclusive("the factors that are said to be shaping are the same on all steps"));
    }
    let outcome = Outcome::of(findings);
    Ok(measured.into_iter().fold(outcome, |outcome, (name, left)| {
        outcome.measured(&format!("share of {name:?} that no potential explains"), left)
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use meed_trajectory::Table;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::fixture::*;

    /// Episodes of 50 steps that go anywhere by small steps.
    fn walk() -> Table {
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        let mut table = table(2000);
        for episode in table.observation.chunks_mut(100) {
            let mut place = [chance.random_range(-0.5f32..0.5), chance.random_range(-0.5f32..0.5)];
            for xy in episode.chunks_mut(2) {
                xy.copy_from_slice(&place);
                place = place.map(|x| (x + chance.random_range(-0.2f32..0.2)).clamp(-1.0, 1.0));
            }
        }
        table.episode = (0..2000).map(|row| row / 50).collect();
        table.step = (0..2000).map(|row| row % 50).collect();
        table.next_observation = table.observation[2..].iter().chain(&[0.0, 0.0]).copied().collect();
        table
    }

    #[test]
    fn a_difference_of_potentials_passes_and_a_one_sided_one_is_flagged() {
        let on = |reward: fn(f32, f32, f32) -> f32, file: &str| {
            let settings = crate::Settings::default().with_toml(&format!("[task]\n{file}")).unwrap();
            on_table(&RULE, &Guest::steps(reward), &walk(), &settings).verdict
        };
        let file = "shaping = ['f']";
        assert_eq!(on(|x, _, next| 0.99 * (1.0 - next * next) - (1.0 - x * x), file), PASS);
        assert_eq!(on(|x, _, next| 0.99 * (next - 0.2).abs() - (x - 0.2).abs(), file), PASS);
        assert_eq!(on(|x, _, next| (next - x).max(0.0), file), FAIL);
        assert_eq!(on(|x, y, _| x * y, file), FAIL);
        assert_eq!(on(|x, _, next| next - x, "shaping = []"), INCONCLUSIVE);
    }
}
