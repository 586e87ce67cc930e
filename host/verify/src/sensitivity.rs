//! How much the reward depends on each input: the answers about the probe with that input taken from other rows.

use meed_core::{RewardError, Scores};

use crate::bench::Bench;
use crate::inputs::{Input, inputs};
use crate::sample::difference;
use crate::statistics::Moments;

/// What changing one input does to the answers.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) input: Input,
    /// Whether the input differs anywhere in the probe.
    pub(crate) varies: bool,
    /// Mean absolute change of the weighted sum with the input taken from other rows, over the sum's standard deviation.
    pub(crate) share: f64,
    /// Whether any bit of any answer changed with values from other rows.
    pub(crate) shuffled: bool,
    /// Whether any bit of any answer changed with values from the declared range.
    pub(crate) drawn: bool,
}

impl Effect {
    /// Tells whether the reward shows any trace of reading the input.
    pub(crate) fn is_used(&self) -> bool {
        self.shuffled || self.drawn
    }
}

/// Measures the effect of every input that the description declares.
pub(crate) fn effects(bench: &Bench<'_>) -> Result<Vec<Effect>, RewardError> {
    let reference = bench.ask_fresh(&bench.probe)?;
    let sums: Moments = scored(&reference).map(|row| bench.weighted(&reference, row)).collect();
    let mut chance = bench.chance("V070");
    let mut effects = Vec::new();
    for input in inputs(bench.description) {
        let varies = bench.probe.varies(&input.place);
        let mut effect = Effect { input, varies, share: 0.0, shuffled: false, drawn: false };
        // An input of one value is the same in every order.
        if varies {
            match bench.ask_fresh(&bench.probe.shuffled(&effect.input.place, &mut chance)) {
                Ok(answer) => {
                    effect.shuffled = differs(&reference, &answer);
                    effect.share = change(bench, &reference, &answer) / sums.std().max(f64::MIN_POSITIVE);
                }
                // A call that fails because of the input has read it.
                Err(_) => effect.shuffled = true,
            }
        }
        if !effect.shuffled {
            // The input may count only where the data have not been.
            let drawn = bench.probe.drawn(&effect.input.place, &mut chance);
            effect.drawn = bench.ask_fresh(&drawn).map_or(true, |answer| differs(&reference, &answer));
        }
        effects.push(effect);
    }
    Ok(effects)
}

fn scored(scores: &Scores) -> impl Iterator<Item = usize> {
    (0..scores.rows()).filter(|&row| scores.reason(row).is_none())
}

fn differs(a: &Scores, b: &Scores) -> bool {
    difference(a, 0..a.rows(), b, 0..b.rows().min(a.rows())).is_some()
}

/// Gives the mean absolute change of the weighted sum over the rows that have a score in both answers.
fn change(bench: &Bench<'_>, before: &Scores, after: &Scores) -> f64 {
    let both = scored(before).filter(|&row| row < after.rows() && after.reason(row).is_none());
    let changes: Moments = both.map(|row| (bench.weighted(before, row) - bench.weighted(after, row)).abs()).collect();
    changes.mean()
}
