//! What is made of a reward before anything learns from it: one transform after another, each with what it remembers.
//!
//! They work on rows in the order in which they were played, so that a resumed run goes on as the unbroken one would. The metrics
//! show the reward as it is after them, and its factors as they were.

mod clip;
mod delta;
mod mean_std;
mod min_max;
mod par;
mod shape;

use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::experience::rollout::Rollout;
use clip::Clip;
use delta::delta;
use mean_std::MeanStd;
use min_max::MinMax;
use par::Par;
pub(crate) use shape::shaping;

/// A transform as it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// `min(r - threshold, 0)`: nothing to gain beyond the threshold.
    Clip {
        /// The reward from which on more is worth nothing.
        threshold: f32,
    },
    /// `mean over references of sigmoid(steepness (r - reference))`: between 0 and 1, and 0.5 at a single reference.
    Par {
        /// How steep the sigmoid is, above 0.
        steepness: f32,
        /// Rewards to compare with, at least one.
        references: Vec<f32>,
    },
    /// To between 0 and 1 by the smallest and largest reward so far.
    MinMax,
    /// By the mean and deviation of all rewards so far.
    MeanStd,
    /// `r_k - r_{k+1}`, and the last step of an episode keeps its own: only what a step adds counts. PPO's alone, which learns when
    /// the next step is known.
    Delta,
    /// `r + gamma Phi(s') - Phi(s)`, Phi the named factor times its weight: a hint that changes no optimal policy. The factor is then
    /// not paid for itself.
    Shape {
        /// The factor, by the name that the reward's description gives it.
        factor: String,
    },
}

impl std::str::FromStr for Transform {
    type Err = TrainError;

    /// Reads `clip=0.9`, `par=2:0.1,0.4` (steepness, then references), `min-max`, `mean-std`, `delta` or `shape=FACTOR`.
    fn from_str(text: &str) -> Result<Self, TrainError> {
        let allowed = "clip=THRESHOLD, par=STEEPNESS:REFERENCE,..., min-max, mean-std, delta or shape=FACTOR, with finite numbers";
        let wrong = || TrainError::Config { name: "transform", value: text.into(), allowed };
        let number = |text: &str| text.parse::<f32>().ok().filter(|number| number.is_finite()).ok_or_else(wrong);
        match text.split_once('=') {
            None if text == "min-max" => Ok(Transform::MinMax),
            None if text == "mean-std" => Ok(Transform::MeanStd),
            None if text == "delta" => Ok(Transform::Delta),
            Some(("shape", factor)) if !factor.is_empty() => Ok(Transform::Shape { factor: factor.into() }),
            Some(("clip", threshold)) => Ok(Transform::Clip { threshold: number(threshold)? }),
            Some(("par", rest)) => {
                let (steepness, references) = rest.split_once(':').ok_or_else(wrong)?;
                let steepness = Some(number(steepness)?).filter(|steepness| *steepness > 0.0).ok_or_else(wrong)?;
                let references = references.split(',').map(number).collect::<Result<_, _>>()?;
                Ok(Transform::Par { steepness, references })
            }
            _ => Err(wrong()),
        }
    }
}

/// Transforms at work, in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Chain {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Step {
    Clip(Clip),
    Par(Par),
    MinMax(MinMax),
    MeanStd(MeanStd),
    Delta,
    Shape,
}

impl Chain {
    pub(crate) fn new(transforms: &[Transform]) -> Self {
        let step = |transform: &Transform| match transform.clone() {
            Transform::Clip { threshold } => Step::Clip(Clip { threshold }),
            Transform::Par { steepness, references } => Step::Par(Par { steepness, references }),
            Transform::MinMax => Step::MinMax(MinMax::default()),
            Transform::MeanStd => Step::MeanStd(MeanStd::default()),
            Transform::Delta => Step::Delta,
            Transform::Shape { .. } => Step::Shape,
        };
        Chain { steps: transforms.iter().map(step).collect() }
    }

    /// Transforms the rewards of a rollout in place, in the order of the rows. `shaped` is what shaping adds to each, where it is asked for.
    pub(crate) fn apply(&mut self, rewards: &mut [f32], rollout: &Rollout, shaped: &[f32]) {
        for step in &mut self.steps {
            match step {
                Step::Clip(clip) => each(rewards, |reward| clip.apply(reward)),
                Step::Par(par) => each(rewards, |reward| par.apply(reward)),
                Step::MinMax(min_max) => each(rewards, |reward| min_max.apply(reward)),
                Step::MeanStd(mean_std) => each(rewards, |reward| mean_std.apply(reward)),
                Step::Delta => delta(rewards, rollout.lanes(), |row| rollout.ended(row)),
                Step::Shape => rewards.iter_mut().zip(shaped).for_each(|(reward, shaped)| *reward += shaped),
            }
        }
    }
}

fn each(rewards: &mut [f32], mut transform: impl FnMut(f32) -> f32) {
    rewards.iter_mut().for_each(|reward| *reward = transform(*reward));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::run::checkpoint::{pack, unpack};

    #[test]
    fn what_is_typed_is_read_and_what_is_not_one_is_refused() {
        let read = |text: &str| text.parse::<Transform>().map_err(|error| error.code());
        assert_eq!(read("clip=-0.5"), Ok(Transform::Clip { threshold: -0.5 }));
        assert_eq!(read("par=2:0.1,4"), Ok(Transform::Par { steepness: 2.0, references: vec![0.1, 4.0] }));
        assert_eq!((read("min-max"), read("mean-std")), (Ok(Transform::MinMax), Ok(Transform::MeanStd)));
        assert_eq!(read("delta"), Ok(Transform::Delta));
        assert_eq!(read("shape=a.height"), Ok(Transform::Shape { factor: "a.height".into() }));
        for text in [
            "shape=",
            "shape",
            "delta=1",
            "",
            "clip",
            "clip=",
            "clip=nan",
            "par=1",
            "par=0:1",
            "par=1:",
            "par=1:2,x",
            "min-max=1",
            "log",
        ] {
            assert_eq!(read(text), Err("config"), "{text}");
        }
    }

    #[test]
    fn one_follows_the_other_and_a_saved_chain_goes_on_bit_for_bit() {
        let mut chain = Chain::new(&[Transform::MeanStd, Transform::Clip { threshold: 0.5 }, Transform::MinMax]);
        let rewards: Vec<f32> = (0..100).map(|row| (row as f32 * 0.7).sin() * 30.0).collect();
        let mut whole = rewards.clone();
        let mut half = rewards.clone();
        let rollout = Rollout::default();
        chain.clone().apply(&mut whole, &rollout, &[]);
        chain.apply(&mut half[..50], &rollout, &[]);
        let mut restored: Chain = unpack(&pack(&chain).unwrap()).unwrap();
        restored.apply(&mut half[50..], &rollout, &[]);
        // A step sees all its rows before the next one does, but no step looks ahead.
        assert_eq!(half, whole);
        assert!(whole.iter().all(|reward| (0.0..=1.0).contains(reward)));
    }
}
