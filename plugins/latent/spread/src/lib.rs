//! LaRe's spread with 6, 15 or 30 agents, written from the task's description: agents cover landmarks and avoid each other. What an
//! agent sees says it all; the factors are those of the next observation, as LaRe has them. At what distance two agents
//! touch is what the environment's documentation says; distance and touch are what the true reward is made of, the others are guesses.

use meed_guest::prelude::*;

include!("judge.rs");

meed_guest::transition! {
    name: "latent-spread",
    summary: "Near a landmark of its own, in nobody's way",
    observation: Observation {
        #[only(next)]
        velocity: [f32; 2] = "1",
        _position: [f32; 2] = "1",
        #[only(next)]
        nearest_landmarks: [f32; 12] = "1",
        #[only(next)]
        nearest_others: [f32; 10] = "1",
    },
    factors: Factors {
        near: "minus the distance of the nearest landmark" in ..=0.0,
        rivals: "minus the agents that are nearer to it" weight 0.2 in -5.0..=0.0,
        touching: "minus the agents that touch this one" weight 1.0 in -5.0..=0.0,
        calm: "minus the squared speed" weight 0.01 in ..=0.0,
    },
    reward: reward(next),
}

fn reward(next: &Observation) -> Factors {
    Factors {
        near: -to_landmark(next),
        rivals: -rivals(next),
        touching: -touching(next),
        calm: -dot(&next.velocity, &next.velocity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_on_a_landmark_of_its_own_is_worth_most() {
        let mut next = [9.0; 26];
        (next[0], next[1], next[4], next[5]) = (0.0, 0.0, 0.3, 0.4);
        let mut out = [1.0; 4];
        Plugin::step(&[], &[], &next, &mut out);
        assert_eq!(out, [-0.5, 0.0, 0.0, 0.0]);
        // Another agent between the two touches it, and is nearer.
        (next[16], next[17], next[0]) = (0.15, 0.2, 2.0);
        Plugin::step(&[], &[], &next, &mut out);
        assert_eq!(out, [-0.5, -1.0, -1.0, -4.0]);
    }
}
