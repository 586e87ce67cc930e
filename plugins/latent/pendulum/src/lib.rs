//! Latent reward for LaRe: Swing a pendulum up and hold it there (Pendulum-v1).
//! Written from the task's description alone: the fewest columns that matter, nothing tuned, no division by what may be zero.
//! Speed and torque are terms of the true reward; for its squared angle stands the height of the tip.

meed_guest::transition! {
    name: "latent-pendulum",
    summary: "Swing a pendulum up and hold it there",
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        _sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    factors: Factors {
        upright: "height of the tip, 1 upright" in -1.0..=1.0,
        calm: "minus the squared velocity, as a share of the largest" in -1.0..=0.0,
        effort: "minus the squared torque, as a share of the largest" in ..=0.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    Factors {
        upright: observation.cos,
        calm: -observation.velocity * observation.velocity / 64.0,
        effort: -action.torque * action.torque / 4.0,
    }
}
