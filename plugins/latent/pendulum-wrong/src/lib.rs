//! The factors of `latent-pendulum`, one of them wrong: the height is read off the sine. What does LaRe make of a mistake?

meed_guest::transition! {
    name: "latent-pendulum-wrong",
    summary: "Swing a pendulum up and hold it there",
    observation: Observation {
        _cos: f32 = "1" in -1.0..=1.0,
        sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    action: Action { torque: f32 = "N m" in -2.0..=2.0 },
    factors: Factors {
        upright: "the sine of the angle, taken for the height of the tip" in -1.0..=1.0,
        calm: "minus the squared velocity, as a share of the largest" in -1.0..=0.0,
        effort: "minus the squared torque, as a share of the largest" in ..=0.0,
    },
    reward: reward(observation, action),
}

fn reward(observation: &Observation, action: &Action) -> Factors {
    Factors {
        upright: observation.sin,
        calm: -observation.velocity * observation.velocity / 64.0,
        effort: -action.torque * action.torque / 4.0,
    }
}
