//! An episode reward for Gymnasium's Pendulum-v1: it scores an episode as a whole, from its first step to its last.

use meed_guest::prelude::*;

meed_guest::episode! {
    name: "{{name}}",
    summary: "How high the pendulum hung, how high it ended, and with how much force",
    // All columns of a row, in order: a name, a type, a unit, a range.
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        // A field that the function doesn't read begins with an underscore.
        _sin: f32 = "1" in -1.0..=1.0,
        _velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    // One score for the whole episode; `row` asks for one a step.
    granularity: episode,
    // What the function returns: each number with its meaning, its weight in the reward and its range.
    factors: Factors {
        height: "mean height of the tip over the joint" in -1.0..=1.0,
        ending: "height of the tip at the last step" weight 0.5 in -1.0..=1.0,
        effort: "minus the mean squared torque" weight 0.01 in -4.0..=0.0,
    },
    // The function, and what it takes: also `next`, `terminated`, `truncated`, `env_reward`, `group`, ...
    reward: reward(observation, action),
}

/// Scores one episode, which has at least one step. The same numbers come out here and in the plugin, bit for bit.
fn reward(observation: Series<Observation>, action: Series<Action>) -> Factors {
    let steps = observation.len();
    let (mut height, mut effort) = (0.0, 0.0);
    for (observation, action) in observation.iter().zip(action.iter()) {
        let torque = math::clamp(action.torque, -2.0, 2.0);
        height += observation.cos;
        effort -= torque * torque;
    }
    Factors {
        height: height / steps as f32,
        ending: observation.get(steps - 1).cos,
        effort: effort / steps as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_episodes_of_a_batch_are_scored_apart() {
        let steps = Rows {
            rows: 3,
            observation: &[-1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            action: &[2.0, 0.0, 1.0],
            ..Rows::default()
        };
        let episodes = Episodes {
            steps,
            episode_offsets: &[0, 2, 3],
            ..Episodes::default()
        };
        let scores = Plugin::evaluate(&episodes).unwrap();
        assert_eq!(scores.values, [0.0, 1.0, -2.0, 0.0, 0.0, -1.0]);
    }
}
