//! Potential-based shaping (Ng, Harada and Russell, 1999): a hint that changes no optimal policy.
//!
//! The potential of a state is one of the reward's factors, times its weight, asked for the state alone: for the row that stays in
//! the state and does nothing. So it cannot depend on what was done, whatever the factor reads. The factor is then a hint and
//! no longer paid for itself.

/// Gives what shaping adds to a step: `gamma Phi(s') - Phi(s)`, where nothing is to come after the task has ended.
pub(crate) fn shaping(potential: f32, next: f32, terminated: bool, gamma: f32) -> f32 {
    gamma * if terminated { 0.0 } else { next } - potential
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const STATES: usize = 7;
    const ACTIONS: usize = 3;
    const GAMMA: f64 = 0.9;

    /// A task of a few states, the last of which ends it: where each action leads with which probability, and what it pays.
    struct Mdp {
        leads: Vec<[f64; STATES]>,
        pays: Vec<[f64; STATES]>,
    }

    impl Mdp {
        fn draw(rng: &mut impl Rng) -> Self {
            let mut row = |low: f64| [(); STATES].map(|()| rng.random_range(low..1.0));
            let (mut leads, mut pays) = (Vec::new(), Vec::new());
            for _ in 0..STATES * ACTIONS {
                let weights = row(0.0);
                let sum: f64 = weights.iter().sum();
                leads.push(weights.map(|weight| weight / sum));
                pays.push(row(-1.0));
            }
            Mdp { leads, pays }
        }

        /// The best action of each state, by value iteration, and by how much it is better than the next best.
        fn best(&self, bonus: impl Fn(usize, usize) -> f64) -> Vec<(usize, f64)> {
            let mut values = [0.0; STATES];
            let worth = |values: &[f64; STATES], state: usize, action: usize| -> f64 {
                let row = state * ACTIONS + action;
                let to = |next: usize| self.pays[row][next] + bonus(state, next) + GAMMA * values[next];
                (0..STATES).map(|next| self.leads[row][next] * to(next)).sum()
            };
            for _ in 0..500 {
                let mut next = [0.0; STATES];
                for (state, value) in next.iter_mut().enumerate().take(STATES - 1) {
                    *value = (0..ACTIONS).map(|action| worth(&values, state, action)).fold(f64::MIN, f64::max);
                }
                values = next;
            }
            let choose = |state: usize| {
                let mut all: Vec<(usize, f64)> =
                    (0..ACTIONS).map(|action| (action, worth(&values, state, action))).collect();
                all.sort_by(|a, b| b.1.total_cmp(&a.1));
                (all[0].0, all[0].1 - all[1].1)
            };
            (0..STATES - 1).map(choose).collect()
        }
    }

    #[test]
    fn no_optimal_policy_changes() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut changed_by_paying = 0;
        for _ in 0..100 {
            let mdp = Mdp::draw(&mut rng);
            let potential: Vec<f32> = (0..STATES).map(|_| rng.random_range(-5.0..5.0)).collect();
            let shaped = |state: usize, next: usize| {
                f64::from(shaping(potential[state], potential[next], next == STATES - 1, GAMMA as f32))
            };
            let plain = mdp.best(|_, _| 0.0);
            for ((a, lead), (b, other)) in plain.iter().zip(mdp.best(shaped)) {
                assert!(*a == b || lead.max(other) < 1e-4);
                assert!((lead - other).abs() < 1e-4);
            }
            // Paying the same hint outright does change them: the potentials are large enough to matter.
            let paid = mdp.best(|_, next| f64::from(potential[next]));
            changed_by_paying += usize::from(plain.iter().zip(&paid).any(|(a, b)| a.0 != b.0));
        }
        assert!(changed_by_paying > 50, "{changed_by_paying}");
    }
}
