//! Layers in order: what the networks of decompositions are made of.
//!
//! A decoder of rows is a chain of them, with a rectifier between one and the next. Attention takes some of them for its products and
//! others for its norms: what a layer is for, the one that holds the layers says.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::{Rng, RngExt};

use crate::network::actor_critic::{Layer, Parameter, param, read};
use crate::network::dense::Activation;

/// Layers, in order.
#[derive(Module, Debug)]
pub(crate) struct Layers {
    pub(crate) layers: Vec<Layer>,
}

/// What a layer is before it has learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// From so many numbers to so many: as PyTorch's linear layers, evenly between plus and minus one over the root of its inputs.
    Linear(usize, usize),
    /// Scale and shift of so many normalised numbers: 1 and 0.
    Norm(usize),
}

impl Size {
    fn shape(self) -> [usize; 2] {
        match self {
            Size::Linear(inputs, outputs) => [inputs, outputs],
            Size::Norm(width) => [1, width],
        }
    }

    /// Gives the sizes of a chain with so many hidden layers.
    pub(crate) fn chain(inputs: usize, hidden: usize, layers: usize, outputs: usize) -> Vec<Size> {
        let mut sizes = vec![Size::Linear(inputs, hidden)];
        sizes.extend((1..layers).map(|_| Size::Linear(hidden, hidden)));
        sizes.push(Size::Linear(hidden, outputs));
        sizes
    }

    /// Draws first weights.
    pub(crate) fn draw(sizes: &[Size], rng: &mut impl Rng) -> Vec<Parameter> {
        let mut parameters = Vec::with_capacity(2 * sizes.len());
        for (index, size) in sizes.iter().enumerate() {
            let [inputs, outputs] = size.shape();
            let bound = (inputs as f32).sqrt().recip();
            let mut values = |count: usize, norm: f32| match size {
                Size::Linear(..) => (0..count).map(|_| rng.random_range(-bound..bound)).collect(),
                Size::Norm(_) => vec![norm; count],
            };
            let weight = values(inputs * outputs, 1.0);
            let bias = values(outputs, 0.0);
            parameters.push(Parameter { name: format!("{index}.weight"), shape: [1, inputs, outputs], values: weight });
            parameters.push(Parameter { name: format!("{index}.bias"), shape: [1, 1, outputs], values: bias });
        }
        parameters
    }
}

impl Layers {
    /// Builds the layers from their parameters, or says what is wrong with these.
    pub(crate) fn load(sizes: &[Size], parameters: &[Parameter], device: &Device) -> Result<Self, String> {
        let shapes = sizes.iter().map(|size| size.shape()).flat_map(|[i, o]| [[1, i, o], [1, 1, o]]);
        let fits = parameters.len() == 2 * sizes.len()
            && parameters.iter().zip(shapes).all(|(parameter, shape)| {
                let Parameter { shape: given, values, .. } = parameter;
                *given == shape
                    && values.len() == shape.iter().product::<usize>()
                    && values.iter().all(|v| v.is_finite())
            });
        if !fits {
            return Err("the network of a decomposition has other layers, or numbers that are not finite".into());
        }
        let layer = |index: usize| Layer {
            weight: param(parameters, 2 * index, device),
            bias: param(parameters, 2 * index + 1, device),
        };
        Ok(Layers { layers: (0..sizes.len()).map(layer).collect() })
    }

    /// Reads the parameters back: a weight and a bias a layer.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let both = |(index, layer): (usize, &Layer)| {
            [read(format!("{index}.weight"), &layer.weight), read(format!("{index}.bias"), &layer.bias)]
        };
        self.layers.iter().enumerate().flat_map(both).collect()
    }

    /// Takes rows through all layers, with a rectifier after each but the last.
    ///
    /// # Shapes
    /// `[rows, inputs]` to `[rows, outputs]`.
    pub(crate) fn chain(&self, input: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        let through = self.layers.iter().enumerate().fold(input.unsqueeze_dim(0), |rows, (index, layer)| {
            layer.activated(rows, if index == last { Activation::Identity } else { Activation::Relu })
        });
        through.squeeze_dim(0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn layers_come_back_as_they_were_and_others_are_refused() {
        let sizes = Size::chain(3, 8, 4, 1);
        assert_eq!(sizes.len(), 5);
        let first = Size::draw(&sizes, &mut ChaCha8Rng::seed_from_u64(1));
        let layers = Layers::load(&sizes, &first, &Device::flex()).unwrap();
        assert_eq!(layers.parameters(), first);
        assert!(Layers::load(&sizes[1..], &first, &Device::flex()).is_err());
        let mut broken = first;
        broken[3].values[0] = f32::NAN;
        assert!(Layers::load(&sizes, &broken, &Device::flex()).is_err());
    }
}
