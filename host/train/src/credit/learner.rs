//! A network that learns, with Adam's memory of it: what decompositions that learn are made of.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Gradients, Tensor};
use rand::Rng;

use crate::CreditConfig;
use crate::credit::layers::{Layers, Size};
use crate::network::actor_critic::{Parameter, numbers};
use crate::network::optimizer::{adam_with_decay, memory, remember};
use crate::run::checkpoint::{pack, unpack};

/// PyTorch's, and everyone's.
const EPSILON: f32 = 1e-8;

/// A network that learns.
pub(crate) struct Learner {
    sizes: Vec<Size>,
    network: Layers,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
    decay: f32,
    device: Device,
}

impl Learner {
    /// Makes one with fresh weights.
    pub(crate) fn new(
        sizes: Vec<Size>,
        config: &CreditConfig,
        device: &Device,
        rng: &mut impl Rng,
    ) -> Result<Self, String> {
        let network = Layers::load(&sizes, &Size::draw(&sizes, rng), &device.clone().autodiff())?;
        let (learning_rate, decay) = (config.learning_rate, config.weight_decay);
        let optimizer = adam_with_decay(EPSILON, decay);
        Ok(Learner { sizes, network, optimizer, learning_rate, decay, device: device.clone() })
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Borrows the network, to learn from what it gives.
    pub(crate) fn network(&self) -> &Layers {
        &self.network
    }

    /// Gives the network without gradients.
    pub(crate) fn plain(&self) -> Layers {
        self.network.valid()
    }

    /// # Shapes
    /// `[rows, inputs]` to `[rows, outputs]`, with gradients where the input has them.
    pub(crate) fn guess(&self, input: Tensor<2>) -> Tensor<2> {
        self.network.chain(input)
    }

    /// The same without gradients.
    pub(crate) fn value(&self, input: Tensor<2>) -> Tensor<2> {
        self.network.valid().chain(input)
    }

    /// Takes its step down the gradients.
    pub(crate) fn follow(&mut self, gradients: &mut Gradients) {
        let gradients = GradientsParams::from_module(gradients, &self.network);
        self.network = self.optimizer.step(self.learning_rate, self.network.clone(), gradients);
    }

    /// Goes a step down a loss, and gives the loss.
    pub(crate) fn descend(&mut self, loss: Tensor<1>) -> f64 {
        self.follow(&mut loss.backward());
        f64::from(numbers(loss)[0])
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.network.parameters()
    }

    pub(crate) fn save(&self) -> Result<Vec<u8>, String> {
        pack(&(self.network.parameters(), memory(&self.optimizer)?))
    }

    pub(crate) fn restore(&mut self, saved: &[u8]) -> Result<(), String> {
        let (parameters, optimizer): (Vec<Parameter>, Vec<u8>) = unpack(saved)?;
        self.network = Layers::load(&self.sizes, &parameters, &self.device.clone().autodiff())?;
        self.optimizer = remember(adam_with_decay(EPSILON, self.decay), optimizer)?;
        Ok(())
    }
}

/// Puts a column of numbers on a device, `[rows, 1]`, without gradients.
pub(crate) fn column(values: Vec<f32>, device: &Device) -> Tensor<2> {
    let rows = values.len();
    Tensor::from_data(burn::tensor::TensorData::new(values, [rows, 1]), device)
}
