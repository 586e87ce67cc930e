//! The tasks, and for each a reward that is known to teach it.

use meed_core::{Factor, Row};

/// A task with a good reward of several factors, which the candidates are variants of.
pub(crate) struct Task {
    /// The environment's id.
    pub(crate) env: &'static str,
    /// Environment steps of each training.
    pub(crate) steps: u64,
    /// The good reward's factors.
    pub(crate) factors: fn() -> Vec<Factor>,
    /// Computes them.
    pub(crate) good: fn(Row<'_>, &mut [f32]),
    /// Rewards of the task's own that mislead: what they are called, how strongly, and what they pay.
    pub(crate) misleading: &'static [Misleading],
    /// Columns of the next observation with next to nothing to do with the task.
    pub(crate) aside: usize,
    /// The standard deviation of the good reward on a random policy's steps, about.
    pub(crate) spread: f32,
}

/// A reward that asks for something else than the task does.
pub(crate) struct Misleading {
    pub(crate) flaw: &'static str,
    pub(crate) strength: f32,
    pub(crate) reward: fn(Row<'_>, f32) -> f32,
}

const fn misleading(flaw: &'static str, strength: f32, reward: fn(Row<'_>, f32) -> f32) -> Misleading {
    Misleading { flaw, strength, reward }
}

/// All tasks.
pub(crate) const TASKS: [Task; 3] = [CART_POLE, PENDULUM, SPREAD];

/// CartPole: the environment itself pays 1 a step.
const CART_POLE: Task = Task {
    env: "CartPole-v1",
    steps: 50_000,
    factors: || {
        vec![
            Factor::new("alive", 0.0, 1.0, 0.5, "1 unless the episode ended"),
            Factor::new("upright", 0.0, 1.0, 0.3, "1 where the pole stands, 0 where it counts as fallen"),
            Factor::new("centred", 0.0, 1.0, 0.2, "1 in the middle of the track, 0 at its end"),
        ]
    },
    good: |row, out| {
        out[0] = if row.terminated { 0.0 } else { 1.0 };
        out[1] = falloff(row.next_observation[2] / FALLEN);
        out[2] = falloff(row.next_observation[0] / TRACK);
    },
    misleading: &[
        misleading("lean", 0.05, |row, lean| falloff((row.next_observation[2] - lean) / FALLEN)),
        misleading("lean", 0.15, |row, lean| falloff((row.next_observation[2] - lean) / FALLEN)),
        misleading("lean", 0.4, |row, lean| falloff((row.next_observation[2] - lean) / FALLEN)),
        misleading("speed", 0.1, |row, weight| {
            falloff(row.next_observation[2] / FALLEN) + weight * row.next_observation[1].abs()
        }),
        misleading("speed", 3.0, |row, weight| {
            falloff(row.next_observation[2] / FALLEN) + weight * row.next_observation[1].abs()
        }),
        misleading("fall", 1.0, |row, weight| weight * (row.next_observation[2] / FALLEN).abs()),
        misleading("one-way", 1.0, |row, weight| weight * row.next_observation[0]),
        misleading("current-only", 1.0, |row, weight| weight * falloff(row.observation[0] / TRACK)),
    ],
    aside: 1,
    spread: 0.12,
};

/// The angle, 12 degrees, and the position beyond which CartPole's episodes end.
const FALLEN: f32 = 0.209_439_51;
const TRACK: f32 = 2.4;

fn falloff(share: f32) -> f32 {
    1.0 - (share * share).min(1.0)
}

/// Pendulum: the environment pays minus the angle's square, a tenth of the speed's and a thousandth of the torque's.
const PENDULUM: Task = Task {
    env: "Pendulum-v1",
    steps: 60_000,
    factors: || {
        vec![
            Factor::new("angle", -9.870, 0.0, 1.0, "minus the square of the angle from upright"),
            Factor::new("speed", -64.0, 0.0, 0.1, "minus the square of the angular velocity"),
            Factor::new("effort", -4.0, 0.0, 0.001, "minus the square of the torque"),
        ]
    },
    good: |row, out| {
        let angle = angle(row.observation);
        out[0] = -angle * angle;
        out[1] = -row.observation[2] * row.observation[2];
        let torque = row.action[0].clamp(-2.0, 2.0);
        out[2] = -torque * torque;
    },
    misleading: &[
        misleading("lean", 0.2, |row, lean| -(angle(row.next_observation) - lean).powi(2)),
        misleading("lean", 0.8, |row, lean| -(angle(row.next_observation) - lean).powi(2)),
        misleading("lean", 2.0, |row, lean| -(angle(row.next_observation) - lean).powi(2)),
        misleading("speed", 0.1, |row, weight| row.next_observation[0] + weight * row.next_observation[2].abs()),
        misleading("speed", 2.0, |row, weight| row.next_observation[0] + weight * row.next_observation[2].abs()),
        misleading("fall", 1.0, |row, weight| -weight * row.next_observation[0]),
        misleading("one-way", 1.0, |row, weight| weight * row.next_observation[1]),
        misleading("stillness", 1.0, |row, weight| -weight * row.next_observation[2].powi(2)),
    ],
    aside: 2,
    spread: 3.0,
};

/// The angle from upright, in radians from -pi to pi.
fn angle(observation: &[f32]) -> f32 {
    observation[1].atan2(observation[0])
}

/// Cooperative navigation of three agents, multi-agent particles' `simple_spread`: the team pays for every landmark the distance
/// of the agent nearest to it, and for collisions.
const SPREAD: Task = Task {
    env: "mpe2/simple_spread-3",
    steps: 100_000,
    factors: || {
        vec![
            Factor::new(
                "cover",
                f32::NEG_INFINITY,
                0.0,
                1.0,
                "minus each landmark's distance to the nearest agent, summed",
            ),
            Factor::new("collisions", -2.0, 0.0, 1.0, "minus the number of agents that this one touches"),
        ]
    },
    good: |row, out| {
        let (landmarks, others) = (points(&row.next_observation[4..10]), points(&row.next_observation[10..14]));
        out[0] = -landmarks.iter().map(|&landmark| nearest(landmark, &others)).sum::<f32>();
        out[1] = -others.iter().map(|other| f32::from(length(*other) < TOUCH)).sum::<f32>();
    },
    misleading: &[
        misleading("crowd", 0.3, |row, weight| {
            let others = points(&row.next_observation[10..14]);
            -length(points(&row.next_observation[4..10])[0])
                - weight * others.iter().map(|&other| length(other)).sum::<f32>()
        }),
        misleading("crowd", 3.0, |row, weight| {
            let others = points(&row.next_observation[10..14]);
            -length(points(&row.next_observation[4..10])[0])
                - weight * others.iter().map(|&other| length(other)).sum::<f32>()
        }),
        misleading("own-nearest", 1.0, |row, weight| {
            let landmarks = points(&row.next_observation[4..10]);
            -weight * landmarks.iter().map(|&landmark| length(landmark)).fold(f32::INFINITY, f32::min)
        }),
        misleading("all-landmarks", 1.0, |row, weight| {
            -weight * points(&row.next_observation[4..10]).iter().map(|&landmark| length(landmark)).sum::<f32>()
        }),
        misleading("speed", 1.0, |row, weight| weight * length([row.next_observation[0], row.next_observation[1]])),
        misleading("away", 1.0, |row, weight| {
            weight * points(&row.next_observation[4..10]).iter().map(|&landmark| length(landmark)).sum::<f32>()
        }),
        misleading("home", 1.0, |row, weight| -weight * length([row.next_observation[2], row.next_observation[3]])),
        misleading("one-way", 1.0, |row, weight| weight * row.next_observation[2]),
    ],
    aside: 2,
    spread: 1.0,
};

/// The distance below which two agents touch.
const TOUCH: f32 = 0.3;

fn points(columns: &[f32]) -> Vec<[f32; 2]> {
    columns.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

fn length([x, y]: [f32; 2]) -> f32 {
    (x * x + y * y).sqrt()
}

/// The distance of a landmark to the nearest agent, everything as seen from one of them.
fn nearest(landmark: [f32; 2], others: &[[f32; 2]]) -> f32 {
    let apart = others.iter().map(|other| length([landmark[0] - other[0], landmark[1] - other[1]]));
    apart.fold(length(landmark), f32::min)
}
