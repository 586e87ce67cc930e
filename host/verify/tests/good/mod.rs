#![allow(clippy::expect_used, reason = "tests")]

//! Rewards that one may train with, for seven tasks, and recordings of a random and of a better policy to verify them on.

use std::path::{Path, PathBuf};

use meed_core::{Description, Factor, Field, NativeReward, Reads, RewardFactory, Row};
use meed_envs::{ActionSpace, EnvSpec, make};
use meed_trajectory::{Layout, Schema, Writer, open};
use meed_verify::{Report, Settings, Subject, verify};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A sound reward of one task.
pub(crate) struct Good {
    pub(crate) name: &'static str,
    pub(crate) env: &'static str,
    reads: &'static [&'static str],
    next: &'static [&'static str],
    acts: bool,
    ends: bool,
    factors: Vec<Factor>,
    row: fn(Row<'_>, &mut [f32]),
}

const CART_POLE: &str = "CartPole-v1";
const PENDULUM: &str = "Pendulum-v1";
const CAR: &str = "MountainCar-v0";
const CONTINUOUS: &str = "MountainCarContinuous-v0";
const ACROBOT: &str = "Acrobot-v1";
const SPREAD: &str = "mpe2/simple_spread-3";
const CHASE: &str = "mpe2/simple_chase-3";

pub(crate) const ENVS: [&str; 7] = [CART_POLE, PENDULUM, CAR, CONTINUOUS, ACROBOT, SPREAD, CHASE];

fn factor(name: &str, low: f32, high: f32, weight: f32) -> Factor {
    Factor::new(name, low, high, weight, "a number")
}

/// Lists the rewards.
pub(crate) fn rewards() -> Vec<Good> {
    let any = f32::INFINITY;
    let of =
        |env, name, reads, factors, row| Good { name, env, reads, next: &[], acts: false, ends: false, factors, row };
    let mut list: Vec<Good> = Vec::new();

    // CartPole: position, velocity, angle, angular velocity.
    let one = |name: &str, low, high| vec![factor(name, low, high, 1.0)];
    list.push(of(CART_POLE, "cart-cosine", &["angle"], one("upright", 0.0, 1.0), |r, out| {
        out[0] = r.observation[2].cos()
    }));
    list.push(of(CART_POLE, "cart-square", &["angle"], one("upright", -1.0, 1.0), |r, out| {
        out[0] = 1.0 - (r.observation[2] / 0.21).powi(2).min(2.0);
    }));
    list.push(of(
        CART_POLE,
        "cart-centred",
        &["position", "angle"],
        vec![factor("upright", -1.0, 1.0, 1.0), factor("centred", -1.0, 1.0, 0.5)],
        |r, out| {
            out[0] = 1.0 - (r.observation[2] / 0.21).powi(2).min(2.0);
            out[1] = 1.0 - (r.observation[0] / 2.4).powi(2).min(2.0);
        },
    ));
    list.push(of(
        CART_POLE,
        "cart-steady",
        &["angle", "angular_velocity"],
        vec![factor("upright", 0.0, 1.0, 1.0), factor("steady", 0.0, 1.0, 0.3)],
        |r, out| {
            out[0] = 1.0 - (r.observation[2].abs() / 0.3).min(1.0);
            out[1] = (-r.observation[3].powi(2)).exp();
        },
    ));
    list.push(Good {
        ends: true,
        ..of(
            CART_POLE,
            "cart-alive",
            &["angle"],
            vec![factor("alive", -5.0, 1.0, 1.0), factor("upright", 0.0, 0.3, 1.0)],
            |r, out| {
                out[0] = if r.terminated { -5.0 } else { 1.0 };
                out[1] = 0.3 - r.observation[2].abs().min(0.3);
            },
        )
    });
    list.push(Good {
        next: &["angle", "position"],
        ..of(CART_POLE, "cart-next", &[], one("upright", -1.0, 1.0), |r, out| {
            out[0] =
                1.0 - (r.next_observation[2] / 0.21).powi(2).min(1.0) - (r.next_observation[0] / 2.4).powi(2).min(1.0);
        })
    });

    // Pendulum: cos, sin, velocity; torque.
    list.push(of(PENDULUM, "pendulum-cosine", &["cos"], one("upright", -1.0, 1.0), |r, out| out[0] = r.observation[0]));
    list.push(of(PENDULUM, "pendulum-height", &["cos"], one("height", 0.0, 1.0), |r, out| {
        out[0] = ((1.0 + r.observation[0]) / 2.0).powi(2);
    }));
    list.push(of(
        PENDULUM,
        "pendulum-calm",
        &["cos", "velocity"],
        vec![factor("upright", -1.0, 1.0, 1.0), factor("calm", -64.0, 0.0, 0.01)],
        |r, out| (out[0], out[1]) = (r.observation[0], -r.observation[2].powi(2)),
    ));
    list.push(Good {
        acts: true,
        ..of(
            PENDULUM,
            "pendulum-own",
            &["cos", "sin", "velocity"],
            vec![
                factor("angle", -9.9, 0.0, 1.0),
                factor("velocity", -64.0, 0.0, 0.1),
                factor("torque", -4.0, 0.0, 0.001),
            ],
            |r, out| {
                out[0] = -r.observation[1].atan2(r.observation[0]).powi(2);
                out[1] = -r.observation[2].powi(2);
                out[2] = -r.action[0].powi(2);
            },
        )
    });
    list.push(Good {
        acts: true,
        ..of(
            PENDULUM,
            "pendulum-thrifty",
            &["cos"],
            vec![factor("upright", -1.0, 1.0, 1.0), factor("thrift", -1.0, 0.0, 0.2)],
            |r, out| (out[0], out[1]) = (r.observation[0], -(r.action[0] / 2.0).powi(2)),
        )
    });
    list.push(Good {
        next: &["cos", "sin"],
        ..of(PENDULUM, "pendulum-next", &[], one("angle", -3.2, 0.0), |r, out| {
            out[0] = -r.next_observation[1].atan2(r.next_observation[0]).abs();
        })
    });

    // MountainCar: position, velocity.
    list.push(of(CAR, "car-energy", &["position", "velocity"], one("energy", -2.0, 3.0), |r, out| {
        out[0] = (3.0 * r.observation[0]).sin() + 300.0 * r.observation[1].powi(2) - 1.0;
    }));
    list.push(of(CAR, "car-speed", &["velocity"], one("speed", 0.0, 1.0), |r, out| {
        out[0] = r.observation[1].abs() / 0.07
    }));
    list.push(of(CAR, "car-height", &["position"], one("height", -1.0, 1.0), |r, out| {
        out[0] = (3.0 * r.observation[0]).sin()
    }));
    list.push(Good {
        next: &["position", "velocity"],
        ..of(CAR, "car-gain", &["position", "velocity"], one("gain", -2.0, 1.0), |r, out| {
            let energy = |o: &[f32]| (3.0 * o[0]).sin() + 300.0 * o[1].powi(2);
            out[0] = 0.99 * energy(r.next_observation) - energy(r.observation);
        })
    });
    list.push(Good {
        acts: true,
        ..of(
            CONTINUOUS,
            "throttle-energy",
            &["position", "velocity"],
            vec![factor("energy", -2.0, 3.0, 1.0), factor("thrift", -1.0, 0.0, 0.1)],
            |r, out| {
                out[0] = (3.0 * r.observation[0]).sin() + 300.0 * r.observation[1].powi(2);
                out[1] = -r.action[0].powi(2);
            },
        )
    });
    list.push(of(CONTINUOUS, "throttle-speed", &["velocity"], one("speed", 0.0, 1.0), |r, out| {
        out[0] = (r.observation[1] / 0.07).powi(2);
    }));
    list.push(Good {
        next: &["position", "velocity"],
        ..of(CONTINUOUS, "throttle-next", &[], one("energy", -2.0, 3.0), |r, out| {
            out[0] = (3.0 * r.next_observation[0]).sin() + 300.0 * r.next_observation[1].powi(2);
        })
    });
    list.push(of(
        CONTINUOUS,
        "throttle-apart",
        &["position", "velocity"],
        vec![factor("height", -1.0, 1.0, 1.0), factor("speed", 0.0, 1.0, 1.5)],
        |r, out| (out[0], out[1]) = ((3.0 * r.observation[0]).sin(), (r.observation[1] / 0.07).powi(2)),
    ));

    // Acrobot: cos and sin of both angles, both velocities.
    list.push(of(
        ACROBOT,
        "tip-height",
        &["cos_first", "sin_first", "cos_second", "sin_second"],
        one("height", -2.0, 2.0),
        |r, out| {
            let o = r.observation;
            out[0] = -o[0] - (o[0] * o[2] - o[1] * o[3]);
        },
    ));
    list.push(Good {
        next: &["cos_first", "sin_first", "cos_second", "sin_second"],
        ..of(ACROBOT, "tip-next", &[], one("height", -4.0, 0.0), |r, out| {
            let o = r.next_observation;
            out[0] = -o[0] - (o[0] * o[2] - o[1] * o[3]) - 2.0;
        })
    });
    list.push(of(
        ACROBOT,
        "swing-energy",
        &["cos_first", "velocity_first"],
        vec![factor("height", -1.0, 1.0, 1.0), factor("speed", 0.0, 1.0, 1.0)],
        |r, out| (out[0], out[1]) = (-r.observation[0], (r.observation[4] / 12.6).powi(2)),
    ));

    // spread: velocity, position, three landmarks, two others, four zeros.
    list.push(of(SPREAD, "near-one", &["landmarks"], one("near", -any, 0.0), |r, out| {
        out[0] = -nearest(&r.observation[4..10])
    }));
    list.push(of(
        SPREAD,
        "near-apart",
        &["landmarks", "others"],
        vec![factor("near", -any, 0.0, 1.0), factor("apart", 0.0, 0.3, 1.0)],
        |r, out| (out[0], out[1]) = (-nearest(&r.observation[4..10]), nearest(&r.observation[10..14]).min(0.3)),
    ));
    list.push(of(SPREAD, "near-bell", &["landmarks"], one("near", 0.0, 1.0), |r, out| {
        out[0] = (-nearest(&r.observation[4..10]).powi(2)).exp();
    }));
    list.push(of(
        SPREAD,
        "near-inside",
        &["position", "landmarks"],
        vec![factor("near", -any, 0.0, 1.0), factor("inside", -any, 0.0, 0.5)],
        |r, out| {
            let o = r.observation;
            out[0] = -nearest(&o[4..10]);
            out[1] = -(o[2].abs() - 1.0).max(0.0) - (o[3].abs() - 1.0).max(0.0);
        },
    ));

    // chase: velocity, position, obstacles, two other predators and the prey, the prey's velocity.
    list.push(of(CHASE, "close", &["others"], one("close", -any, 0.0), |r, out| out[0] = -prey(r.observation)));
    list.push(of(CHASE, "close-bell", &["others"], one("close", 0.0, 1.0), |r, out| {
        out[0] = (-2.0 * prey(r.observation).powi(2)).exp();
    }));
    list.push(of(
        CHASE,
        "close-and-caught",
        &["others"],
        vec![factor("close", -any, 0.0, 1.0), factor("caught", 0.0, 1.0, 2.0)],
        |r, out| {
            out[0] = -prey(r.observation);
            out[1] = f32::from(prey(r.observation) < 0.3);
        },
    ));
    list
}

/// Gives the distance of the nearest of several places, two numbers each.
fn nearest(places: &[f32]) -> f32 {
    places.chunks(2).map(|place| place[0].hypot(place[1])).fold(f32::INFINITY, f32::min)
}

/// Gives the distance of the prey.
fn prey(observation: &[f32]) -> f32 {
    let place = &observation[observation.len() - 4..observation.len() - 2];
    place[0].hypot(place[1])
}

/// Acts as one would who knows the task.
fn better(env: &str, observation: &[f32]) -> Vec<f32> {
    let o = observation;
    let towards = |x: f32, y: f32| match (x.abs() > y.abs(), x > 0.0, y > 0.0) {
        (true, false, _) => 1.0,
        (true, true, _) => 2.0,
        (false, _, false) => 3.0,
        (false, _, true) => 4.0,
    };
    let choice = match env {
        CART_POLE => f32::from(o[2] + 0.3 * o[3] + 0.02 * o[0] + 0.05 * o[1] > 0.0),
        // Pumps until there is energy enough, then balances.
        PENDULUM if o[0] > 0.9 => (-15.0 * o[1] - 4.0 * o[2]).clamp(-2.0, 2.0),
        PENDULUM => {
            let energy = 0.5 * o[2].powi(2) / 3.0 + 5.0 * (o[0] - 1.0);
            if energy * o[2] > 0.0 { -2.0 } else { 2.0 }
        }
        CAR => {
            if o[1] >= 0.0 {
                2.0
            } else {
                0.0
            }
        }
        CONTINUOUS => {
            if o[1] >= 0.0 {
                1.0
            } else {
                -1.0
            }
        }
        ACROBOT => {
            if o[5] > 0.0 {
                2.0
            } else {
                0.0
            }
        }
        SPREAD => {
            let places = o[4..10].chunks(2);
            let far = |place: &&[f32]| place[0].hypot(place[1]);
            places.min_by(|a, b| far(a).total_cmp(&far(b))).map_or(0.0, |place| towards(place[0], place[1]))
        }
        _ => towards(o[o.len() - 4], o[o.len() - 3]),
    };
    vec![choice]
}

/// Rows of a recording, about.
const ROWS: usize = 6000;

/// Records whole episodes of the random or of the better policy.
pub(crate) fn record(folder: &Path, env: &str, is_better: bool) -> PathBuf {
    let mut task = make(env, 1, 3).expect("it is a task that there is");
    let spec: EnvSpec = task.spec().clone();
    let policy = if is_better { "better" } else { "random" };
    let file = folder.join(format!("{}-{policy}.parquet", env.replace('/', "-")));
    let mut schema = Schema::new(Layout::from(&spec.observation[..]), Layout::from(&spec.action[..]));
    schema = schema.with_reward().with_next_observation();
    (schema.agent, schema.policy, schema.environment) = (spec.agents > 1, Some(policy.into()), Some(env.into()));
    let mut table = schema.table();
    let mut chance = ChaCha8Rng::seed_from_u64(9);
    let (mut episode, mut step, width) = (0, 0, spec.observation_size());
    while table.rows < ROWS || step > 0 {
        let observation = task.observation().to_vec();
        let action: Vec<f32> = observation
            .chunks(width)
            // Even a good policy errs.
            .flat_map(|seen| match is_better && chance.random::<f32>() > 0.1 {
                true => better(env, seen),
                false => match &spec.action_space {
                    ActionSpace::Discrete(choices) => vec![chance.random_range(0..*choices) as f32],
                    ActionSpace::Box { low, high } => vec![chance.random_range(low[0]..high[0])],
                },
            })
            .collect();
        let next = task.step(&action).expect("the action is one that there is");
        let agents = spec.agents as u32;
        table.rows += spec.agents;
        table.observation.extend(observation);
        table.action.extend(action);
        table.next_observation.extend_from_slice(next.next_observation);
        table.reward.extend_from_slice(next.reward);
        table.terminated.extend_from_slice(next.terminated);
        table.truncated.extend_from_slice(next.truncated);
        table.episode.extend((0..agents).map(|_| episode));
        table.step.extend((0..agents).map(|_| step));
        if agents > 1 {
            table.agent.extend(0..agents);
        }
        let ended = next.terminated[0] || next.truncated[0];
        (episode, step) = if ended { (episode + 1, 0) } else { (episode, step + 1) };
    }
    let mut writer = Writer::create(&file, schema).expect("the folder can be written to");
    writer.write(&table).expect("the rows are sound");
    writer.finish().expect("the disk has room");
    file
}

/// Verifies a reward on recordings.
pub(crate) fn report(good: &Good, data: &[PathBuf], settings: &Settings) -> Report {
    let spec = meed_envs::spec(good.env).expect("it is a task that there is");
    let fields = |fields: Vec<Field>, current: &[&str], next: &[&str]| -> Vec<Field> {
        let reads = |name: &str| Reads { current: current.contains(&name), next: next.contains(&name) };
        fields.into_iter().map(|field| Field { reads: reads(&field.name), ..field }).collect()
    };
    let actions: Vec<&str> = spec.action.iter().map(|field| field.name.as_str()).collect();
    let read_actions = if good.acts { actions } else { Vec::new() };
    let mut description = Description::transition(good.name, "0.1.0")
        .observation(fields(spec.observation.clone(), good.reads, good.next))
        .action(fields(spec.action.clone(), &read_actions, &[]))
        .factors(good.factors.clone());
    description.inputs.terminated = good.ends;
    let reward = NativeReward::per_row(description, good.row);
    let subject = Subject {
        verify: &reward as &dyn RewardFactory,
        train: Some(&reward),
        reference: None,
        hash: None,
        file: None,
    };
    let data = data.iter().map(|file| open(file).expect("it was recorded"));
    verify(&subject, data, settings).expect("the reward fits the recording")
}
