//! The network that tells what a row is worth, with what it takes to learn it and to keep it.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::CreditConfig;
use crate::credit::input::Input;
use crate::experience::replay::Replay;
use crate::network::actor_critic::{Parameter, numbers};
use crate::network::mlp::{Mlp, MlpSizes};
use crate::network::optimizer::{adam, memory, remember};
use crate::run::checkpoint::{pack, unpack};

/// A network from what it reads of a row to one number, and Adam's memory of it.
pub(crate) struct Decoder {
    input: Input,
    sizes: MlpSizes,
    network: Mlp,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
    device: Device,
}

/// What is kept of it with the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DecoderFile {
    input: Input,
    /// Width of the two hidden layers.
    hidden: usize,
    parameters: Vec<Parameter>,
}

impl Decoder {
    pub(crate) fn new(
        input: Input,
        config: &CreditConfig,
        device: &Device,
        rng: &mut impl Rng,
    ) -> Result<Self, String> {
        let sizes = MlpSizes { lanes: 1, inputs: input.width(), hidden: config.hidden, outputs: 1 };
        let network = Mlp::load(sizes, &sizes.draw(rng), &device.clone().autodiff())?;
        let optimizer = adam(1e-8);
        Ok(Decoder { input, sizes, network, optimizer, learning_rate: config.learning_rate, device: device.clone() })
    }

    /// Tells what rows are worth, `[rows, 1]`, without gradients.
    pub(crate) fn values(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let read = self.input.read(memory, rows, &self.device);
        self.network.valid().forward(read.unsqueeze_dim(0)).squeeze_dim(0)
    }

    /// Tells what rows are worth, `[rows, 1]`, to learn from it.
    pub(crate) fn guess(&self, memory: &Replay, rows: &[usize]) -> Tensor<2> {
        let read = Tensor::from_inner(self.input.read(memory, rows, &self.device));
        self.network.forward(read.unsqueeze_dim(0)).squeeze_dim(0)
    }

    /// Goes a step down a loss, and gives the loss.
    pub(crate) fn step(&mut self, loss: Tensor<1>) -> f64 {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(self.learning_rate, self.network.clone(), gradients);
        f64::from(numbers(loss)[0])
    }

    pub(crate) fn file(&self) -> DecoderFile {
        DecoderFile { input: self.input, hidden: self.sizes.hidden, parameters: self.network.parameters() }
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    pub(crate) fn save(&self) -> Result<Vec<u8>, String> {
        pack(&(self.network.parameters(), memory(&self.optimizer)?))
    }

    pub(crate) fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let (parameters, optimizer): (Vec<Parameter>, Vec<u8>) = unpack(saved)?;
        self.network = Mlp::load(self.sizes, &parameters, &self.device.clone().autodiff())?;
        self.optimizer = remember(adam(1e-8), optimizer)?;
        Ok(())
    }
}
