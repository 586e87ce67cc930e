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
        upright: "1 less the square of the angular velocity, taken for the angle" in ..=1.0,
        centred: "1 less the squared share of the way to the end of the track" in ..=1.0,
    },
    reward: reward(observation),
}

/// The angle in radians and the position in metres beyond which an episode ends.
const FALLEN: f32 = 0.209_439_51;
const TRACK: f32 = 2.4;

fn left(share: f32) -> f32 {
    1.0 - share * share
}

fn reward(observation: &Observation) -> Factors {
    Factors { upright: left(observation.angular_velocity / FALLEN), centred: left(observation.position / TRACK) }
}
