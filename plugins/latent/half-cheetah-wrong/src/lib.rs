//! The factors of `latent-half-cheetah`, one of them wrong: running back counts as running ahead. What does LaRe make of a mistake?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-half-cheetah-wrong",
    summary: "Run ahead as fast as possible with small torques",
    observation: Observation {
        _position: [f32; 8] = "1",
        velocity: [f32; 9] = "1",
    },
    action: Action { control: [f32; 6] = "1" in -1.0..=1.0 },
    factors: Factors {
        forward: "speed along the track in either direction, taken for the one ahead" in 0.0..,
        effort: "minus the squared torques" in ..=0.0,
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    Factors { forward: math::abs(next.velocity[0]), effort: -norm_squared(&action.control) }
}
