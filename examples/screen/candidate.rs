//! The rewards that are screened: for each task its good reward, variants that change nothing, variants with a flaw at several
//! strengths, and rewards that ask for something else.

use std::sync::Arc;

use meed_core::{Description, Factor, Field, NativeReward, Reads, RewardFactory, Row, Transitions};
use meed_envs::EnvSpec;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::task::{Misleading, Task};

/// A reward to screen.
pub(crate) struct Candidate {
    /// What is wrong with it; `good` where nothing is.
    pub(crate) flaw: &'static str,
    /// How much, in the flaw's own unit.
    pub(crate) strength: f32,
    /// The reward.
    pub(crate) reward: Box<dyn RewardFactory>,
}

impl Candidate {
    /// Names the candidate within its task.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.flaw, self.strength)
    }
}

/// Computes the factors of a row.
type Step = Arc<dyn Fn(Row<'_>, &mut [f32]) + Send + Sync>;

/// A candidate before it is described.
struct Draft {
    flaw: &'static str,
    strength: f32,
    factors: Vec<Factor>,
    step: Step,
    /// How much of the batch's mean is taken from every row.
    leak: f32,
}

/// Makes all candidates of a task.
pub(crate) fn candidates(task: &'static Task, spec: &EnvSpec) -> Vec<Candidate> {
    let drafts = harmless(task).into_iter().chain(flawed(task)).chain(task.misleading.iter().map(other));
    drafts.map(|draft| draft.finish(task, spec)).collect()
}

/// Variants that should train as well as the good reward: another scale, each weight halved or doubled, a constant more, a
/// coarser number.
fn harmless(task: &'static Task) -> Vec<Draft> {
    let mut drafts = vec![variant(task, "good", 1.0, |sum, _, _| sum)];
    let mut factored = variant(task, "good", 0.0, |sum, _, _| sum);
    factored.factors = (task.factors)();
    factored.step = Arc::new(task.good);
    drafts.push(factored);
    for scale in [0.01, 100.0] {
        drafts.push(variant(task, "scale", scale, |sum, scale, _| scale * sum));
    }
    for index in 0..(task.factors)().len() {
        let mut draft = variant(task, "weight", index as f32, |sum, _, _| sum);
        draft.factors = (task.factors)();
        draft.factors[index].weight *= 2.0;
        draft.step = Arc::new(task.good);
        drafts.push(draft);
    }
    drafts
}

/// The good reward with each kind of flaw at several strengths. Strengths of what is added are in standard deviations of the
/// good reward.
fn flawed(task: &'static Task) -> Vec<Draft> {
    let (spread, aside) = (task.spread, task.aside);
    let mut drafts = Vec::new();
    let mut add = |flaw, strengths: &[f32], change: fn(f32, f32, Row<'_>) -> f32| {
        drafts.extend(strengths.iter().map(|&strength| variant(task, flaw, strength, change)));
    };
    // The good reward's share falls until its sign turns.
    add("sign", &[0.3, 1.0], |sum, strength, _| (1.0 - 2.0 * strength) * sum);
    add("constant", &[1.0], |_, strength, _| strength);
    add("not-a-number", &[0.001, 0.1], |sum, share, row| if chance(row) < share { f32::NAN } else { sum });
    add("overflow", &[20.0], |sum, power, _| (power * sum.abs()).exp());
    // So coarse that little is left, or nothing.
    for strength in [0.5, 3.0, 30.0] {
        let coarse = move |sum: f32, steps: f32, _: Row<'_>| (sum / (steps * spread)).round() * steps * spread;
        drafts.push(variant(task, "coarse", strength, coarse));
    }
    let mut around = |flaw, strengths: &[f32], more: fn(Row<'_>, usize) -> f32| {
        for &strength in strengths {
            drafts.push(variant(task, flaw, strength, move |sum, strength, row| {
                sum + strength * spread * more(row, aside)
            }));
        }
    };
    around("noise", &[1.0, 5.0, 30.0], |row, _| 3.46 * (chance(row) - 0.5));
    around("stalling", &[1.0, 10.0], |_, _| 1.0);
    around("ending", &[-5.0, -30.0], |_, _| 1.0);
    around("distractor", &[1.0, 5.0, 30.0], |row, aside| row.next_observation[aside]);
    around("effort", &[-1.0, -10.0], |row, _| row.action.iter().map(|action| action * action).sum());
    for leak in [0.5, 1.0] {
        drafts.push(Draft { leak, ..variant(task, "leak", leak, |sum, _, _| sum) });
    }
    drafts
}

/// Makes the good reward one number, and changes it: `change` gets the sum, the strength and the row.
fn variant(
    task: &'static Task,
    flaw: &'static str,
    strength: f32,
    change: impl Fn(f32, f32, Row<'_>) -> f32 + Send + Sync + 'static,
) -> Draft {
    let weights: Vec<f32> = (task.factors)().iter().map(|factor| factor.weight).collect();
    let step = move |row: Row<'_>, out: &mut [f32]| {
        let mut factors = vec![0.0; weights.len()];
        (task.good)(row, &mut factors);
        let sum = factors.iter().zip(&weights).map(|(factor, weight)| factor * weight).sum();
        out[0] = change(sum, strength, row);
    };
    Draft { flaw, strength, factors: vec![one()], step: Arc::new(step), leak: 0.0 }
}

fn other(misleading: &'static Misleading) -> Draft {
    let Misleading { flaw, strength, reward } = *misleading;
    let step = move |row: Row<'_>, out: &mut [f32]| out[0] = reward(row, strength);
    Draft { flaw, strength, factors: vec![one()], step: Arc::new(step), leak: 0.0 }
}

fn one() -> Factor {
    Factor::new("reward", f32::NEG_INFINITY, f32::INFINITY, 1.0, "the whole reward")
}

/// Gives a number from 0 to 1 that hangs on nothing but the row's bits, and looks like chance.
fn chance(row: Row<'_>) -> f32 {
    let mix = |hash: u64, value: &f32| {
        (hash ^ u64::from(value.to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    };
    let hash = row.next_observation.iter().chain(row.action).fold(0x51_7C_C1_B7_27_22_0A_95, mix);
    (hash >> 40) as f32 / (1_u64 << 24) as f32
}

impl Draft {
    /// Describes the reward truthfully, what it reads found by trying.
    fn finish(self, task: &Task, spec: &EnvSpec) -> Candidate {
        let Draft { flaw, strength, factors, step, leak } = self;
        let probe = Probe::new(spec, factors.len(), step.clone());
        let mut description = Description::transition(flaw, "0.1.0")
            .summary(&format!("{flaw} {strength} on {}", task.env))
            .observation(probe.fields(&spec.observation, Part::Observation))
            .action(probe.fields(&spec.action, Part::Action))
            .factors(factors);
        description.inputs.terminated = probe.reads_terminated();
        // A row of which nothing is read is not there; what the reward makes of it hangs on nothing.
        let (observation, action) = (spec.observation_size(), spec.action_size());
        let blank = vec![0.0; observation.max(action)];
        let padded = move |row: Row<'_>, out: &mut [f32]| {
            let observation = &blank[..observation];
            let row = Row {
                observation: or(row.observation, observation),
                action: or(row.action, &blank[..action]),
                next_observation: or(row.next_observation, observation),
                ..row
            };
            step(row, out);
        };
        let reward: Box<dyn RewardFactory> = if leak == 0.0 {
            Box::new(NativeReward::per_row(description, padded))
        } else {
            Box::new(NativeReward::per_batch(description, move |batch: &Transitions<'_>, scores| {
                for (index, out) in scores.values.chunks_exact_mut(1).enumerate() {
                    padded(row(batch, index, observation, action), out);
                }
                let mean = scores.values.iter().sum::<f32>() / batch.rows.max(1) as f32;
                scores.values.iter_mut().for_each(|value| *value -= leak * mean);
                Ok(())
            }))
        };
        Candidate { flaw, strength, reward }
    }
}

fn or<'a>(cells: &'a [f32], blank: &'a [f32]) -> &'a [f32] {
    if cells.is_empty() { blank } else { cells }
}

fn row<'a>(batch: &Transitions<'a>, index: usize, observation: usize, action: usize) -> Row<'a> {
    let cells = |values: &'a [f32], width: usize| values.get(index * width..(index + 1) * width).unwrap_or(&[]);
    Row {
        observation: cells(batch.observation, observation),
        action: cells(batch.action, action),
        next_observation: cells(batch.next_observation, observation),
        terminated: batch.terminated.get(index).copied().unwrap_or(false),
        truncated: false,
    }
}

/// Tries a reward on rows drawn by chance, to see what it reads.
struct Probe {
    step: Step,
    factors: usize,
    rows: Vec<Sample>,
}

/// A row that owns its numbers.
#[derive(Clone)]
struct Sample {
    observation: Vec<f32>,
    action: Vec<f32>,
    next_observation: Vec<f32>,
    terminated: bool,
}

#[derive(Clone, Copy)]
enum Part {
    Observation,
    Action,
}

impl Probe {
    fn new(spec: &EnvSpec, factors: usize, step: Step) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut draw =
            |reach: f32, count: usize| (0..count).map(|_| reach * rng.random_range(-0.5..0.5)).collect::<Vec<f32>>();
        // Small numbers and large ones: some rewards only tell the large ones apart.
        let rows = (0..400).map(|index| {
            let reach = if index < 200 { 1.0 } else { 10.0 };
            Sample {
                observation: draw(reach, spec.observation_size()),
                action: draw(reach, spec.action_size()),
                next_observation: draw(reach, spec.observation_size()),
                terminated: index % 2 == 0,
            }
        });
        Probe { step, factors, rows: rows.collect() }
    }

    fn bits(&self, sample: &Sample) -> Vec<u32> {
        let mut out = vec![0.0; self.factors];
        let Sample { observation, action, next_observation, terminated } = sample;
        (self.step)(Row { observation, action, next_observation, terminated: *terminated, truncated: false }, &mut out);
        out.iter().map(|value| value.to_bits()).collect()
    }

    /// Tells whether any answer hangs on what `change` changes.
    fn reads(&self, change: impl Fn(&mut Sample)) -> bool {
        self.rows.iter().any(|sample| {
            let mut changed = sample.clone();
            change(&mut changed);
            self.bits(sample) != self.bits(&changed)
        })
    }

    fn reads_terminated(&self) -> bool {
        self.reads(|sample| sample.terminated ^= true)
    }

    /// Gives fields with what is read of them.
    fn fields(&self, fields: &[Field], part: Part) -> Vec<Field> {
        let mut begin = 0;
        let found = fields.iter().map(|field| {
            let columns = begin..begin + field.size;
            begin = columns.end;
            let shift = |values: &mut [f32]| values[columns.clone()].iter_mut().for_each(|value| *value += 0.3);
            let reads = match part {
                Part::Observation => Reads {
                    current: self.reads(|sample| shift(&mut sample.observation)),
                    next: self.reads(|sample| shift(&mut sample.next_observation)),
                },
                Part::Action => Reads { current: self.reads(|sample| shift(&mut sample.action)), next: false },
            };
            field.clone().reads(reads)
        });
        found.collect()
    }
}
