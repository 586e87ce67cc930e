//! The best-paid loop in a graph whose nodes are clusters of states.

use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;

/// A loop, and what a step of it pays on average.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Loop {
    /// The nodes in order; the last leads back to the first.
    pub(crate) nodes: Vec<usize>,
    /// What all its edges pay over the steps that they take.
    pub(crate) mean: f64,
}

/// An edge, what it pays, and the steps that it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) pay: f64,
    pub(crate) steps: f64,
}

/// Finds the loop whose edges pay most a step; `None` where no edges lead back.
///
/// Begins with any loop and looks for a better one until there is none: each time the longest path in the graph whose edges pay
/// less by the mean so far grows without end exactly where a better loop is.
pub(crate) fn best(nodes: usize, edges: &[Edge]) -> Option<Loop> {
    let least = edges.iter().map(|edge| edge.pay / edge.steps).fold(f64::INFINITY, f64::min);
    let mut found: Option<Loop> = None;
    loop {
        let mean = found.as_ref().map_or(least - 1.0, |found| found.mean);
        match better(nodes, edges, mean) {
            // Rounding must not go round in circles.
            Some(next) if next.mean > mean + 1e-12 * (1.0 + mean.abs()) => found = Some(next),
            _ => return found,
        }
    }
}

/// Finds a loop that pays more than `mean` on average, by Bellman and Ford.
fn better(nodes: usize, edges: &[Edge], mean: f64) -> Option<Loop> {
    let mut worth = vec![0.0; nodes];
    let mut from: Vec<Option<Edge>> = vec![None; nodes];
    let mut last = None;
    for _ in 0..=nodes {
        last = None;
        for edge in edges {
            let along = worth[edge.from] + edge.pay - mean * edge.steps;
            if along > worth[edge.to] + 1e-12 * (1.0 + mean.abs()) {
                worth[edge.to] = along;
                from[edge.to] = Some(*edge);
                last = Some(edge.to);
            }
        }
        last?;
    }
    // Back by as many edges as there are nodes, and one stands on the loop.
    let mut node = last?;
    for _ in 0..nodes {
        node = from[node]?.from;
    }
    let (start, mut path, mut pay, mut steps) = (node, Vec::new(), 0.0, 0.0);
    loop {
        let edge = from[node]?;
        path.push(node);
        pay += edge.pay;
        steps += edge.steps;
        node = edge.from;
        if node == start || path.len() > nodes {
            break;
        }
    }
    path.reverse();
    Some(Loop { nodes: path, mean: pay / steps })
}

/// Divides points into at most `most` clusters by Lloyd's algorithm, and gives each point's.
pub(crate) fn clusters(points: &[Vec<f64>], most: usize, chance: &mut impl Rng) -> Vec<usize> {
    const ROUNDS: usize = 10;
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    // Each centre is drawn by its squared distance from those before it.
    let (mut centres, mut far): (Vec<Vec<f64>>, Vec<f64>) = (Vec::new(), vec![1.0; points.len()]);
    while centres.len() < most {
        let Ok(chosen) = WeightedIndex::new(&far) else { break };
        let centre = points[chosen.sample(chance)].clone();
        far.iter_mut().zip(points).for_each(|(far, point)| *far = far.min(apart(point, &centre)));
        if centres.is_empty() {
            far.iter_mut().zip(points).for_each(|(far, point)| *far = apart(point, &centre));
        }
        centres.push(centre);
    }
    let mut nearest = vec![0; points.len()];
    for _ in 0..ROUNDS {
        for (point, nearest) in points.iter().zip(&mut nearest) {
            let by = |a: &usize, b: &usize| apart(point, &centres[*a]).total_cmp(&apart(point, &centres[*b]));
            *nearest = (0..centres.len()).min_by(by).unwrap_or(0);
        }
        let mut counts = vec![0.0; centres.len()];
        let mut sums: Vec<Vec<f64>> = centres.iter().map(|centre| vec![0.0; centre.len()]).collect();
        for (point, &nearest) in points.iter().zip(&nearest) {
            counts[nearest] += 1.0;
            sums[nearest].iter_mut().zip(point).for_each(|(sum, x)| *sum += x);
        }
        for ((centre, sum), count) in centres.iter_mut().zip(sums).zip(counts).filter(|(_, count)| *count > 0.0) {
            *centre = sum.into_iter().map(|sum| sum / count).collect();
        }
    }
    nearest
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn edges(list: &[(usize, usize, f64)]) -> Vec<Edge> {
        list.iter().map(|&(from, to, pay)| Edge { from, to, pay, steps: 1.0 }).collect()
    }

    #[test]
    fn the_best_paid_loop_is_found() {
        let graph =
            edges(&[(0, 1, 5.0), (1, 2, -1.0), (2, 0, -1.0), (1, 1, 0.5), (2, 3, 9.0), (3, 4, 9.0), (4, 2, -20.0)]);
        let found = best(5, &graph).unwrap();
        assert!((found.mean - 1.0).abs() < 1e-9, "{found:?}");
        assert_eq!((found.nodes.len(), best(5, &graph[4..6])), (3, None));
        assert_eq!(best(2, &edges(&[(1, 1, -3.0)])).unwrap().mean, -3.0);
        let slow = Edge { from: 1, to: 1, pay: 4.0, steps: 8.0 };
        assert_eq!(best(2, &[slow]).unwrap().mean, 0.5);
    }

    #[test]
    fn no_loop_of_a_random_graph_pays_more() {
        use rand::RngExt;
        let mut chance = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..50 {
            let graph: Vec<Edge> = (0..14)
                .map(|_| Edge {
                    from: chance.random_range(0..5),
                    to: chance.random_range(0..5),
                    pay: chance.random_range(-1.0..1.0),
                    steps: 1.0,
                })
                .collect();
            // Karp's formula, by all walks of up to five edges from every node.
            let mut worth = vec![vec![[f64::NEG_INFINITY; 5]; 6]; 5];
            for (start, worth) in worth.iter_mut().enumerate() {
                worth[0][start] = 0.0;
                for length in 1..=5 {
                    for edge in &graph {
                        let along = worth[length - 1][edge.from] + edge.pay;
                        worth[length][edge.to] = worth[length][edge.to].max(along);
                    }
                }
            }
            let returns = (0..5).flat_map(|s| (1..=5).map(move |length| (s, length)));
            let most = returns.map(|(s, length)| worth[s][length][s] / length as f64).fold(f64::NEG_INFINITY, f64::max);
            let found = best(5, &graph).map_or(f64::NEG_INFINITY, |found| found.mean);
            assert!(most == found || (most - found).abs() < 1e-9, "{most} {found}");
        }
    }

    #[test]
    fn points_that_lie_together_are_one_cluster() {
        let points: Vec<Vec<f64>> = (0..60).map(|i| vec![f64::from(i % 3) * 10.0, f64::from(i % 5) * 0.1]).collect();
        let found = clusters(&points, 3, &mut ChaCha8Rng::seed_from_u64(2));
        let together = (0..60).all(|i| (0..60).all(|j| (i % 3 != j % 3) || found[i] == found[j]));
        assert!(together, "{found:?}");
    }
}
