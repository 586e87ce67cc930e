//! Attention over the places of a sequence: steps of an episode, or agents of a step.
//!
//! A block is a transformer's: attention, then two layers at each place, each added to what came in and normalised (Vaswani et al.,
//! 2017). Places are told apart by the sines and cosines of that paper, for AREL and STAS in place of embeddings that are learnt, so
//! that an episode may have any length.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use crate::credit::layers::Size;
use crate::network::actor_critic::Layer;
use crate::network::dense::Activation;

/// Layers of [`attend`].
pub(crate) const ATTENTION: usize = 4;
/// Layers of [`block`].
pub(crate) const BLOCK: usize = ATTENTION + 4;
/// Heads, where the width can be parted so.
const HEADS: usize = 4;
/// What is added to a score that is not to count.
const NEVER: f32 = -1e9;

/// Gives the sizes of attention's layers: query, key, value, and what joins the heads.
pub(crate) fn attention(width: usize) -> [Size; ATTENTION] {
    [Size::Linear(width, width); ATTENTION]
}

/// Gives the sizes of a block's layers.
pub(crate) fn sizes(width: usize) -> [Size; BLOCK] {
    let [query, key, value, join] = attention(width);
    let linear = Size::Linear(width, width);
    [query, key, value, join, Size::Norm(width), linear, linear, Size::Norm(width)]
}

/// Has every place of a sequence look at others. A mask, `[1 or sequences, places, places]`, is what [`mask`] makes.
///
/// # Shapes
/// `[sequences, places, width]` to the same.
pub(crate) fn attend(layers: &[Layer; ATTENTION], input: Tensor<3>, mask: Option<&Tensor<3>>) -> Tensor<3> {
    let [sequences, places, width] = input.dims();
    let heads = (1..=HEADS).rev().find(|heads| width.is_multiple_of(*heads)).unwrap_or(1);
    let [query, key, value, join] = layers;
    let part = |layer: &Layer| -> Tensor<4> {
        on(layer, input.clone(), Activation::Identity)
            .reshape([sequences, places, heads, width / heads])
            .swap_dims(1, 2)
    };
    let scores = part(query).matmul(part(key).swap_dims(2, 3)).div_scalar(((width / heads) as f32).sqrt());
    let scores = match mask {
        Some(mask) => scores + mask.clone().unsqueeze_dim::<4>(1),
        None => scores,
    };
    let seen: Tensor<4> = softmax(scores, 3).matmul(part(value)).swap_dims(1, 2);
    on(join, seen.reshape([sequences, places, width]), Activation::Identity)
}

/// Takes sequences through a block.
pub(crate) fn block(layers: &[Layer; BLOCK], input: Tensor<3>, mask: Option<&Tensor<3>>) -> Tensor<3> {
    let [query, key, value, join, first, wide, narrow, second] = layers;
    let attention = [query, key, value, join].map(Layer::clone);
    let seen = norm(first, attend(&attention, input.clone(), mask) + input);
    let thought = on(narrow, on(wide, seen.clone(), Activation::Relu), Activation::Identity);
    norm(second, thought + seen)
}

/// Takes every place through a layer.
pub(crate) fn on(layer: &Layer, input: Tensor<3>, activation: Activation) -> Tensor<3> {
    let [sequences, places, width] = input.dims();
    let output = layer.activated(input.reshape([1, sequences * places, width]), activation);
    let width = output.dims()[2];
    output.reshape([sequences, places, width])
}

fn norm(layer: &Layer, input: Tensor<3>) -> Tensor<3> {
    let input = input.clone() - input.mean_dim(2);
    let deviation = input.clone().square().mean_dim(2).add_scalar(1e-5).sqrt();
    input / deviation * layer.weight.val() + layer.bias.val()
}

/// Makes a mask, `[sequences, places, places]`: what place may see what other one.
pub(crate) fn mask(
    sequences: usize,
    places: usize,
    mut sees: impl FnMut(usize, usize, usize) -> bool,
    device: &Device,
) -> Tensor<3> {
    let mut values = Vec::with_capacity(sequences * places * places);
    for sequence in 0..sequences {
        for place in 0..places {
            values.extend((0..places).map(|other| if sees(sequence, place, other) { 0.0 } else { NEVER }));
        }
    }
    Tensor::from_data(TensorData::new(values, [sequences, places, places]), device)
}

/// Makes the mask that keeps every place from seeing what comes after it.
pub(crate) fn causal(places: usize, device: &Device) -> Tensor<3> {
    mask(1, places, |_, place, other| other <= place, device)
}

/// Gives what tells places apart, `[1, places, width]`.
pub(crate) fn positions(places: usize, width: usize, device: &Device) -> Tensor<3> {
    let angle = |place: usize, column: usize| {
        let angle = place as f32 / 10_000f32.powf((column / 2 * 2) as f32 / width as f32);
        if column.is_multiple_of(2) { angle.sin() } else { angle.cos() }
    };
    let values: Vec<f32> = (0..places).flat_map(|place| (0..width).map(move |column| angle(place, column))).collect();
    Tensor::from_data(TensorData::new(values, [1, places, width]), device)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::credit::layers::Layers;
    use crate::network::actor_critic::numbers;

    fn input(rng: &mut ChaCha8Rng) -> Vec<f32> {
        (0..2 * 3 * 4).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    fn tensor(values: &[f32]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), [2, 3, 4]), &Device::flex())
    }

    #[test]
    fn attention_is_what_its_formula_says_and_a_mask_hides() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let sizes = attention(4);
        let parameters = Size::draw(&sizes, &mut rng);
        let layers = Layers::load(&sizes, &parameters, &Device::flex()).unwrap().layers;
        let layers: &[Layer; ATTENTION] = layers.as_slice().try_into().unwrap();
        let seen = input(&mut rng);
        let given = numbers(attend(layers, tensor(&seen), Some(&causal(3, &Device::flex()))));
        // Four heads of one number each.
        let through = |layer: usize, row: &[f32], column: usize| {
            let (weight, bias) = (&parameters[2 * layer].values, &parameters[2 * layer + 1].values);
            (0..4).map(|i| row[i] * weight[i * 4 + column]).sum::<f32>() + bias[column]
        };
        for sequence in 0..2 {
            let row = |place: usize| &seen[(sequence * 3 + place) * 4..][..4];
            for place in 0..3 {
                let heads: Vec<f32> = (0..4)
                    .map(|head| {
                        let score = |other: usize| (through(0, row(place), head) * through(1, row(other), head)).exp();
                        let all: f32 = (0..=place).map(score).sum();
                        (0..=place).map(|other| score(other) / all * through(2, row(other), head)).sum()
                    })
                    .collect();
                for column in 0..4 {
                    let expected = through(3, &heads, column);
                    let given = given[(sequence * 3 + place) * 4 + column];
                    assert!((given - expected).abs() < 1e-5, "{sequence} {place} {column}: {given} for {expected}");
                }
            }
        }
    }

    #[test]
    fn a_block_sees_nothing_of_what_comes_after_and_its_rows_are_normal() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let parameters = Size::draw(&sizes(4), &mut rng);
        let layers = Layers::load(&sizes(4), &parameters, &Device::flex()).unwrap().layers;
        let layers: &[Layer; BLOCK] = layers.as_slice().try_into().unwrap();
        let mut seen = input(&mut rng);
        let mask = causal(3, &Device::flex());
        let before = numbers(block(layers, tensor(&seen), Some(&mask)));
        // The last place of the first sequence.
        seen[8..12].fill(3.0);
        let after = numbers(block(layers, tensor(&seen), Some(&mask)));
        assert!(before[..8] == after[..8] && before[8..12] != after[8..12] && before[12..] == after[12..]);
        for row in before.chunks(4) {
            let (sum, squares) = (row.iter().sum::<f32>(), row.iter().map(|v| v * v).sum::<f32>());
            assert!(sum.abs() < 1e-4 && (squares - 4.0).abs() < 1e-2, "{row:?}");
        }
    }
}
