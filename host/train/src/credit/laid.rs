//! Whole episodes side by side, for decompositions that look at steps and agents together.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::credit::input::Input;
use crate::credit::learner::column;
use crate::experience::episodes::Past;
use crate::experience::replay::Replay;
use crate::network::actor_critic::numbers;

/// Episodes side by side, as long as the longest; what a shorter one lacks is there once more with its last step, and never counts.
pub(crate) struct Laid {
    pub(crate) episodes: usize,
    pub(crate) agents: usize,
    pub(crate) steps: usize,
    /// What a decomposition reads, `[episodes x agents, steps, width]`, without gradients.
    pub(crate) read: Tensor<3>,
    /// The steps that each has.
    lengths: Vec<usize>,
    /// The return of each.
    gained: Vec<f32>,
}

/// Draws whole episodes that have about so many steps together, each as likely as any other.
pub(crate) fn draw<'a>(memory: &'a Replay, steps: usize, rng: &mut ChaCha8Rng) -> Vec<&'a Past> {
    let whole = memory.whole();
    let mean = whole.iter().map(|past| past.steps).sum::<usize>() as f64 / whole.len() as f64;
    let count = ((steps as f64 / mean).round() as usize).max(1);
    (0..count).map(|_| &whole[rng.random_range(0..whole.len())]).collect()
}

impl Laid {
    /// Lays episodes, which have the same number of agents; there is one at least.
    pub(crate) fn of(memory: &Replay, pasts: &[&Past], input: Input, device: &Device) -> Self {
        let (episodes, agents) = (pasts.len(), pasts[0].agents);
        let lengths: Vec<usize> = pasts.iter().map(|past| past.steps).collect();
        let steps = lengths.iter().copied().max().unwrap_or(1);
        let mut rows = Vec::with_capacity(episodes * agents * steps);
        for past in pasts {
            for agent in 0..agents {
                rows.extend((0..steps).map(|step| memory.row_of(past, step.min(past.steps - 1), agent)));
            }
        }
        let read = input.read(memory, &rows, device).reshape([episodes * agents, steps, input.width()]);
        let gained = pasts.iter().map(|past| past.gained as f32).collect();
        Laid { episodes, agents, steps, read, lengths, gained }
    }

    /// Says which steps are there, `[episodes, steps]`: 1 or 0.
    pub(crate) fn there(&self) -> Tensor<2> {
        let there: Vec<f32> =
            self.lengths.iter().flat_map(|length| (0..self.steps).map(move |s| f32::from(s < *length))).collect();
        Tensor::from_data(TensorData::new(there, [self.episodes, self.steps]), &self.read.device())
    }

    /// Gives the episodes' returns, `[episodes, 1]`.
    pub(crate) fn gained(&self) -> Tensor<2> {
        column(self.gained.clone(), &self.read.device())
    }
}

/// Tells what rows are worth by one that looks at episodes: those that the rows are of are laid, `value` gives what their rows are
/// worth, `[episodes, agents, steps]`, and each row gets its own. Rows of episodes that are partly forgotten are worth 0.
pub(crate) fn proxies(
    memory: &Replay,
    rows: &[usize],
    input: Input,
    device: &Device,
    value: impl FnOnce(&Laid) -> Tensor<3>,
) -> Tensor<2> {
    let mut pasts: Vec<&Past> = Vec::new();
    let mut place = std::collections::BTreeMap::new();
    let places: Vec<Option<[usize; 3]>> = rows
        .iter()
        .map(|row| {
            let (past, step, agent) = memory.place_of(*row)?;
            let at = *place.entry(past.number(0, 0)).or_insert_with(|| {
                pasts.push(past);
                pasts.len() - 1
            });
            Some([at, agent, step])
        })
        .collect();
    let mut worth = vec![0.0; rows.len()];
    if !pasts.is_empty() {
        let laid = Laid::of(memory, &pasts, input, device);
        let values = numbers(value(&laid));
        for (worth, place) in worth.iter_mut().zip(places) {
            if let Some([episode, agent, step]) = place {
                *worth = values[(episode * laid.agents + agent) * laid.steps + step];
            }
        }
    }
    column(worth, device)
}
