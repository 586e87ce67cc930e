//! Episodes whose step rewards are known, to judge decompositions by.
#![allow(clippy::unwrap_used, reason = "tests")]

use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::credit::Credit;
use crate::credit::decoder::Decoder;
use crate::credit::input::Input;
use crate::experience::replay::Replay;
use crate::experience::rollout::Rollout;
use crate::network::actor_critic::numbers;
use crate::{CreditConfig, CreditMethod, TrainConfig};

/// A memory full of whole episodes, and what each row truly was worth.
pub(crate) struct Toy {
    pub(crate) memory: Replay,
    pub(crate) truth: Vec<f32>,
    steps: usize,
    agents: usize,
}

impl Toy {
    /// Makes episodes of so many steps and agents. `row` gives a row's reward, its observation and its factors, from its episode
    /// and its place within.
    pub(crate) fn new(
        episodes: usize,
        steps: usize,
        agents: usize,
        mut row: impl FnMut(usize, usize) -> (f32, Vec<f32>, Vec<f32>),
    ) -> Self {
        let mut rollout = Rollout { envs: 1, ..Rollout::default() };
        let mut factors = Vec::new();
        for episode in 0..episodes {
            for place in 0..steps * agents {
                let (reward, observation, latent) = row(episode, place);
                rollout.reward.push(reward);
                rollout.observation.extend(observation);
                factors.extend(latent);
                rollout.choice.push(0.0);
                rollout.episode.push(episode as u32);
                rollout.step.push((place / agents) as u32);
                rollout.agent.push((place % agents) as u32);
                rollout.terminated.push(false);
                rollout.truncated.push(place / agents + 1 == steps);
            }
        }
        rollout.next_observation.clone_from(&rollout.observation);
        let rows = rollout.rows();
        let mut memory = Replay::new(rows, rollout.observation.len() / rows, 1, factors.len() / rows).with_episodes();
        memory.push(&rollout, &rollout.choice, &rollout.reward, &factors);
        Toy { memory, truth: rollout.reward, steps, agents }
    }

    /// Gives the same with each agent's rows at the one's before it, and the first one's at the last.
    pub(crate) fn turned(&self) -> Toy {
        let (agents, rows) = (self.agents, self.truth.len() / self.steps / self.agents);
        let [observation, ..] = self.memory.raw(&(0..self.truth.len()).collect::<Vec<_>>(), &Device::flex());
        let (width, observation) = (observation.dims()[1], numbers(observation));
        Toy::new(rows, self.steps, agents, |episode, place| {
            let from = episode * self.steps * agents + place / agents * agents + (place + 1) % agents;
            let row = observation[from * width..(from + 1) * width].to_vec();
            (self.truth[from], row.clone(), row)
        })
    }

    /// Makes a decomposition for it with a transformer of one narrow block.
    pub(crate) fn small<T>(
        &self,
        method: CreditMethod,
        make: impl FnOnce(Input, &CreditConfig, &Device, &mut ChaCha8Rng) -> Result<T, String>,
    ) -> T {
        let (decoder, config) = decoder(method, &self.memory);
        let config = CreditConfig { hidden: 16, blocks: 1, ..config };
        make(decoder.input(), &config, &Device::flex(), &mut ChaCha8Rng::seed_from_u64(5)).unwrap()
    }

    /// Fits a decomposition so many times.
    pub(crate) fn fit(&self, credit: &mut dyn Credit, times: usize) {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        (0..times).for_each(|_| {
            credit.fit(&self.memory, &mut rng);
        });
    }

    /// Gives the proxies of all rows, in order.
    pub(crate) fn proxies(&self, credit: &dyn Credit) -> Vec<f32> {
        let rows: Vec<usize> = (0..self.truth.len()).collect();
        let proxies: Tensor<2> = credit.proxy(&self.memory, &rows);
        numbers(proxies)
    }

    /// Gives the correlation of the proxies with what rows were worth.
    pub(crate) fn correlation(&self, credit: &dyn Credit) -> f64 {
        correlation(&self.proxies(credit), &self.truth)
    }

    /// Gives by how much the proxies' sums miss the returns, as a share of the returns' deviation: the root of the mean square.
    pub(crate) fn missed(&self, credit: &dyn Credit) -> f64 {
        let sums = |values: &[f32]| -> Vec<f64> {
            values.chunks(self.steps * self.agents).map(|rows| rows.iter().map(|v| f64::from(*v)).sum()).collect()
        };
        let (proxies, truth) = (sums(&self.proxies(credit)), sums(&self.truth));
        let mean = truth.iter().sum::<f64>() / truth.len() as f64;
        let spread: f64 = truth.iter().map(|gained| (gained - mean).powi(2)).sum();
        let missed: f64 = proxies.iter().zip(&truth).map(|(proxy, gained)| (proxy - gained).powi(2)).sum();
        (missed / spread).sqrt()
    }
}

/// Which of three states a row is in decides what it is worth.
pub(crate) fn tabular(episodes: usize, steps: usize, agents: usize) -> Toy {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    Toy::new(episodes, steps, agents, |_, _| {
        let state = rng.random_range(0..3);
        let one_hot: Vec<f32> = (0..3).map(|other| f32::from(other == state)).collect();
        ([-1.0, 0.5, 2.0][state], one_hot.clone(), one_hot)
    })
}

/// Makes a fresh decoder for a memory, 64 wide and with a step size that toys are learnt with in seconds.
pub(crate) fn decoder(method: CreditMethod, memory: &Replay) -> (Decoder, CreditConfig) {
    let plain = TrainConfig::new("Pendulum-v1", 1, 1);
    let config = CreditConfig {
        hidden: 64,
        learning_rate: 1e-3,
        steps: 256,
        episodes: 16,
        length: 5,
        ..CreditConfig::of(method, &plain)
    };
    let [observation, choice, _] = memory.raw(&[0], &Device::flex()).map(|column| column.dims()[1]);
    let factors = memory.factors(&[0], &Device::flex()).dims()[1];
    let input = Input::of(&config, observation, choice, factors).unwrap();
    let decoder = Decoder::new(input, &config, &Device::flex(), &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
    (decoder, config)
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |values: &[f32]| values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    ab / (aa * bb).sqrt()
}
