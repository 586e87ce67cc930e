//! Flags rewards by which going round in circles pays as much as arriving.

use std::collections::BTreeMap;

use meed_core::{Granularity, Kind};

use crate::Finding;
use crate::bench::Bench;
use crate::loops::{Edge, best, clusters};
use crate::rule::{Outcome, Rule, Stop};
use crate::values::Features;
use crate::verdict::{Category, Need, Severity};

/// Flags rewards by which going round in circles pays as much as arriving.
pub(crate) const RULE: Rule = Rule {
    code: "V260",
    name: "loops",
    category: Category::Hacking,
    severity: Severity::Warning,
    kinds: &[Kind::Transition, Kind::Episode],
    needs: &[Need::Returns, Need::Successes],
    what: "Divides the recorded observations into up to 64 clusters, looks for the loop among them whose recorded steps pay most on average \
           (or a cluster that episodes stay in), and compares what it would pay in the longest recorded episode with the shortest success. An episode is a success from \
           the return on that the settings' `success` names; successes must end episodes.",
    why: "Where a loop pays more than the goal, the agent learns to drive in circles.",
    example: "A bonus for passing a checkpoint, as often as one likes.",
    after: &["V021", "V030", "V060"],
    check,
};

const CLUSTERS: usize = 64;
/// Recorded steps from one cluster to another with which what such a step pays is known.
const SEEN: usize = 3;
/// Steps within a cluster from which on they count as a loop of its own.
const STAY: usize = 20;

/// What is known of the way from one cluster to another.
struct Seen {
    count: usize,
    steps: usize,
    pay: f64,
    /// The first row that led this way.
    row: usize,
}

fn check(bench: &Bench<'_>) -> Result<Outcome, Stop> {
    let (episodes, returns) = bench.returns()?;
    let Some(success) = bench.settings.success else {
        return Ok(Outcome::inconclusive("nobody has said from which return on an episode is a success"));
    };
    let Some((recorded, table)) = bench.recorded.and_then(|recorded| Some((recorded, recorded.sample.table()?))) else {
        return Ok(Outcome::inconclusive("no episodes are recorded"));
    };
    if bench.description.granularity == Granularity::Episode || !table.agent.is_empty() {
        return Ok(Outcome::inconclusive("only rewards of the steps of one agent have loops"));
    }
    let won = (0..returns.len()).filter(|&episode| returns[episode] >= success);
    let Some(goal) = won.min_by_key(|&episode| episodes.lengths[episode]) else {
        return Ok(Outcome::inconclusive("no episode succeeded"));
    };
    let longest = episodes.lengths.iter().copied().max().unwrap_or(0);
    if episodes.lengths[goal] * 10 > longest * 9 {
        return Ok(Outcome::inconclusive("a success does not end the episode early"));
    }
    let width = table.observation.len() / table.rows.max(1);
    let features = Features::of(&table.observation, width);
    let points: Vec<Vec<f64>> = table.observation.chunks(width.max(1)).map(|row| features.scaled(row)).collect();
    let cluster = clusters(&points, CLUSTERS, &mut bench.chance(RULE.code));
    let mut seen: BTreeMap<(usize, usize), Seen> = BTreeMap::new();
    for (steps, &place) in episodes.steps.iter().zip(&episodes.places) {
        let first = recorded.rows(place).start;
        let stays = cluster[recorded.rows(place)].chunk_by(|a, b| a == b);
        let mut begin = 0;
        let visits: Vec<(usize, std::ops::Range<usize>)> = stays
            .filter_map(|stay| {
                let range = begin..begin + stay.len();
                begin = range.end;
                Some((*stay.first()?, range))
            })
            .collect();
        let mut note = |from: usize, to: usize, range: &std::ops::Range<usize>| {
            let edge =
                seen.entry((from, to)).or_insert(Seen { count: 0, steps: 0, pay: 0.0, row: first + range.start });
            edge.count += 1;
            edge.steps += range.len();
            edge.pay += steps[range.clone()].iter().sum::<f64>();
        };
        for pair in visits.windows(2) {
            note(pair[0].0, pair[1].0, &pair[0].1);
        }
        // Who stays this long can stay for good; others only pass through.
        visits.iter().filter(|(_, range)| range.len() >= STAY).for_each(|(node, range)| note(*node, *node, range));
    }
    let known = seen.iter().filter(|((from, to), edge)| from == to || edge.count >= SEEN);
    let edges: Vec<Edge> = known
        .map(|(&(from, to), edge)| Edge {
            from,
            to,
            pay: edge.pay / edge.count as f64,
            steps: edge.steps as f64 / edge.count as f64,
        })
        .collect();
    let Some(found) = best(CLUSTERS, &edges) else {
        return Ok(Outcome::inconclusive("no recorded steps lead back to where they came from"));
    };
    let (round, paid) = (found.mean * longest as f64, episodes.sums[goal]);
    let next = |place: usize| found.nodes[(place + 1) % found.nodes.len()];
    let on_it = found.nodes.iter().enumerate().filter_map(|(place, &node)| seen.get(&(node, next(place))));
    let outcome = match round >= paid {
        false => Outcome::pass(),
        true => Outcome::fail(
            Finding::new("going round in circles pays as much as arriving")
                .observed("reward of the loop in the longest episode", round)
                .observed("reward a step of the loop", found.mean)
                .observed("steps of the longest episode", longest as f64)
                .observed("reward of the shortest success", paid)
                .limit("largest reward of a loop", paid)
                .rows(on_it.map(|edge| recorded.sample.number_of_row(edge.row)))
                .hint("pay for progress only where it is not lost again: as the difference of a potential, or once an episode"),
        ),
    };
    Ok(outcome
        .measured("reward of the loop in the longest episode", round)
        .measured("reward of the shortest success", paid))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use meed_trajectory::Table;

    use super::*;
    use crate::Settings;
    use crate::fixture::*;

    /// Walks on a line from 0 towards 1, where every other episode arrives and ends; the others turn round at the middle, over and
    /// over. What is seen beside the place is which way the walk goes.
    fn walks() -> Table {
        let mut table = Table { observation_size: 2, ..Table::default() };
        for episode in 0..40 {
            let arrives = episode % 2 == 0;
            let steps = if arrives { 20 } else { 100 };
            for step in 0..steps {
                let there = step % 20;
                let place = if arrives || there < 10 { there } else { 20 - there };
                table.observation.extend([place as f32 / 20.0, if arrives || there < 10 { 1.0 } else { -1.0 }]);
                table.reward.push(f32::from(arrives && step + 1 == steps));
                table.step.push(step);
            }
            table.episode.extend(vec![episode; steps as usize]);
            table.rows += steps as usize;
        }
        table
    }

    fn on(reward: impl Fn(f32, f32) -> f32 + Send + Sync + 'static, success: Option<f64>) -> crate::RuleReport {
        let guest = Guest::rows(&["f"], move |x, y, out| out[0] = reward(x, y));
        on_table(&RULE, &guest, &walks(), &Settings { success, ..Settings::default() })
    }

    #[test]
    fn progress_that_is_paid_as_often_as_it_is_made_is_flagged() {
        let forward = on(|_, y| y.max(0.0), Some(0.5));
        assert_eq!(forward.verdict, FAIL, "{forward:?}");
        assert!(!forward.findings[0].rows.is_empty());
        assert_eq!(on(|x, y| y - 0.1 + f32::from(x > 0.94), Some(0.5)).verdict, PASS);
        assert_eq!(on(|_, y| y, None).verdict, INCONCLUSIVE);
    }
}
