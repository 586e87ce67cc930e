//! The factors of `latent-humanoid-standup`, one of them wrong: the height is taken from the column after it. What does LaRe make of a mistake?

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "latent-humanoid-standup-wrong",
    summary: "Get a lying body to stand up, with small torques and without hard impacts",
    observation: Observation {
        position: [f32; 22] = "1",
        velocity: [f32; 23] = "1",
        _inertia: [f32; 140] = "1",
        _body_velocity: [f32; 84] = "1",
        _actuator_force: [f32; 23] = "1",
        contact_force: [f32; 84] = "1",
    },
    action: Action { control: [f32; 17] = "1" in -0.4..=0.4 },
    factors: Factors {
        height: "the torso's first angle, taken for its height",
        rise: "velocity of the torso upward",
        effort: "minus the squared torques" in ..=0.0,
        impact: "minus the squared contact forces, in thousands and at most ten" in -10.0..=0.0,
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    Factors {
        height: next.position[1],
        rise: next.velocity[2],
        effort: -norm_squared(&action.control),
        impact: -math::min(norm_squared(&next.contact_force) / 1000.0, 10.0),
    }
}
