//! Networks with two hidden layers of rectified units: the actors and critics of SAC, TD3 and DQN.
//!
//! A network has one lane or more. The lanes have the same shape and nothing else in common, and lie in one tensor a layer,
//! `[lanes, in, out]`: twin critics are two lanes of one product.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use rand::{Rng, RngExt};

use crate::network::actor_critic::{Layer, Parameter, check, param, read};
use crate::network::dense::Activation;
use crate::network::processor::{on_processor, put, take};

/// A network, or several of one shape side by side.
#[derive(Module, Debug)]
pub(crate) struct Mlp {
    first: Layer,
    second: Layer,
    head: Layer,
}

/// The sizes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MlpSizes {
    pub(crate) lanes: usize,
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    pub(crate) outputs: usize,
}

impl MlpSizes {
    /// Names the parameters with their shapes, in order.
    fn shapes(&self) -> Vec<(&'static str, [usize; 3])> {
        let MlpSizes { lanes, inputs, hidden, outputs } = *self;
        vec![
            ("first.weight", [lanes, inputs, hidden]),
            ("first.bias", [lanes, 1, hidden]),
            ("second.weight", [lanes, hidden, hidden]),
            ("second.bias", [lanes, 1, hidden]),
            ("head.weight", [lanes, hidden, outputs]),
            ("head.bias", [lanes, 1, outputs]),
        ]
    }

    /// Draws first weights as PyTorch's linear layers do, which CleanRL leaves as they are: everything evenly between plus and
    /// minus one over the root of the layer's inputs, biases included.
    pub(crate) fn draw(&self, rng: &mut impl Rng) -> Vec<Parameter> {
        let inputs = [self.inputs, self.inputs, self.hidden, self.hidden, self.hidden, self.hidden];
        let draw = |((name, shape), inputs): ((&str, [usize; 3]), usize)| {
            let bound = (inputs as f32).sqrt().recip();
            let values = (0..shape.iter().product()).map(|_| rng.random_range(-bound..bound)).collect();
            Parameter { name: name.into(), shape, values }
        };
        self.shapes().into_iter().zip(inputs).map(draw).collect()
    }
}

impl Mlp {
    /// Builds the network from its parameters, or says what is wrong with these.
    pub(crate) fn load(sizes: MlpSizes, parameters: &[Parameter], device: &Device) -> Result<Self, String> {
        check(&sizes.shapes(), parameters)?;
        let layer = |index: usize| Layer {
            weight: param(parameters, index, device),
            bias: param(parameters, index + 1, device),
        };
        Ok(Mlp { first: layer(0), second: layer(2), head: layer(4) })
    }

    /// Reads the parameters back.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let layers = [("first", &self.first), ("second", &self.second), ("head", &self.head)];
        let both = |(name, layer): (&str, &Layer)| {
            [read(format!("{name}.weight"), &layer.weight), read(format!("{name}.bias"), &layer.bias)]
        };
        layers.into_iter().flat_map(both).collect()
    }

    /// # Shapes
    /// `[1 or lanes, rows, inputs]` to `[lanes, rows, outputs]`.
    pub(crate) fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let hidden = self.first.activated(input, Activation::Relu);
        let hidden = self.second.activated(hidden, Activation::Relu);
        self.head.forward(hidden)
    }

    /// Moves a share of the way to another network: how a target follows what is learnt.
    pub(crate) fn towards(&self, other: &Mlp, share: f64) -> Mlp {
        let mix = |own: &Param<Tensor<3>>, other: &Param<Tensor<3>>| {
            let (id, own, other) = (own.id, own.val(), other.val());
            if !on_processor(&own) {
                return Param::initialized(id, own.mul_scalar(1.0 - share) + other.mul_scalar(share));
            }
            let (shape, device) = (own.dims(), own.device());
            let (mut values, other) = (take(own), take(other));
            let share = share as f32;
            values.iter_mut().zip(other).for_each(|(own, other)| *own = *own * (1.0 - share) + other * share);
            Param::initialized(id, put(values, shape, &device))
        };
        let layer = |own: &Layer, other: &Layer| Layer {
            weight: mix(&own.weight, &other.weight),
            bias: mix(&own.bias, &other.bias),
        };
        Mlp {
            first: layer(&self.first, &other.first),
            second: layer(&self.second, &other.second),
            head: layer(&self.head, &other.head),
        }
    }
}

/// Gives the smaller of two lanes, `[2, rows, 1]` to `[1, rows, 1]`: the more careful of the twin critics.
pub(crate) fn smaller(twins: Tensor<3>) -> Tensor<3> {
    let rows = twins.dims()[1];
    let lane = |lane: usize| twins.clone().slice([lane..lane + 1, 0..rows, 0..1]);
    lane(0).min_pair(lane(1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use burn::tensor::TensorData;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::network::actor_critic::numbers;

    const TWINS: MlpSizes = MlpSizes { lanes: 2, inputs: 3, hidden: 8, outputs: 1 };

    fn network(sizes: MlpSizes, seed: u64) -> Mlp {
        Mlp::load(sizes, &sizes.draw(&mut ChaCha8Rng::seed_from_u64(seed)), &Device::flex()).unwrap()
    }

    #[test]
    fn each_lane_is_a_network_of_its_own() {
        let twins = TWINS.draw(&mut ChaCha8Rng::seed_from_u64(1));
        let one = MlpSizes { lanes: 1, ..TWINS };
        let input = Tensor::<3>::from_data(
            TensorData::new(vec![0.1f32, -0.7, 1.3, 2.0, 0.0, -1.0], [1, 2, 3]),
            &Device::flex(),
        );
        let both = numbers(Mlp::load(TWINS, &twins, &Device::flex()).unwrap().forward(input.clone()));
        for lane in 0..2 {
            let half = |parameter: &Parameter| {
                let [_, rows, columns] = parameter.shape;
                let values = parameter.values[lane * rows * columns..][..rows * columns].to_vec();
                Parameter { name: parameter.name.clone(), shape: [1, rows, columns], values }
            };
            let parameters: Vec<Parameter> = twins.iter().map(half).collect();
            let alone = numbers(Mlp::load(one, &parameters, &Device::flex()).unwrap().forward(input.clone()));
            for (a, b) in alone.iter().zip(&both[lane * 2..]) {
                assert!((a - b).abs() < 1e-6, "{alone:?} {both:?}");
            }
        }
        let least = numbers(smaller(Mlp::load(TWINS, &twins, &Device::flex()).unwrap().forward(input)));
        assert_eq!(least, [both[0].min(both[2]), both[1].min(both[3])]);
    }

    #[test]
    fn a_target_goes_the_share_of_the_way_and_in_the_end_all_of_it() {
        let (target, online) = (network(TWINS, 1), network(TWINS, 2));
        let value = |network: &Mlp| network.parameters()[2].values[5];
        let quarter = target.towards(&online, 0.25);
        assert!((value(&quarter) - (0.75 * value(&target) + 0.25 * value(&online))).abs() < 1e-6);
        assert_eq!(target.towards(&online, 1.0).parameters(), online.parameters());
    }

    #[test]
    fn wrong_parameters_are_refused() {
        let parameters = TWINS.draw(&mut ChaCha8Rng::seed_from_u64(1));
        assert!(Mlp::load(MlpSizes { hidden: 4, ..TWINS }, &parameters, &Device::flex()).is_err());
        assert!(Mlp::load(TWINS, &parameters[..5], &Device::flex()).is_err());
    }
}
