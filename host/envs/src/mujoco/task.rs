//! What is to be done with each model: what is seen, and what is rewarded.
//!
//! Costs of controls are computed in f32, as NumPy does with f32 actions, and sums of eight and more numbers in NumPy's order.

use std::sync::Arc;

use meed_core::Field;
use mujoco_rs::prelude::{MjData, MjModel, MjtObjBase};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

type Data = MjData<Arc<MjModel>>;

/// A task, in Gymnasium's fourth version where LaRe's experiments used it, else in its fifth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    HalfCheetah,
    Hopper { fourth: bool },
    Ant { fourth: bool },
    Walker2d { fourth: bool },
    Reacher { fourth: bool },
    HumanoidStandup { fourth: bool },
}

impl Task {
    pub(super) fn of(id: &str) -> Option<Self> {
        let (name, version) = id.rsplit_once("-v")?;
        let fourth = version == "4";
        match name {
            // The fourth version differs in what it tells beside the step alone.
            "HalfCheetah" => Some(Task::HalfCheetah),
            "Hopper" => Some(Task::Hopper { fourth }),
            "Ant" => Some(Task::Ant { fourth }),
            "Walker2d" => Some(Task::Walker2d { fourth }),
            "Reacher" => Some(Task::Reacher { fourth }),
            "HumanoidStandup" => Some(Task::HumanoidStandup { fourth }),
            _ => None,
        }
    }

    /// Names the model's file. The fourth Walker2d has other feet.
    pub(super) fn model(self) -> &'static str {
        match self {
            Task::HalfCheetah => "half_cheetah.xml",
            Task::Hopper { .. } => "hopper.xml",
            Task::Ant { .. } => "ant.xml",
            Task::Walker2d { fourth: true } => "walker2d.xml",
            Task::Walker2d { fourth: false } => "walker2d_v5.xml",
            Task::Reacher { .. } => "reacher.xml",
            Task::HumanoidStandup { .. } => "humanoidstandup.xml",
        }
    }

    /// Counts the steps of the simulation in a step of the environment.
    pub(super) fn substeps(self) -> usize {
        match self {
            Task::HalfCheetah | Task::Ant { .. } | Task::HumanoidStandup { .. } => 5,
            Task::Hopper { .. } | Task::Walker2d { .. } => 4,
            Task::Reacher { .. } => 2,
        }
    }

    pub(super) fn episode(self) -> u32 {
        if matches!(self, Task::Reacher { .. }) { 50 } else { 1000 }
    }

    /// Describes the numbers of [`Task::observe`].
    pub(super) fn fields(self, seen: usize, (positions, velocities): (usize, usize)) -> Vec<Field> {
        let field = |name: &str, size: usize| Field::new(name, size, "1", f32::NEG_INFINITY, f32::INFINITY);
        match self {
            Task::HalfCheetah => vec![field("position", positions - 1), field("velocity", velocities)],
            Task::Hopper { .. } | Task::Walker2d { .. } => {
                vec![field("position", positions - 1), Field::new("velocity", velocities, "1", -10.0, 10.0)]
            }
            Task::Ant { fourth } => {
                let contacts = seen - (positions - 2) - velocities;
                let mut fields = vec![field("position", positions - 2), field("velocity", velocities)];
                if !fourth {
                    fields.push(Field::new("contact_force", contacts, "1", -1.0, 1.0));
                }
                fields
            }
            Task::Reacher { .. } => vec![
                Field::new("cos", 2, "1", -1.0, 1.0),
                Field::new("sin", 2, "1", -1.0, 1.0),
                field("target", 2),
                field("velocity", 2),
                field("distance", seen - 8),
            ],
            Task::HumanoidStandup { fourth } => {
                let hidden = if fourth { 0 } else { 6 };
                // Each body has 10 numbers of inertia and 6 each of velocity and contact force.
                let bodies = (seen - (positions - 2) - velocities - (velocities - hidden)) / 22;
                vec![
                    field("position", positions - 2),
                    field("velocity", velocities),
                    field("inertia", bodies * 10),
                    field("body_velocity", bodies * 6),
                    field("actuator_force", velocities - hidden),
                    field("contact_force", bodies * 6),
                ]
            }
        }
    }

    /// Draws positions and velocities of the joints, in Gymnasium's distributions.
    pub(super) fn initial(self, rest: &[f64], velocities: usize, rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
        let reach = match self {
            Task::HalfCheetah | Task::Ant { .. } | Task::Reacher { .. } => 0.1,
            Task::Hopper { .. } | Task::Walker2d { .. } => 5e-3,
            Task::HumanoidStandup { .. } => 1e-2,
        };
        let mut position: Vec<f64> = rest.iter().map(|rest| rest + rng.random_range(-reach..reach)).collect();
        let mut velocity: Vec<f64> = match self {
            Task::HalfCheetah | Task::Ant { .. } => {
                (0..velocities).map(|_| 0.1 * rng.sample::<f64, _>(StandardNormal)).collect()
            }
            Task::Reacher { .. } => (0..velocities).map(|_| rng.random_range(-5e-3..5e-3)).collect(),
            _ => (0..velocities).map(|_| rng.random_range(-reach..reach)).collect(),
        };
        if let Task::Reacher { .. } = self {
            let target: [f64; 2] = loop {
                let target = [rng.random_range(-0.2..0.2), rng.random_range(-0.2..0.2)];
                if norm(&target) < 0.2 {
                    break target;
                }
            };
            position[rest.len() - 2..].copy_from_slice(&target);
            velocity[velocities - 2..].fill(0.0);
        }
        (position, velocity)
    }

    /// Gives what the agent sees.
    pub(super) fn observe(self, data: &Data) -> Vec<f64> {
        let (position, velocity) = (data.qpos(), data.qvel());
        let clipped = |numbers: &[f64], most: f64| numbers.iter().map(|x| x.clamp(-most, most)).collect::<Vec<f64>>();
        match self {
            Task::HalfCheetah => [&position[1..], velocity].concat(),
            Task::Hopper { .. } | Task::Walker2d { .. } => [&position[1..], &clipped(velocity, 10.0)].concat(),
            Task::Ant { fourth: true } => [&position[2..], velocity].concat(),
            Task::Ant { fourth: false } => {
                let contacts = data.cfrc_ext()[1..].as_flattened();
                [&position[2..], velocity, &clipped(contacts, 1.0)].concat()
            }
            Task::Reacher { fourth } => {
                let (cos, sin) = ([position[0].cos(), position[1].cos()], [position[0].sin(), position[1].sin()]);
                let distance = self.place(data);
                let distance = if fourth { &distance[..] } else { &distance[..2] };
                [&cos[..], &sin, &position[2..], &velocity[..2], distance].concat()
            }
            Task::HumanoidStandup { fourth } => {
                // The fourth version shows the world's own row, too, and the free joint's actuators, which there are not.
                let (body, joint) = if fourth { (0, 0) } else { (1, 6) };
                [
                    &position[2..],
                    velocity,
                    data.cinert()[body..].as_flattened(),
                    data.cvel()[body..].as_flattened(),
                    &data.qfrc_actuator()[joint..],
                    data.cfrc_ext()[body..].as_flattened(),
                ]
                .concat()
            }
        }
    }

    /// Gives the place that the reward compares before and after: where Ant's torso is, or how far Reacher's finger is off.
    pub(super) fn place(self, data: &Data) -> [f64; 3] {
        match self {
            Task::Ant { .. } => data.xpos()[1],
            Task::Reacher { .. } => {
                let body = |name: &str| {
                    let id = data.model().name_to_id(MjtObjBase::mjOBJ_BODY, name);
                    id.map_or([0.0; 3], |id| data.xpos()[id])
                };
                let (finger, target) = (body("fingertip"), body("target"));
                std::array::from_fn(|axis| finger[axis] - target[axis])
            }
            _ => [0.0; 3],
        }
    }

    /// Gives the reward of a step that is done, and whether the task ended.
    ///
    /// `position` is the first joint's before the step, `before` is [`Task::place`] before it.
    pub(super) fn reward(
        self,
        data: &Data,
        action: &[f32],
        position: f64,
        before: [f64; 3],
        timestep: f64,
    ) -> (f64, bool) {
        let squares: Vec<f32> = action.iter().map(|control| control * control).collect();
        let effort = sum(&squares);
        let time = timestep * self.substeps() as f64;
        let forward = (data.qpos()[0] - position) / time;
        match self {
            Task::HalfCheetah => (forward - f64::from(0.1 * effort), false),
            Task::Hopper { .. } | Task::Walker2d { .. } => {
                let healthy = self.healthy(data);
                let paid = healthy || self.fourth();
                (forward + f64::from(u8::from(paid)) - f64::from(1e-3 * effort), !healthy)
            }
            Task::Ant { .. } => {
                let forward = (data.xpos()[1][0] - before[0]) / time;
                let healthy = self.healthy(data);
                let paid = healthy || self.fourth();
                let contacts: Vec<f64> =
                    data.cfrc_ext().as_flattened().iter().map(|force| force.clamp(-1.0, 1.0).powi(2)).collect();
                // The fourth version neither shows nor counts contacts.
                let impact = if self.fourth() { 0.0 } else { 5e-4 * sum(&contacts) };
                let costs = f64::from(0.5 * effort) + impact;
                (forward + f64::from(u8::from(paid)) - costs, !healthy)
            }
            Task::Reacher { fourth } => {
                let distance = norm(&if fourth { before } else { self.place(data) });
                (-distance + f64::from(-effort), false)
            }
            Task::HumanoidStandup { .. } => {
                let squared = |numbers: &[f64]| sum(&numbers.iter().map(|x| x * x).collect::<Vec<f64>>());
                let height = data.qpos()[2] / timestep;
                let impact = (0.5e-6 * squared(data.cfrc_ext().as_flattened())).min(10.0);
                (height - 0.1 * squared(data.ctrl()) - impact + 1.0, false)
            }
        }
    }

    /// Tells whether it pays for health at every step, the one that ends the episode included, as the fourth version does.
    fn fourth(self) -> bool {
        matches!(self, Task::Hopper { fourth: true } | Task::Walker2d { fourth: true } | Task::Ant { fourth: true })
    }

    fn healthy(self, data: &Data) -> bool {
        let (position, velocity) = (data.qpos(), data.qvel());
        let between = |number: f64, low: f64, high: f64| low < number && number < high;
        match self {
            Task::Hopper { .. } => {
                position[2..].iter().chain(velocity).all(|number| between(*number, -100.0, 100.0))
                    && position[1] > 0.7
                    && between(position[2], -0.2, 0.2)
            }
            Task::Walker2d { .. } => between(position[1], 0.8, 2.0) && between(position[2], -1.0, 1.0),
            Task::Ant { .. } => {
                position.iter().chain(velocity).all(|number| number.is_finite()) && (0.2..=1.0).contains(&position[2])
            }
            _ => true,
        }
    }
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|number| number * number).sum::<f64>().sqrt()
}

/// Sums up to 128 numbers in NumPy's order: eight sums side by side, then these in pairs, then the rest.
fn sum<T: Copy + std::iter::Sum<T> + std::ops::Add<Output = T>>(numbers: &[T]) -> T {
    let (eights, rest) = numbers.as_chunks::<8>();
    let Some((first, others)) = eights.split_first() else { return rest.iter().copied().sum() };
    let r = others.iter().fold(*first, |sums, next| std::array::from_fn(|lane| sums[lane] + next[lane]));
    let paired = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    rest.iter().fold(paired, |sum, next| sum + *next)
}
