//! The actor and the critic, as two lanes of the same batched products.
//!
//! Both have the same shape: two hidden layers and a head. Their weights lie side by side in one tensor a layer, `[2, in,
//! out]`, lane 0 the actor's and lane 1 the critic's, so that one product serves both and the optimizer has half the tensors
//! to pass over: on small networks each operation costs more than the arithmetic in it. The heads are as wide as the
//! wider one; the critic's first columns are its values, one as a rule, and what is never read never learns.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::network::dense::{Activation, dense};

/// Actor and critic.
#[derive(Module, Debug)]
pub(crate) struct ActorCritic {
    first: Layer,
    second: Layer,
    head: Layer,
    /// `[1, 1, outputs]`; absent where the policy is not Gaussian.
    log_std: Option<Param<Tensor<3>>>,
    /// Columns of the heads that are read: the actor's first ones, and the critic's.
    outputs: usize,
    values: usize,
}

/// One layer of several lanes.
#[derive(Module, Debug)]
pub(crate) struct Layer {
    /// `[lanes, in, out]`
    pub(crate) weight: Param<Tensor<3>>,
    /// `[lanes, 1, out]`
    pub(crate) bias: Param<Tensor<3>>,
}

/// The sizes of the networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sizes {
    pub(crate) observation: usize,
    pub(crate) hidden: usize,
    /// Columns of the actor's head: one for each choice, or one mean for each action column.
    pub(crate) outputs: usize,
    /// Whether the actor has a standard deviation of its own for each output.
    pub(crate) gaussian: bool,
    /// Values that the critic gives, one for each reward that is learnt apart.
    #[serde(default = "one")]
    pub(crate) values: usize,
}

fn one() -> usize {
    1
}

/// A parameter as plain numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) shape: [usize; 3],
    pub(crate) values: Vec<f32>,
}

impl Sizes {
    /// Names the parameters with their shapes, in order.
    fn shapes(&self) -> Vec<(&'static str, [usize; 3])> {
        let Sizes { observation, hidden, outputs, gaussian, values } = *self;
        // Both heads are as wide as the wider one.
        let head = outputs.max(values);
        let mut shapes = vec![
            ("first.weight", [2, observation, hidden]),
            ("first.bias", [2, 1, hidden]),
            ("second.weight", [2, hidden, hidden]),
            ("second.bias", [2, 1, hidden]),
            ("head.weight", [2, hidden, head]),
            ("head.bias", [2, 1, head]),
        ];
        if gaussian {
            shapes.push(("log_std", [1, 1, outputs]));
        }
        shapes
    }

    /// Draws first weights: orthogonal with the gains that PPO is known to want (Huang et al., 2022), small for the actor's
    /// head so that it begins without preferences; biases are zero.
    pub(crate) fn draw(&self, initial_log_std: f32, rng: &mut impl Rng) -> Vec<Parameter> {
        let draw = |(name, shape): (&str, [usize; 3])| {
            let [_, rows, columns] = shape;
            let mut values = vec![0.0; shape.iter().product()];
            match name {
                "first.weight" | "second.weight" => {
                    for lane in values.chunks_exact_mut(rows * columns) {
                        lane.copy_from_slice(&orthogonal(rows, columns, 2f64.sqrt(), rng));
                    }
                }
                "head.weight" => {
                    let (actor, critic) = values.split_at_mut(rows * columns);
                    let mut fill = |lane: &mut [f32], width: usize, gain: f64| {
                        for (row, numbers) in orthogonal(rows, width, gain, rng).chunks_exact(width).enumerate() {
                            lane[row * columns..row * columns + width].copy_from_slice(numbers);
                        }
                    };
                    fill(actor, self.outputs, 0.01);
                    fill(critic, self.values, 1.0);
                }
                "log_std" => values.fill(initial_log_std),
                _ => {}
            }
            Parameter { name: name.into(), shape, values }
        };
        self.shapes().into_iter().map(draw).collect()
    }
}

impl ActorCritic {
    /// Builds the networks from their parameters, or says what is wrong with these.
    pub(crate) fn load(sizes: Sizes, parameters: &[Parameter], device: &Device) -> Result<Self, String> {
        check(&sizes.shapes(), parameters)?;
        let param = |index: usize| param(parameters, index, device);
        let layer = |index: usize| Layer { weight: param(index), bias: param(index + 1) };
        let log_std = sizes.gaussian.then(|| param(6));
        let Sizes { outputs, values, .. } = sizes;
        Ok(ActorCritic { first: layer(0), second: layer(2), head: layer(4), log_std, outputs, values })
    }

    /// Reads the parameters back.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let layers = [("first", &self.first), ("second", &self.second), ("head", &self.head)];
        let mut all = Vec::new();
        for (name, layer) in layers {
            all.push(read(format!("{name}.weight"), &layer.weight));
            all.push(read(format!("{name}.bias"), &layer.bias));
        }
        all.extend(self.log_std.as_ref().map(|log_std| read("log_std".into(), log_std)));
        all
    }

    /// Gives the actor's outputs and the critic's values.
    ///
    /// # Shapes
    /// `observation` `[rows, observation size]` to `[rows, outputs]` and `[rows, values]`.
    pub(crate) fn forward(&self, observation: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let hidden = self.first.activated(observation.unsqueeze_dim(0), Activation::Tanh);
        let hidden = self.second.activated(hidden, Activation::Tanh);
        let heads = self.head.forward(hidden);
        let rows = heads.dims()[1];
        let actor = heads.clone().slice([0..1, 0..rows, 0..self.outputs]).squeeze_dim(0);
        let critic = heads.slice([1..2, 0..rows, 0..self.values]).squeeze_dim(0);
        (actor, critic)
    }

    /// Gives the logarithm of the actor's standard deviations, `[1, outputs]`, where it has them.
    pub(crate) fn log_std(&self) -> Option<Tensor<2>> {
        self.log_std.as_ref().map(|log_std| log_std.val().squeeze_dim(0))
    }
}

/// Checks that the parameters are finite and have these names and shapes.
pub(crate) fn check(shapes: &[(&str, [usize; 3])], parameters: &[Parameter]) -> Result<(), String> {
    if parameters.len() != shapes.len() {
        return Err(format!("it has {} parameters in place of {}", parameters.len(), shapes.len()));
    }
    for (parameter, (name, shape)) in parameters.iter().zip(shapes) {
        let right = parameter.name == *name
            && parameter.shape == *shape
            && parameter.values.len() == shape.iter().product::<usize>();
        if !right {
            return Err(format!("parameter {:?} is not {name:?} of {shape:?}", parameter.name));
        }
        if !parameter.values.iter().all(|value| value.is_finite()) {
            return Err(format!("parameter {name:?} holds a number that is not finite"));
        }
    }
    Ok(())
}

/// Puts a parameter on a device, under its number in place of a drawn id: an optimiser keeps its memory by the id, and goes on
/// with it after a restart.
pub(crate) fn param(parameters: &[Parameter], index: usize, device: &Device) -> Param<Tensor<3>> {
    let Parameter { shape, values, .. } = &parameters[index];
    let mut param = Param::from_data(TensorData::new(values.clone(), *shape), device);
    param.id = ParamId::from(index as u64 + 1);
    param
}

impl Layer {
    pub(crate) fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        self.activated(input, Activation::Identity)
    }

    pub(crate) fn activated(&self, input: Tensor<3>, activation: Activation) -> Tensor<3> {
        dense(input, self.weight.val(), self.bias.val(), activation)
    }
}

/// The hyperbolic tangent, with its gradient kept from the way forward.
///
/// Burn's own computes the tangent a second time on the way back, one number at a time, which is half the time of a gradient
/// step. Here the tangent is worked out beside the graph, and the graph gets the line through it: `slope * x + rest` has the
/// tangent's value and, at `x`, its gradient.
pub(crate) fn tanh(x: Tensor<3>) -> Tensor<3> {
    if !x.is_autodiff() {
        return tangent(x);
    }
    let point = x.clone().inner();
    let tangent = tangent(point.clone());
    let slope = tangent.clone().square().neg().add_scalar(1.0);
    let rest = tangent - point * slope.clone();
    x * Tensor::from_inner(slope) + Tensor::from_inner(rest)
}

/// `1 - 2 / (exp(2x) + 1)`: exact at both infinities, within 2e-7 everywhere.
fn tangent(x: Tensor<3>) -> Tensor<3> {
    x.mul_scalar(2.0).exp().add_scalar(1.0).recip().mul_scalar(-2.0).add_scalar(1.0)
}

pub(crate) fn read(name: String, param: &Param<Tensor<3>>) -> Parameter {
    let shape = param.val().dims();
    Parameter { name, shape, values: numbers(param.val()) }
}

/// Reads a tensor back as plain numbers.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = tensor.into_data();
    match data.as_slice::<f32>() {
        Ok(values) => values.to_vec(),
        Err(_) => data.iter::<f32>().collect(),
    }
}

/// Draws a matrix, row-major, whose rows or columns, whichever are fewer, are orthogonal and of length `gain`.
fn orthogonal(rows: usize, columns: usize, gain: f64, rng: &mut impl Rng) -> Vec<f32> {
    let (vectors, length) = if rows < columns { (rows, columns) } else { (columns, rows) };
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(vectors);
    while basis.len() < vectors {
        let mut vector: Vec<f64> = (0..length).map(|_| StandardNormal.sample(rng)).collect();
        // Twice is enough for orthogonality to the last digits.
        for _ in 0..2 {
            for other in &basis {
                let along: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                vector.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
            }
        }
        let norm = vector.iter().map(|a| a * a).sum::<f64>().sqrt();
        if norm > 1e-6 {
            vector.iter_mut().for_each(|a| *a /= norm);
            basis.push(vector);
        }
    }
    let cell = |row: usize, column: usize| if rows < columns { basis[row][column] } else { basis[column][row] };
    (0..rows * columns).map(|index| (gain * cell(index / columns, index % columns)) as f32).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SIZES: Sizes = Sizes { observation: 3, hidden: 8, outputs: 2, gaussian: true, values: 1 };

    #[test]
    fn first_weights_are_orthogonal_and_follow_the_seed() {
        let draw = |seed| SIZES.draw(-0.5, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let parameters = draw(1);
        let second = &parameters[2].values[..64];
        for i in 0..8 {
            for j in 0..8 {
                let dot: f32 = (0..8).map(|k| second[i * 8 + k] * second[j * 8 + k]).sum();
                assert!((dot - if i == j { 2.0 } else { 0.0 }).abs() < 1e-5, "{i} {j} {dot}");
            }
        }
        assert_eq!(parameters[6].values, [-0.5, -0.5]);
    }

    #[test]
    fn more_values_than_outputs_widen_the_heads_and_are_told_apart() {
        let sizes = Sizes { values: 3, ..SIZES };
        let device = Device::flex();
        let mut parameters = sizes.draw(0.0, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(parameters[4].shape, [2, 8, 3]);
        // The actor's third column is not read; the critic's biases show in its values.
        parameters[4].values.fill(0.0);
        parameters[5].values.copy_from_slice(&[1.0, 2.0, 9.0, 4.0, 5.0, 6.0]);
        let network = ActorCritic::load(sizes, &parameters, &device).unwrap();
        let (actor, values) = network.forward(Tensor::zeros([2, 3], &device));
        assert_eq!((numbers(actor), numbers(values)), (vec![1.0, 2.0, 1.0, 2.0], vec![4.0, 5.0, 6.0, 4.0, 5.0, 6.0]));
    }

    #[test]
    fn parameters_come_back_as_they_were_and_wrong_ones_are_refused() {
        let device = Device::flex();
        let parameters = SIZES.draw(0.0, &mut ChaCha8Rng::seed_from_u64(1));
        let network = ActorCritic::load(SIZES, &parameters, &device).unwrap();
        assert_eq!(network.parameters(), parameters);
        let narrow = Sizes { hidden: 4, ..SIZES };
        assert!(ActorCritic::load(narrow, &parameters, &device).unwrap_err().contains("first.weight"));
        let mut broken = parameters.clone();
        broken[1].values[0] = f32::NAN;
        assert!(ActorCritic::load(SIZES, &broken, &device).unwrap_err().contains("not finite"));
        assert!(ActorCritic::load(SIZES, &parameters[..6], &device).is_err());
    }

    #[test]
    fn the_tangent_and_its_gradient_are_the_libraries() {
        let values: Vec<f32> = vec![-100.0, -9.0, -1.5, -0.3, -1e-3, 0.0, 1e-3, 0.7, 2.0, 8.0, 100.0];
        let input =
            |device: &Device| Tensor::<3>::from_data(TensorData::new(values.clone(), [1, 1, values.len()]), device);
        let device = Device::flex().autodiff();
        let (ours, theirs) = (input(&device).require_grad(), input(&device).require_grad());
        let (our_output, their_output) = (tanh(ours.clone()), theirs.clone().tanh());
        let our_gradient = ours.grad(&our_output.clone().sum().backward()).unwrap();
        let their_gradient = theirs.grad(&their_output.clone().sum().backward()).unwrap();
        let plain = tanh(input(&Device::flex()));
        for (a, b) in [(our_output, their_output.clone()), (plain, their_output), (our_gradient, their_gradient)] {
            for (a, b) in numbers(a).into_iter().zip(numbers(b)) {
                assert!((a - b).abs() < 1e-6, "{a} {b}");
            }
        }
    }
}
