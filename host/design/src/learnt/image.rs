//! The decoder's numbers and texts as they lie in the plugin's memory.

use super::{Decoder, SIDE_BY_SIDE};

/// Bytes, and where in them everything is.
pub(super) struct Image {
    pub(super) bytes: Vec<u8>,
    pub(super) layers: Vec<Placed>,
    /// The one factor's record; the addresses of its texts are zeros until the image has one.
    pub(super) factor: u32,
    /// Beginnings and lengths of texts.
    pub(super) name: (u32, u32),
    pub(super) summary: (u32, u32),
    pub(super) factor_name: (u32, u32),
    pub(super) meaning: (u32, u32),
}

/// A layer's place.
pub(super) struct Placed {
    /// The biases, then the weights, every row of them as wide as the outputs.
    pub(super) weights: u32,
    /// Outputs, with as many more that are zero as make up a multiple of sixteen.
    pub(super) outputs: u32,
    /// Where the outputs go.
    pub(super) out: u32,
}

impl Image {
    pub(super) fn of(decoder: &Decoder) -> Self {
        let mut bytes = Vec::new();
        let mut layers = Vec::new();
        for layer in &decoder.layers {
            let outputs = layer.outputs.next_multiple_of(SIDE_BY_SIDE as usize);
            let weights = bytes.len() as u32;
            for row in [&layer.bias[..]].into_iter().chain(layer.weight.chunks_exact(layer.outputs)) {
                let padded = row.iter().copied().chain(std::iter::repeat_n(0.0, outputs - layer.outputs));
                bytes.extend(padded.flat_map(f32::to_le_bytes));
            }
            layers.push(Placed { weights, outputs: outputs as u32, out: 0 });
        }
        for placed in &mut layers {
            placed.out = bytes.len() as u32;
            bytes.resize(bytes.len() + 4 * placed.outputs as usize, 0);
        }
        let factor = bytes.len() as u32;
        let [address, length] = [[0; 4]; 2];
        for cell in [address, length, le(f32::NEG_INFINITY), le(f32::INFINITY), le(1.0), address, length] {
            bytes.extend(cell);
        }
        let mut text = |text: &str| {
            let start = bytes.len() as u32;
            bytes.extend(text.as_bytes());
            (start, text.len() as u32)
        };
        let (name, summary) = (text(&decoder.name), text(&decoder.summary));
        let (factor_name, meaning) = (text("learnt"), text(&decoder.meaning));
        Image { bytes, layers, factor, name, summary, factor_name, meaning }
    }
}

fn le(value: f32) -> [u8; 4] {
    value.to_le_bytes()
}
