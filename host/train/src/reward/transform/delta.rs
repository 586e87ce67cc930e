//! Only what a step adds counts: repeating what made a reward large gains nothing.

/// `r_k - r_{k+1}`, and the last step of an episode keeps its own: from any step on, the sum is that step's reward. What comes after
/// the last row of a rollout is not known yet; it is taken to be the same again.
///
/// Row `t * lanes + l` is step `t` of lane `l`.
pub(crate) fn delta(rewards: &mut [f32], lanes: usize, ended: impl Fn(usize) -> bool) {
    for row in 0..rewards.len() {
        if !ended(row) {
            rewards[row] -= rewards.get(row + lanes).copied().unwrap_or(rewards[row]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_return_from_a_step_is_its_own_reward() {
        // Two lanes, one with an end in its middle.
        let rewards: Vec<f32> = (0..20).map(|row| ((row * 7919) % 13) as f32).collect();
        let ended = |row: usize| row >= 18 || row == 9;
        let mut deltas = rewards.clone();
        delta(&mut deltas, 2, ended);
        for (start, reward) in rewards.iter().enumerate() {
            let (mut sum, mut row) = (0.0, start);
            loop {
                sum += deltas[row];
                if ended(row) {
                    break;
                }
                row += 2;
            }
            assert_eq!(sum, *reward, "row {start}");
        }
    }

    #[test]
    fn repeating_a_good_step_gains_nothing() {
        for repetitions in [2, 10, 100] {
            let mut steps: Vec<f32> = std::iter::repeat_n(0.95, repetitions).chain([0.7, 0.7]).collect();
            let raw: f32 = steps.iter().sum();
            assert!((raw - 1.4 - 0.95 * repetitions as f32).abs() < 1e-3);
            let last = steps.len() - 1;
            delta(&mut steps, 1, |row| row == last);
            assert!((steps.iter().sum::<f32>() - 0.95).abs() < 1e-5);
        }
    }

    #[test]
    fn beyond_the_rows_there_are_nothing_changes() {
        let mut rewards = [1.0, 5.0, 3.0, 4.0];
        delta(&mut rewards, 2, |_| false);
        assert_eq!(rewards, [-2.0, 1.0, 0.0, 0.0]);
    }
}
