//! The network that tells what a row is worth.

use burn::tensor::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::credit::input::Input;
use crate::credit::layers::Size;
use crate::credit::learner::{Learner, column};
use crate::credit::learnt::LearntReward;
use crate::experience::replay::Replay;
use crate::network::actor_critic::{Parameter, numbers};
use crate::{CreditConfig, CreditMethod};

/// A network from what it reads of a row to one number.
pub(crate) struct Decoder {
    method: CreditMethod,
    input: Input,
    learner: Learner,
    /// The same as plain numbers, where the processor computes: an exported reward then gives the bits that the run gave.
    plain: Option<LearntReward>,
}

/// What is kept of it with the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DecoderFile {
    pub(crate) method: CreditMethod,
    pub(crate) input: Input,
    /// The networks that a row goes through, one after the other; most decoders have one.
    pub(crate) networks: Vec<Vec<Parameter>>,
    /// What is added to what they say. A file that does not tell is not taken for one that adds nothing.
    pub(crate) adds: Adds,
}

/// What a row is worth beside what its networks say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Adds {
    /// Nothing.
    Nothing,
    /// The same in every row.
    Always(f32),
    /// What a factor of the plugin's says, which the networks do not read.
    Factor,
}

impl DecoderFile {
    /// Keeps networks that a row goes through, one after the other.
    pub(crate) fn of(method: CreditMethod, input: Input, networks: &[&Learner]) -> Self {
        let networks = networks.iter().map(|network| network.parameters()).collect();
        DecoderFile { method, input, networks, adds: Adds::Nothing }
    }
}

impl Decoder {
    pub(crate) fn new(
        input: Input,
        config: &CreditConfig,
        device: &Device,
        rng: &mut impl Rng,
    ) -> Result<Self, String> {
        let sizes = Size::chain(input.width(), config.hidden, config.layers, 1);
        let learner = Learner::new(sizes, config, device, rng)?;
        let plain = if *device == Device::flex() { LearntReward::of(&learner.parameters()) } else { None };
        Ok(Decoder { method: config.method, input, learner, plain })
    }

    /// Tells what rows are worth, `[rows, 1]`, without gradients.
    pub(crate) fn values(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let read = self.input.read(memory, rows, self.device());
        match &self.plain {
            Some(plain) => column(plain.values(&numbers(read)), self.device()),
            None => self.learner.value(read),
        }
    }

    /// Tells what rows are worth, `[rows, 1]`, to learn from it.
    pub(crate) fn guess(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        self.learner.guess(Tensor::from_inner(self.input.read(memory, rows, self.device())))
    }

    /// Tells what rows that are read already are worth.
    pub(crate) fn guess_of(&self, read: Tensor<2>) -> Tensor<2> {
        self.learner.guess(read)
    }

    /// Goes a step down a loss, and gives the loss.
    pub(crate) fn descend(&mut self, loss: Tensor<1>) -> f64 {
        let loss = self.learner.descend(loss);
        self.write_down();
        loss
    }

    fn write_down(&mut self) {
        if self.plain.is_some() {
            self.plain = LearntReward::of(&self.learner.parameters());
        }
    }

    pub(crate) fn file(&self) -> DecoderFile {
        DecoderFile::of(self.method, self.input, &[&self.learner])
    }

    pub(crate) fn input(&self) -> Input {
        self.input
    }

    pub(crate) fn device(&self) -> &Device {
        self.learner.device()
    }

    pub(crate) fn save(&self) -> Result<Vec<u8>, String> {
        self.learner.save()
    }

    pub(crate) fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        self.learner.restore(saved)?;
        self.write_down();
        Ok(())
    }
}
