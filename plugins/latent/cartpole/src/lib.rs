//! Latent reward for LaRe: Keep a pole on a cart up (CartPole-v1).
//! Written from the task's description alone: the fewest columns that matter, nothing tuned, no division by what may be zero.

meed_guest::transition! {
    name: "latent-cartpole",
    summary: "Keep a pole on a cart up",
    observation: Observation {
        position: f32 = "m" in -4.8..=4.8,
        _velocity: f32 = "m/s",
        angle: f32 = "rad" in -0.41887903..=0.41887903,
        _angular_velocity: f32 = "rad/s",
    },
    action: Action { _push: f32 = "index" in 0.0..=1.0 },
    factors: Factors {
        upright: "minus the squared angle" in ..=0.0,
        centred: "minus the squared position" in ..=0.0,
    },
    reward: reward(observation),
}

fn reward(observation: &Observation) -> Factors {
    Factors { upright: -observation.angle * observation.angle, centred: -observation.position * observation.position }
}
