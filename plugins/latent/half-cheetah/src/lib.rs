//! Latent reward for LaRe: Run ahead as fast as possible with small torques (HalfCheetah-v4).
//! Written from the task's description alone: the fewest columns that matter, nothing tuned, no division by what may be zero.
//! The description says what is rewarded, so that both factors are terms of the true reward.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-half-cheetah",
    summary: "Run ahead as fast as possible with small torques",
    observation: Observation {
        _position: [f32; 8] = "1",
        velocity: [f32; 9] = "1",
    },
    action: Action { control: [f32; 6] = "1" in -1.0..=1.0 },
    factors: Factors {
        forward: "velocity along the track",
        effort: "minus the squared torques" in ..=0.0,
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    Factors { forward: next.velocity[0], effort: -norm_squared(&action.control) }
}
