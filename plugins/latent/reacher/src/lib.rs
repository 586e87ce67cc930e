//! Latent reward for LaRe: Bring a two-jointed arm's fingertip to a target with small torques (Reacher-v4).
//! Written from the task's description alone: the fewest columns that matter, nothing tuned, no division by what may be zero.
//! The description says what is rewarded, so that both factors are terms of the true reward.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-reacher",
    summary: "Bring a two-jointed arm's fingertip to a target with small torques",
    observation: Observation {
        _cos: [f32; 2] = "1" in -1.0..=1.0,
        _sin: [f32; 2] = "1" in -1.0..=1.0,
        _target: [f32; 2] = "1",
        _velocity: [f32; 2] = "1",
        distance: [f32; 3] = "1",
    },
    action: Action { control: [f32; 2] = "1" in -1.0..=1.0 },
    factors: Factors {
        closeness: "minus the distance from fingertip to target" in ..=0.0,
        effort: "minus the squared torques" in ..=0.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    Factors { closeness: -norm(&observation.distance), effort: -norm_squared(&action.control) }
}
