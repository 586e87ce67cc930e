//! Two networks as one, and a number added to what one says: what a component carries is one chain of layers.
//!
//! All layers but the last of a [`LearntReward`] are followed by a rectifier, and between two networks there is none. So what passes
//! from one to the other does so twice, once with its sign turned: `x` is `max(x, 0) - max(-x, 0)`, of which one is 0, so that no bit
//! changes (a zero may lose its sign).

use crate::credit::learnt::{Dense, LearntReward};

impl LearntReward {
    /// Has the first so many outputs of one network read by another.
    pub(crate) fn joined(mut first: Vec<Dense>, outputs: usize, second: Vec<Dense>) -> Option<Self> {
        let last = first.pop()?;
        let mut second = second.into_iter();
        let reader = second.next().filter(|reader| reader.inputs == outputs && outputs <= last.outputs)?;
        first.extend([last.twice(outputs), reader.of_twice()]);
        first.extend(second);
        Some(LearntReward { layers: first })
    }

    /// Adds a number to what every row is worth.
    pub(crate) fn plus(self, number: f32) -> Self {
        let sum = Dense { inputs: 1, outputs: 1, weight: vec![1.0], bias: vec![number] };
        let mut layers = self.layers;
        if let Some(last) = layers.pop() {
            layers.extend([last.twice(1), sum.of_twice()]);
        }
        LearntReward { layers }
    }
}

impl Dense {
    /// Gives the first so many outputs, each followed by itself with its sign turned.
    fn twice(&self, outputs: usize) -> Dense {
        let turned = |row: &[f32]| row[..outputs].iter().flat_map(|value| [*value, -value]).collect::<Vec<_>>();
        let weight = self.weight.chunks(self.outputs).flat_map(turned).collect();
        Dense { inputs: self.inputs, outputs: 2 * outputs, weight, bias: turned(&self.bias) }
    }

    /// Reads what [`twice`](Self::twice) gives, after the rectifier, as if it were the plain outputs.
    fn of_twice(&self) -> Dense {
        let turned = |row: &[f32]| row.iter().copied().chain(row.iter().map(|value| -value)).collect::<Vec<_>>();
        let weight = self.weight.chunks(self.outputs).flat_map(turned).collect();
        Dense { inputs: 2 * self.inputs, outputs: self.outputs, weight, bias: self.bias.clone() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::credit::layers::Size;

    fn layers(sizes: &[Size], seed: u64) -> Vec<Dense> {
        Dense::all(&Size::draw(sizes, &mut ChaCha8Rng::seed_from_u64(seed))).unwrap()
    }

    #[test]
    fn joining_two_networks_or_adding_a_number_changes_no_bit() {
        let (encoder, reader) = (layers(&Size::chain(5, 20, 2, 6), 1), layers(&Size::chain(3, 20, 1, 1), 2));
        let joined = LearntReward::joined(encoder.clone(), 3, reader.clone()).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let rows: Vec<f32> = (0..5 * 300).map(|_| rng.random_range(-3.0..3.0)).collect();

        let mut values = rows.clone();
        for (index, layer) in encoder.iter().enumerate() {
            values = layer.forward(&values, index + 1 < encoder.len());
        }
        let codes: Vec<f32> = values.chunks(6).flat_map(|code| code[..3].to_vec()).collect();
        assert!(codes.iter().any(|code| *code < 0.0) && codes.iter().any(|code| *code > 0.0));
        let worth = LearntReward { layers: reader.clone() }.values(&codes);
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&joined.values(&rows)), bits(&worth));

        let more: Vec<f32> = worth.iter().map(|value| value + 0.3).collect();
        assert_eq!(bits(&joined.plus(0.3).values(&rows)), bits(&more));
        assert!(LearntReward::joined(encoder, 4, reader).is_none());
    }
}
