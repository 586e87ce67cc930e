//! Judges a whole episode of Pendulum by how calmly it was driven and where it ended. Shows an episode reward: it needs the
//! steps before and after, which a transition reward cannot see.

use meed_guest::prelude::*;

meed_guest::episode! {
    name: "smoothness",
    summary: "Calm control that ends upright",
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        _sin: f32 = "1" in -1.0..=1.0,
        _velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    granularity: episode,
    factors: Factors {
        calm: "minus the mean squared change of the torque from step to step" weight 0.1 in -16.0..=0.0,
        upright: "mean height of the tip over the last quarter" in -1.0..=1.0,
    },
    reward: judge(observation, action),
}

/// Abstains where there is but one step: nothing can change.
fn judge(observation: Series<Observation>, action: Series<Action>) -> Option<Factors> {
    if action.len() < 2 {
        return None;
    }
    let limited = |action: Action| math::clamp(action.torque, -2.0, 2.0);
    let changes: f32 =
        action.pairs().map(|(before, after)| limited(after) - limited(before)).map(|change| change * change).sum();
    let last = observation.len().div_ceil(4);
    let height: f32 = observation.iter().rev().take(last).map(|row| row.cos).sum();
    Some(Factors { calm: -changes / (action.len() - 1) as f32, upright: height / last as f32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_and_upright_is_best_and_one_step_is_no_episode() {
        let steps = Rows {
            rows: 5,
            observation: &[-1.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            action: &[1.0, 1.0, 0.0, 2.0, 0.5],
            ..Rows::default()
        };
        let episodes = Episodes { steps, episode_offsets: &[0, 2, 4, 5], ..Episodes::default() };
        let scores = Plugin::evaluate(&episodes).unwrap();
        assert_eq!(scores.values, [0.0, 1.0, -4.0, 1.0, 0.0, 0.0]);
        assert_eq!(scores.unscored.iter().map(|unscored| unscored.row).collect::<Vec<_>>(), [2]);
    }
}
