//! The factors of `latent-cartpole`, one of them wrong: the angle is taken from the column after it. What does LaRe make of a mistake?

meed_guest::transition! {
    name: "latent-cartpole-wrong",
    summary: "Keep a pole on a cart up",
    observation: Observation {
        position: f32 = "m" in -4.8..=4.8,
        _velocity: f32 = "m/s",
        _angle: f32 = "rad" in -0.41887903..=0.41887903,
        angular_velocity: f32 = "rad/s",
    },
    action: Action { _push: f32 = "index" in 0.0..=1.0 },
    factors: Factors {
        upright: "minus the squared angular velocity, taken for the angle" in ..=0.0,
        centred: "minus the squared position" in ..=0.0,
    },
    reward: reward(observation),
}

fn reward(observation: &Observation) -> Factors {
    Factors {
        upright: -observation.angular_velocity * observation.angular_velocity,
        centred: -observation.position * observation.position,
    }
}
