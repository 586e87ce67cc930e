//! A dense reward for Gymnasium's CartPole-v1, whose own reward is 1 at each step: what keeps the pole up also pays at once.
//! Shows a reward of the next observation, an unread field and the end of an episode as an input.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "cartpole",
    summary: "Keep the pole up and the cart in the middle",
    observation: Observation {
        position: f32 = "m" in -4.8..=4.8,
        _velocity: f32 = "m/s",
        angle: f32 = "rad" in -0.41887903..=0.41887903,
        _angular_velocity: f32 = "rad/s",
    },
    action: Action { _push: f32 = "index" in 0.0..=1.0 },
    factors: Factors {
        alive: "1 unless the pole has fallen or the cart has left the track" weight 0.5 in 0.0..=1.0,
        upright: "1 where the pole stands, 0 where it counts as fallen" weight 0.3 in 0.0..=1.0,
        centred: "1 in the middle of the track, 0 at its end" weight 0.2 in 0.0..=1.0,
    },
    reward: reward(next, terminated),
}

/// The angle, 12 degrees, and the position beyond which an episode ends.
const FALLEN: f32 = 0.209_439_51;
const TRACK: f32 = 2.4;

fn reward(next: &Observation, terminated: bool) -> Factors {
    let falloff = |share: f32| 1.0 - math::min(share * share, 1.0);
    Factors {
        alive: if terminated { 0.0 } else { 1.0 },
        upright: falloff(next.angle / FALLEN),
        centred: falloff(next.position / TRACK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_in_the_middle_pays_most() {
        let at =
            |position, angle| reward(&Observation { position, _velocity: 0.0, angle, _angular_velocity: 0.0 }, false);
        assert_eq!(at(0.0, 0.0), Factors { alive: 1.0, upright: 1.0, centred: 1.0 });
        assert_eq!(at(-3.0, 0.3), Factors { alive: 1.0, upright: 0.0, centred: 0.0 });
    }
}
