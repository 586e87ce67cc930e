//! Where a random generator stands, as plain numbers: what a snapshot keeps of it.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// A place in the stream of a ChaCha8 generator. The generator made from it gives the numbers that the first one would have
/// given next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RngState {
    seed: [u8; 32],
    stream: u64,
    /// Words of 32 bits taken from the stream so far.
    word: u128,
}

impl From<&ChaCha8Rng> for RngState {
    fn from(rng: &ChaCha8Rng) -> Self {
        RngState { seed: rng.get_seed(), stream: rng.get_stream(), word: rng.get_word_pos() }
    }
}

impl From<&RngState> for ChaCha8Rng {
    fn from(state: &RngState) -> Self {
        let mut rng = ChaCha8Rng::from_seed(state.seed);
        rng.set_stream(state.stream);
        rng.set_word_pos(state.word);
        rng
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    #[test]
    fn a_generator_goes_on_where_it_stood_wherever_that_was() {
        for taken in 0..200 {
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            rng.set_stream(u64::MAX);
            for _ in 0..taken {
                rng.next_u32();
            }
            let mut again = ChaCha8Rng::from(&RngState::from(&rng));
            for _ in 0..70 {
                assert_eq!(again.next_u64(), rng.next_u64(), "after {taken} words");
            }
        }
    }
}
