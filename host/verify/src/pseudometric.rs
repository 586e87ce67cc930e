//! Distances between rewards of one finite decision process, computed exactly.
//!
//! Two rewards that differ by a positive factor, a constant and a potential have the same best policies. EPIC, NPEC, DARD and
//! STARC are built so that such rewards are at distance 0; the plain Pearson and Spearman distances are not, and stand beside
//! them. Every distance lies between 0 and 1 and is `None` where a reward has nothing left to compare.
//!
//! States and actions are drawn evenly, as in the tabular definitions.

use crate::ordering::{distance, pearson, spearman};

/// A reward of every transition of a finite decision process.
#[derive(Clone, Debug, PartialEq)]
pub struct TabularReward {
    states: usize,
    actions: usize,
    values: Vec<f64>,
}

/// The probabilities of every transition of a finite decision process.
#[derive(Clone, Debug, PartialEq)]
pub struct Dynamics {
    states: usize,
    actions: usize,
    values: Vec<f64>,
}

impl TabularReward {
    /// Takes states x actions x states numbers, row by row; `None` where there are more or fewer.
    pub fn new(states: usize, actions: usize, values: Vec<f64>) -> Option<Self> {
        (values.len() == states * actions * states).then_some(TabularReward { states, actions, values })
    }

    /// Makes a reward of a function of state, action and next state.
    pub fn of(states: usize, actions: usize, mut value: impl FnMut(usize, usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(states * actions * states);
        for s in 0..states {
            for a in 0..actions {
                values.extend((0..states).map(|next| value(s, a, next)));
            }
        }
        TabularReward { states, actions, values }
    }

    /// Gives the reward of a transition.
    pub fn at(&self, state: usize, action: usize, next: usize) -> f64 {
        self.values[(state * self.actions + action) * self.states + next]
    }

    /// Gives the mean reward of every state over all actions and all next states.
    fn means(&self) -> Vec<f64> {
        let width = self.actions * self.states;
        self.values.chunks(width.max(1)).map(|row| row.iter().sum::<f64>() / width as f64).collect()
    }

    /// Gives EPIC's canonical reward: r + E\[g r(s', A, S') - r(s, A, S') - g r(S, A, S')\].
    pub fn epic_canonical(&self, discount: f64) -> TabularReward {
        let means = self.means();
        let overall = means.iter().sum::<f64>() / means.len().max(1) as f64;
        TabularReward::of(self.states, self.actions, |s, a, next| {
            self.at(s, a, next) + discount * means[next] - means[s] - discount * overall
        })
    }

    /// Gives DARD's canonical reward: r + E\[g r(s', A, S'') - r(s, A, S') - g r(S', A, S'')\] with S' from s and S'' from s'.
    pub fn dard_canonical(&self, dynamics: &Dynamics, discount: f64) -> TabularReward {
        let share = 1.0 / self.actions as f64;
        let mean = |from: usize, of: &dyn Fn(usize, usize) -> f64| -> f64 {
            let of_action = |a| (0..self.states).map(|next| dynamics.at(from, a, next) * of(a, next)).sum::<f64>();
            (0..self.actions).map(of_action).sum::<f64>() * share
        };
        let means: Vec<f64> = (0..self.states).map(|s| mean(s, &|a, next| self.at(s, a, next))).collect();
        // What a step from `from` pays that ends as a step from `s'` would.
        let beside: Vec<Vec<f64>> = (0..self.states)
            .map(|from| (0..self.states).map(|next| mean(next, &|a, last| self.at(from, a, last))).collect())
            .collect();
        TabularReward::of(self.states, self.actions, |s, a, next| {
            let between = mean(s, &|_, from| beside[from][next]);
            self.at(s, a, next) + discount * means[next] - means[s] - discount * between
        })
    }

    /// Gives STARC's canonical reward with the values of the even policy: E\[r(s, a, S') - V(s) + g V(S')\], by state and action.
    pub fn value_canonical(&self, dynamics: &Dynamics, discount: f64) -> Vec<f64> {
        let values = self.values_of_even_policy(dynamics, discount);
        let mut canonical = Vec::with_capacity(self.states * self.actions);
        for s in 0..self.states {
            for a in 0..self.actions {
                let of = |next: usize| dynamics.at(s, a, next) * (self.at(s, a, next) + discount * values[next]);
                canonical.push((0..self.states).map(of).sum::<f64>() - values[s]);
            }
        }
        canonical
    }

    /// Solves V = r + g P V for the policy that takes all actions alike.
    fn values_of_even_policy(&self, dynamics: &Dynamics, discount: f64) -> Vec<f64> {
        let share = 1.0 / self.actions as f64;
        let mut matrix = vec![vec![0.0; self.states + 1]; self.states];
        for (s, row) in matrix.iter_mut().enumerate() {
            row[s] = 1.0;
            for a in 0..self.actions {
                for next in 0..self.states {
                    let probability = share * dynamics.at(s, a, next);
                    row[next] -= discount * probability;
                    row[self.states] += probability * self.at(s, a, next);
                }
            }
        }
        eliminate(matrix)
    }
}

impl Dynamics {
    /// Takes states x actions x states probabilities, row by row; `None` where there are more or fewer, or a row does not sum
    /// to 1.
    pub fn new(states: usize, actions: usize, values: Vec<f64>) -> Option<Self> {
        let sound = values.len() == states * actions * states
            && values
                .chunks(states.max(1))
                .all(|row| row.iter().all(|value| *value >= 0.0) && (row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        sound.then_some(Dynamics { states, actions, values })
    }

    fn at(&self, state: usize, action: usize, next: usize) -> f64 {
        self.values[(state * self.actions + action) * self.states + next]
    }
}

/// Gives sqrt((1 - rho) / 2) of Pearson's correlation of the rewards over all transitions.
pub fn pearson_distance(a: &TabularReward, b: &TabularReward) -> Option<f64> {
    pearson(&a.values, &b.values).map(distance)
}

/// Gives sqrt((1 - rho) / 2) of Spearman's correlation of the rewards over all transitions.
pub fn spearman_distance(a: &TabularReward, b: &TabularReward) -> Option<f64> {
    spearman(&a.values, &b.values).map(distance)
}

/// Gives the EPIC distance: Pearson's, of the canonical rewards.
pub fn epic(a: &TabularReward, b: &TabularReward, discount: f64) -> Option<f64> {
    canonical_distance(a, &a.epic_canonical(discount), b, &b.epic_canonical(discount))
}

/// Gives the DARD distance: Pearson's, of the rewards made canonical by the process's own transitions.
pub fn dard(a: &TabularReward, b: &TabularReward, dynamics: &Dynamics, discount: f64) -> Option<f64> {
    canonical_distance(a, &a.dard_canonical(dynamics, discount), b, &b.dard_canonical(dynamics, discount))
}

/// Gives the STARC distance with the canonicalisation by values and the Euclidean norm: half the distance of the canonical
/// rewards, each divided by its norm.
pub fn starc(a: &TabularReward, b: &TabularReward, dynamics: &Dynamics, discount: f64) -> Option<f64> {
    let canonical = |reward: &TabularReward| {
        let canonical = reward.value_canonical(dynamics, discount);
        (norm(&canonical) > ROUNDING * norm_of(reward)).then_some(canonical)
    };
    unit_distance(&canonical(a)?, &canonical(b)?)
}

/// Gives half the distance of two vectors, each divided by its Euclidean norm; `None` where one is zero.
pub(crate) fn unit_distance(a: &[f64], b: &[f64]) -> Option<f64> {
    let (s, t) = (norm(a), norm(b));
    let apart: Vec<f64> = a.iter().zip(b).map(|(a, b)| a / s - b / t).collect();
    (s > 0.0 && t > 0.0).then(|| norm(&apart) / 2.0)
}

/// Gives the NPEC distance of `a` from `b`: how near a positive multiple of `a` with a constant and a potential comes to `b`, over
/// how near a constant and a potential alone come. Euclidean; the minimum is found by projection, not by iteration.
pub fn npec(a: &TabularReward, b: &TabularReward, discount: f64) -> Option<f64> {
    projected(potentials(a.states, a.actions, discount), a.values.clone(), b.values.clone())
}

/// Gives how near a positive multiple of `a` and a combination of the basis come to `b`, over how near the basis alone comes.
pub(crate) fn projected(basis: Vec<Vec<f64>>, a: Vec<f64>, b: Vec<f64>) -> Option<f64> {
    let basis = orthonormal(basis);
    let sizes = (norm(&a), norm(&b));
    let (a_rest, b_rest) = (without(&basis, a), without(&basis, b));
    if norm(&b_rest) <= ROUNDING * sizes.1 {
        return None;
    }
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let factor = if norm(&a_rest) <= ROUNDING * sizes.0 {
        0.0
    } else {
        (dot(&a_rest, &b_rest) / dot(&a_rest, &a_rest)).max(0.0)
    };
    let left: Vec<f64> = a_rest.iter().zip(&b_rest).map(|(a, b)| b - factor * a).collect();
    Some(norm(&left) / norm(&b_rest))
}

/// A share of a reward's size below which what is left of it is rounding.
const ROUNDING: f64 = 1e-12;

fn canonical_distance(a: &TabularReward, c: &TabularReward, b: &TabularReward, d: &TabularReward) -> Option<f64> {
    let left = |whole: &TabularReward, canonical: &TabularReward| norm_of(canonical) > ROUNDING * norm_of(whole);
    if left(a, c) && left(b, d) { pearson_distance(c, d) } else { None }
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn norm_of(reward: &TabularReward) -> f64 {
    norm(&reward.values)
}

/// Gives a constant, and the shaping by a potential of each state alone.
fn potentials(states: usize, actions: usize, discount: f64) -> Vec<Vec<f64>> {
    let constant = TabularReward::of(states, actions, |_, _, _| 1.0);
    let of = |state: usize| {
        let is = move |other: usize| f64::from(u8::from(other == state));
        TabularReward::of(states, actions, move |s, _, next| discount * is(next) - is(s))
    };
    std::iter::once(constant).chain((0..states).map(of)).map(|reward| reward.values).collect()
}

/// Makes vectors orthonormal and drops those that depend on the ones before.
fn orthonormal(vectors: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in vectors {
        let size = norm(&vector);
        let rest = without(&basis, vector);
        let left = norm(&rest);
        if left > 1e-9 * size {
            basis.push(rest.into_iter().map(|value| value / left).collect());
        }
    }
    basis
}

/// Takes out of a vector what lies along an orthonormal basis; twice, for what rounding leaves.
fn without(basis: &[Vec<f64>], mut vector: Vec<f64>) -> Vec<f64> {
    for along in basis.iter().chain(basis) {
        let share: f64 = along.iter().zip(&vector).map(|(along, value)| along * value).sum();
        vector.iter_mut().zip(along).for_each(|(value, along)| *value -= share * along);
    }
    vector
}

/// Solves a system of as many rows, with the right side as the last column, by Gaussian elimination with pivoting.
pub(crate) fn eliminate(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    let size = matrix.len();
    for column in 0..size {
        let rows = column..size;
        let Some(pivot) = rows.max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs())) else {
            break;
        };
        matrix.swap(column, pivot);
        let top = matrix[column].clone();
        for row in (0..size).filter(|&row| row != column) {
            let factor = matrix[row][column] / top[column];
            matrix[row].iter_mut().zip(&top).for_each(|(value, top)| *value -= factor * top);
        }
    }
    (0..size).map(|row| matrix[row][size] / matrix[row][row]).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        states: usize,
        actions: usize,
        discount: f64,
        dynamics: Vec<f64>,
        a: Vec<f64>,
        b: Vec<f64>,
        pearson: f64,
        spearman: f64,
        epic: f64,
        npec: f64,
        dard: f64,
        starc: f64,
    }

    #[test]
    fn numpy_says_the_same_of_two_hundred_random_processes() {
        let text = include_str!("../fixtures/tabular.json");
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        assert_eq!(cases.len(), 200);
        let mut worst = 0.0f64;
        for (index, case) in cases.into_iter().enumerate() {
            let reward = |values| TabularReward::new(case.states, case.actions, values).unwrap();
            let (a, b) = (reward(case.a), reward(case.b));
            let dynamics = Dynamics::new(case.states, case.actions, case.dynamics).unwrap();
            for (name, ours, theirs) in [
                ("pearson", pearson_distance(&a, &b), case.pearson),
                ("spearman", spearman_distance(&a, &b), case.spearman),
                ("epic", epic(&a, &b, case.discount), case.epic),
                ("npec", npec(&a, &b, case.discount), case.npec),
                ("dard", dard(&a, &b, &dynamics, case.discount), case.dard),
                ("starc", starc(&a, &b, &dynamics, case.discount), case.starc),
            ] {
                let apart = (ours.unwrap() - theirs).abs();
                worst = worst.max(apart);
                assert!(apart < 1e-6, "case {index}, {name}: {ours:?} is not {theirs}");
            }
        }
        assert!(worst < 1e-9, "{worst}");
    }

    prop_compose! {
        /// A process of up to six states with a reward, a potential and a discount.
        fn process()(states in 2usize..6, actions in 1usize..4, discount in 0.0f64..0.999)(
            values in prop::collection::vec(-10.0f64..10.0, states * actions * states),
            weights in prop::collection::vec(0.01f64..1.0, states * actions * states),
            potential in prop::collection::vec(-10.0f64..10.0, states),
            states in Just(states), actions in Just(actions), discount in Just(discount),
        ) -> (TabularReward, Dynamics, Vec<f64>, f64) {
            let rows = weights.chunks(states);
            let probabilities = rows.flat_map(|row| row.iter().map(|w| w / row.iter().sum::<f64>()).collect::<Vec<_>>());
            let dynamics = Dynamics::new(states, actions, probabilities.collect()).unwrap();
            (TabularReward::new(states, actions, values).unwrap(), dynamics, potential, discount)
        }
    }

    fn change(reward: &TabularReward, change: impl Fn(usize, usize, f64) -> f64) -> TabularReward {
        TabularReward::of(reward.states, reward.actions, |s, a, next| change(s, next, reward.at(s, a, next)))
    }

    proptest! {
        #[test]
        fn a_factor_a_constant_and_a_potential_change_nothing(
            (reward, dynamics, potential, g) in process(), factor in 0.1f64..10.0, constant in -5.0f64..5.0,
        ) {
            let shaped = change(&reward, |s, next, r| factor * r + g * potential[next] - potential[s] + constant);
            // Two states and one action leave nothing but a constant and a potential of some rewards.
            let near = |distance: Option<f64>, most: f64| distance.is_none_or(|distance| distance < most);
            prop_assert!(near(epic(&reward, &shaped, g), 1e-6));
            prop_assert!(near(npec(&reward, &shaped, g), 1e-9));
            prop_assert!(near(dard(&reward, &shaped, &dynamics, g), 1e-6));
            let potential_only = change(&reward, |s, next, r| factor * r + g * potential[next] - potential[s]);
            prop_assert!(near(starc(&reward, &potential_only, &dynamics, g), 1e-6));
        }

        #[test]
        fn the_opposite_is_as_far_as_can_be((reward, dynamics, _, g) in process()) {
            let opposite = change(&reward, |_, _, r| -r);
            let far = |distance: Option<f64>| distance.is_none_or(|distance| (distance - 1.0).abs() < 1e-9);
            prop_assert!(far(epic(&reward, &opposite, g)) && far(dard(&reward, &opposite, &dynamics, g)));
            prop_assert!(far(starc(&reward, &opposite, &dynamics, g)) && far(npec(&reward, &opposite, g)));
            prop_assert!(far(pearson_distance(&reward, &opposite)) && far(spearman_distance(&reward, &opposite)));
        }

        #[test]
        fn distances_lie_between_zero_and_one_and_keep_the_triangle(
            (first, dynamics, _, g) in process(), seed in 0u64..1000,
        ) {
            let noise = |s: usize, next: usize, salt: u64| (((s * 31 + next * 17) as u64 * 7919 + seed * salt) % 1009) as f64 / 50.0;
            let second = change(&first, |s, next, r| r + noise(s, next, 101));
            let third = change(&first, |s, next, r| noise(next, s, 211) - 0.5 * r);
            for measure in [&|a: &_, b: &_| epic(a, b, g), &|a: &_, b: &_| dard(a, b, &dynamics, g), &|a: &_, b: &_| starc(a, b, &dynamics, g)]
                as [&dyn Fn(&TabularReward, &TabularReward) -> Option<f64>; 3]
            {
                if let (Some(ab), Some(bc), Some(ac)) = (measure(&first, &second), measure(&second, &third), measure(&first, &third)) {
                    prop_assert!([ab, bc, ac].iter().all(|d| (0.0..=1.0 + 1e-12).contains(d)));
                    prop_assert!(ac <= ab + bc + 1e-9);
                }
            }
        }
    }

    #[test]
    fn a_potential_alone_leaves_nothing_to_compare() {
        let potential = TabularReward::of(4, 2, |s, _, next| 0.9 * (next as f64).sin() - (s as f64).sin());
        let other = TabularReward::of(4, 2, |s, a, next| (s * 5 + a * 3 + next * 7) as f64 % 4.0);
        assert_eq!((epic(&potential, &other, 0.9), npec(&other, &potential, 0.9)), (None, None));
    }
}
