//! A layer as one operation: product, bias and activation.
//!
//! On the processor Burn's operations cost more than the arithmetic in them: each passes over memory that it has just asked for,
//! and leaves a node in the graph. There a layer is one node with a gradient of its own, and what it computes is written here. On
//! any other device it is what Burn makes of it.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};
use burn::tensor::activation::relu;
use burn::tensor::{Tensor, TensorData};
use pulp::Arch;

use crate::network::product::{Matrix, add_product};

/// What follows a layer's sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    /// Nothing.
    Identity,
    /// The larger of the sum and 0.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
}

/// Gives the outputs of a layer.
///
/// # Shapes
/// `input` `[1 or lanes, rows, in]`, `weight` `[lanes, in, out]`, `bias` `[lanes, 1, out]`; the outputs `[lanes, rows, out]`.
pub(crate) fn dense(input: Tensor<3>, weight: Tensor<3>, bias: Tensor<3>, activation: Activation) -> Tensor<3> {
    match [input, weight, bias].map(Place::of) {
        [Place::Plain(input), Place::Plain(weight), Place::Plain(bias)] => {
            let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
            Tensor::from_primitive::<Flex>(forward(&input, &weight, &bias, activation))
        }
        [Place::Tracked(input), Place::Tracked(weight), Place::Tracked(bias)] => {
            Tensor::from_primitive::<Autodiff<Flex>>(tracked([input, weight, bias], activation))
        }
        places => {
            let [input, weight, bias] = places.map(Place::back);
            let sums = input.matmul(weight) + bias;
            match activation {
                Activation::Identity => sums,
                Activation::Relu => relu(sums),
                Activation::Tanh => sums.tanh(),
            }
        }
    }
}

/// Where a tensor lies.
enum Place {
    /// On the processor.
    Plain(FlexTensor),
    /// There, and in a graph.
    Tracked(FloatTensor<Autodiff<Flex>>),
    /// On another device.
    Elsewhere(Tensor<3>),
}

impl Place {
    fn of(tensor: Tensor<3>) -> Self {
        let elsewhere = Place::Elsewhere(tensor.clone());
        if tensor.is_autodiff() {
            tensor.try_into_primitive::<Autodiff<Flex>>().map_or(elsewhere, Place::Tracked)
        } else {
            tensor.try_into_primitive::<Flex>().map_or(elsewhere, Place::Plain)
        }
    }

    fn back(self) -> Tensor<3> {
        match self {
            Place::Plain(tensor) => Tensor::from_primitive::<Flex>(tensor),
            Place::Tracked(tensor) => Tensor::from_primitive::<Autodiff<Flex>>(tensor),
            Place::Elsewhere(tensor) => tensor,
        }
    }
}

/// Puts a layer into the graph.
fn tracked(tensors: [FloatTensor<Autodiff<Flex>>; 3], activation: Activation) -> FloatTensor<Autodiff<Flex>> {
    let nodes = tensors.each_ref().map(|tensor| tensor.node());
    let [input, weight, bias] = tensors.map(|tensor| tensor.into_primitive().to_contiguous());
    let output = forward(&input, &weight, &bias, activation);
    match (Dense { activation }).prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish([input, weight, output.clone()], output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

/// The step back through a layer, which remembers its input, weight and output.
#[derive(Debug)]
struct Dense {
    activation: Activation,
}

impl Backward<Flex, 3> for Dense {
    type State = [FlexTensor; 3];

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [input, weight, output] = ops.state;
        let change = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let change = before(self.activation, numbers(&change), numbers(&output));
        let Layer { lanes, shared, rows, inputs, outputs } = Layer::of(&input, &weight);
        let (seen, weights) = (numbers(&input), numbers(&weight));
        let lane = |lane: usize| Matrix::new(cut(&change, lane, rows * outputs), rows, outputs);
        let [to_input, to_weight, to_bias] = ops.parents;
        if let Some(node) = to_input {
            let mut sums = vec![0.0; seen.len()];
            for index in 0..lanes {
                let weight = Matrix::new(cut(weights, index, inputs * outputs), inputs, outputs);
                let start = if shared { 0 } else { index * rows * inputs };
                add_product(lane(index), weight.transposed(), &mut sums[start..start + rows * inputs]);
            }
            gradients.register::<Flex>(node.id, tensor(sums, [if shared { 1 } else { lanes }, rows, inputs]));
        }
        if let Some(node) = to_weight {
            let mut sums = vec![0.0; weights.len()];
            for (index, sums) in sums.chunks_exact_mut(inputs * outputs).enumerate() {
                let seen = Matrix::new(cut(seen, if shared { 0 } else { index }, rows * inputs), rows, inputs);
                add_product(seen.transposed(), lane(index), sums);
            }
            gradients.register::<Flex>(node.id, tensor(sums, [lanes, inputs, outputs]));
        }
        if let Some(node) = to_bias {
            let mut sums = vec![0.0; lanes * outputs];
            for (sums, change) in sums.chunks_exact_mut(outputs).zip(change.chunks_exact(rows * outputs)) {
                add_rows(change, sums);
            }
            gradients.register::<Flex>(node.id, tensor(sums, [lanes, 1, outputs]));
        }
    }
}

/// The sizes of a layer.
struct Layer {
    lanes: usize,
    /// Whether all lanes see the same input.
    shared: bool,
    rows: usize,
    inputs: usize,
    outputs: usize,
}

impl Layer {
    fn of(input: &FlexTensor, weight: &FlexTensor) -> Self {
        let ([seen, rows, _], [lanes, inputs, outputs]) = (input.shape().dims(), weight.shape().dims());
        Layer { lanes, shared: seen == 1, rows, inputs, outputs }
    }
}

fn forward(input: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor, activation: Activation) -> FlexTensor {
    let Layer { lanes, shared, rows, inputs, outputs } = Layer::of(input, weight);
    let mut sums = Vec::with_capacity(lanes * rows * outputs);
    for bias in numbers(bias).chunks_exact(outputs) {
        (0..rows).for_each(|_| sums.extend_from_slice(bias));
    }
    for (lane, sums) in sums.chunks_exact_mut(rows * outputs).enumerate() {
        let seen = cut(numbers(input), if shared { 0 } else { lane }, rows * inputs);
        let weight = cut(numbers(weight), lane, inputs * outputs);
        add_product(Matrix::new(seen, rows, inputs), Matrix::new(weight, inputs, outputs), sums);
    }
    after(activation, &mut sums);
    tensor(sums, [lanes, rows, outputs])
}

/// Applies the activation to sums.
fn after(activation: Activation, sums: &mut [f32]) {
    Arch::new().dispatch(|| match activation {
        Activation::Identity => {}
        Activation::Relu => sums.iter_mut().for_each(|sum| *sum = sum.max(0.0)),
        Activation::Tanh => sums.iter_mut().for_each(|sum| *sum = tangent(*sum)),
    });
}

/// Gives the gradient of the sums from that of the outputs.
fn before(activation: Activation, change: &[f32], output: &[f32]) -> Vec<f32> {
    let mut sums = change.to_vec();
    Arch::new().dispatch(|| {
        let both = sums.iter_mut().zip(output);
        match activation {
            Activation::Identity => {}
            Activation::Relu => both.for_each(|(sum, output)| *sum = if *output > 0.0 { *sum } else { 0.0 }),
            Activation::Tanh => both.for_each(|(sum, output)| *sum *= 1.0 - output * output),
        }
    });
    sums
}

fn add_rows(rows: &[f32], sums: &mut [f32]) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
        }
    });
}

/// The hyperbolic tangent, within 2e-7, as `1 - 2 / (exp(2x) + 1)`. Unlike the library's it is worked out for several numbers at
/// once.
#[inline(always)]
fn tangent(x: f32) -> f32 {
    // Beyond 10 it is 1 to the last digit.
    let power = x.clamp(-10.0, 10.0) * (2.0 * std::f32::consts::LOG2_E);
    // Adding this number leaves the nearest whole number in the last digits.
    const ROUND: f32 = 12_582_912.0;
    let rounded = power + ROUND;
    let rest = (power - (rounded - ROUND)) * std::f32::consts::LN_2;
    // The series of the exponential function, whose next term is below 2e-9 here.
    let mut exponential = 1.0 / 5040.0;
    for factorial in [720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        exponential = exponential * rest + 1.0 / factorial;
    }
    let whole = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    1.0 - 2.0 / (exponential * whole + 1.0)
}

/// Gives part `index` of a list of parts of `len`.
fn cut(numbers: &[f32], index: usize, len: usize) -> &[f32] {
    &numbers[index * len..(index + 1) * len]
}

/// Borrows the numbers of a contiguous tensor.
fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_default()
}

fn tensor(numbers: Vec<f32>, shape: [usize; 3]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, shape))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::network::actor_critic::numbers;

    const ALL: [Activation; 3] = [Activation::Identity, Activation::Relu, Activation::Tanh];

    fn input(shape: [usize; 3], step: usize) -> Tensor<3> {
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|index: usize| (index * step % 23) as f32 / 11.0 - 1.0).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff()).require_grad()
    }

    /// What Burn makes of it.
    fn plainly(input: Tensor<3>, weight: Tensor<3>, bias: Tensor<3>, activation: Activation) -> Tensor<3> {
        let sums = input.matmul(weight) + bias;
        match activation {
            Activation::Identity => sums,
            Activation::Relu => relu(sums),
            Activation::Tanh => sums.tanh(),
        }
    }

    fn assert_close(own: Tensor<3>, theirs: Tensor<3>) {
        assert_eq!(own.dims(), theirs.dims());
        for (own, theirs) in numbers(own).into_iter().zip(numbers(theirs)) {
            assert!((own - theirs).abs() < 2e-5 * theirs.abs().max(1.0), "{own} for {theirs}");
        }
    }

    #[test]
    fn outputs_and_gradients_are_burns() {
        for activation in ALL {
            for ([seen, lanes, rows, inputs, outputs], track_input) in
                [([1, 2, 7, 3, 40], true), ([2, 2, 30, 16, 1], true), ([1, 1, 5, 4, 2], false)]
            {
                let tensors = || {
                    let seen = input([seen, rows, inputs], 5);
                    let seen = if track_input { seen } else { seen.detach() };
                    [seen, input([lanes, inputs, outputs], 7), input([lanes, 1, outputs], 3)]
                };
                let (own, theirs) = (tensors(), tensors());
                let [a, b, c] = own.clone();
                let own_output = dense(a, b, c, activation);
                let [a, b, c] = theirs.clone();
                let their_output = plainly(a, b, c, activation);
                // A loss that weighs every output differently.
                let weigh = |output: &Tensor<3>| (output.clone() * input([lanes, rows, outputs], 11).detach()).sum();
                let own_gradients = weigh(&own_output).backward();
                let their_gradients = weigh(&their_output).backward();
                let [a, b, c] = own.clone().map(Tensor::inner);
                assert_close(dense(a, b, c, activation), their_output.clone().inner());
                assert_close(own_output.inner(), their_output.inner());
                for (own, theirs) in own.iter().zip(&theirs) {
                    let (own, theirs) = (own.grad(&own_gradients), theirs.grad(&their_gradients));
                    assert_eq!(own.is_some(), theirs.is_some());
                    if let Some((own, theirs)) = own.zip(theirs) {
                        assert_close(own, theirs);
                    }
                }
            }
        }
    }

    #[test]
    fn the_tangent_is_the_libraries_and_keeps_what_is_not_a_number() {
        for step in -4_000..4_000 {
            let x = step as f32 / 300.0;
            assert!((tangent(x) - x.tanh()).abs() < 2e-7, "{x}: {} for {}", tangent(x), x.tanh());
        }
        assert_eq!([tangent(f32::INFINITY), tangent(f32::NEG_INFINITY), tangent(0.0)], [1.0, -1.0, 0.0]);
        assert!(tangent(f32::NAN).is_nan());
    }
}
