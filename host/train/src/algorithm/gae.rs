//! Generalised advantage estimation (Schulman et al., 2015) with the two ends of an episode kept apart.

/// The rows of a rollout, time-major: row `t * lanes + l` is step `t` of lane `l`.
pub(crate) struct Rows<'a> {
    /// Agents of copies of the environment, each of which earns for itself.
    pub(crate) lanes: usize,
    /// The reward of each row.
    pub(crate) reward: &'a [f32],
    /// The value of the observation the action was taken in.
    pub(crate) value: &'a [f32],
    /// The value of the observation it led to: of the final one where an episode ended. Not looked at where it terminated.
    pub(crate) next_value: &'a [f32],
    /// The task ended the episode: there is nothing to come.
    pub(crate) terminated: &'a [bool],
    /// The time limit ended the episode: what would have come is worth `next_value`.
    pub(crate) truncated: &'a [bool],
}

/// Estimates how much better each row's action was than the policy's average.
pub(crate) fn advantages(rows: &Rows<'_>, gamma: f32, lambda: f32) -> Vec<f32> {
    let mut advantages = vec![0.0; rows.reward.len()];
    let mut later = vec![0.0; rows.lanes];
    for row in (0..rows.reward.len()).rev() {
        let later = &mut later[row % rows.lanes];
        let to_come = if rows.terminated[row] { 0.0 } else { rows.next_value[row] };
        let surprise = rows.reward[row] + gamma * to_come - rows.value[row];
        let goes_on = !(rows.terminated[row] || rows.truncated[row]);
        *later = surprise + if goes_on { gamma * lambda * *later } else { 0.0 };
        advantages[row] = *later;
    }
    advantages
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One lane, three steps, gamma 0.5, lambda 0.5; `ends` says how the second step ended.
    fn middle_ends(terminated: bool, truncated: bool) -> Vec<f32> {
        let rows = Rows {
            lanes: 1,
            reward: &[1.0, 2.0, 3.0],
            value: &[10.0, 20.0, 30.0],
            next_value: &[20.0, 8.0, 40.0],
            terminated: &[false, terminated, false],
            truncated: &[false, truncated, false],
        };
        advantages(&rows, 0.5, 0.5)
    }

    #[test]
    fn equals_the_sum_done_by_hand() {
        // Surprises: 1 + .5*20 - 10 = 1; 2 + .5*8 - 20 = -14; 3 + .5*40 - 30 = -7. Discount of the next: .25.
        assert_eq!(middle_ends(false, false), [1.0 + 0.25 * (-14.0 + 0.25 * -7.0), -14.0 + 0.25 * -7.0, -7.0]);
    }

    #[test]
    fn termination_leaves_nothing_to_come_and_truncation_leaves_the_value() {
        // Terminated: 2 - 20 = -18, and nothing flows back over the end.
        assert_eq!(middle_ends(true, false), [1.0 + 0.25 * -18.0, -18.0, -7.0]);
        // Truncated: the value of the final observation stays, and nothing flows back over the end.
        assert_eq!(middle_ends(false, true), [1.0 + 0.25 * -14.0, -14.0, -7.0]);
        // Both at once: the task itself ended.
        assert_eq!(middle_ends(true, true), middle_ends(true, false));
    }

    #[test]
    fn lanes_do_not_mix() {
        let rows = Rows {
            lanes: 2,
            reward: &[1.0, 5.0, 1.0, 5.0],
            value: &[0.0; 4],
            next_value: &[0.0; 4],
            terminated: &[false; 4],
            truncated: &[false; 4],
        };
        assert_eq!(advantages(&rows, 1.0, 1.0), [2.0, 10.0, 1.0, 5.0]);
    }
}
