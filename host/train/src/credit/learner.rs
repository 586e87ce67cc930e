//! A network that learns, with Adam's memory of it: what decoders are made of.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Gradients, Tensor};
use rand::Rng;

use crate::network::actor_critic::{Parameter, numbers};
use crate::network::mlp::{Mlp, MlpSizes};
use crate::network::optimizer::{adam, memory, remember};
use crate::run::checkpoint::{pack, unpack};

/// A network with two hidden layers, one lane wide.
pub(crate) struct Learner {
    sizes: MlpSizes,
    network: Mlp,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
    device: Device,
}

impl Learner {
    /// Makes one with fresh weights. `sizes` has one lane.
    pub(crate) fn new(
        sizes: MlpSizes,
        learning_rate: f64,
        device: &Device,
        rng: &mut impl Rng,
    ) -> Result<Self, String> {
        let network = Mlp::load(sizes, &sizes.draw(rng), &device.clone().autodiff())?;
        Ok(Learner { sizes, network, optimizer: adam(1e-8), learning_rate, device: device.clone() })
    }

    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// # Shapes
    /// `[rows, inputs]` to `[rows, outputs]`, with gradients where the input has them.
    pub(crate) fn guess(&self, input: Tensor<2>) -> Tensor<2> {
        self.network.forward(input.unsqueeze_dim(0)).squeeze_dim(0)
    }

    /// The same without gradients.
    pub(crate) fn value(&self, input: Tensor<2>) -> Tensor<2> {
        self.network.valid().forward(input.unsqueeze_dim(0)).squeeze_dim(0)
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
        self.network = Mlp::load(self.sizes, &parameters, &self.device.clone().autodiff())?;
        self.optimizer = remember(adam(1e-8), optimizer)?;
        Ok(())
    }
}

/// Puts a column of numbers on a device, `[rows, 1]`, without gradients.
pub(crate) fn column(values: Vec<f32>, device: &Device) -> Tensor<2> {
    let rows = values.len();
    Tensor::from_data(burn::tensor::TensorData::new(values, [rows, 1]), device)
}
