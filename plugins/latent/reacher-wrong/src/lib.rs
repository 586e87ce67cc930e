//! The factors of `latent-reacher`, one of them wrong: the distance is measured from the centre. What does LaRe make of a mistake?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-reacher-wrong",
    summary: "Bring a two-jointed arm's fingertip to a target with small torques",
    observation: Observation {
        _cos: [f32; 2] = "1" in -1.0..=1.0,
        _sin: [f32; 2] = "1" in -1.0..=1.0,
        target: [f32; 2] = "1",
        _velocity: [f32; 2] = "1",
        _distance: [f32; 3] = "1",
    },
    action: Action { control: [f32; 2] = "1" in -1.0..=1.0 },
    factors: Factors {
        closeness: "minus the distance from the centre to the target, taken for the fingertip's" in ..=0.0,
        effort: "minus the squared torques" in ..=0.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    Factors { closeness: -norm(&observation.target), effort: -norm_squared(&action.control) }
}
