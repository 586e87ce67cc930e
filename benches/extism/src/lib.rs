//! The rewards as plugins of Extism: bytes in, bytes out. The input is the number of rows and then the rows of the observation and of
//! the action; the output is the factors, row after row.

use extism_pdk::{FnResult, plugin_fn};

macro_rules! reward {
    ($($name:literal = $path:literal, $factors:literal, $observation:literal, $action:literal;)*) => {
        $(
            #[cfg(feature = $name)]
            #[path = $path]
            #[allow(dead_code, reason = "only the function of a row is of use here")]
            mod reward;
            #[cfg(feature = $name)]
            const SIZES: [usize; 3] = [$observation, $action, $factors];
        )*
    };
}

reward! {
    "locomotion" = "../../../plugins/locomotion/src/lib.rs", 4, 17, 6;
    "pendulum" = "../../../plugins/pendulum/src/lib.rs", 3, 3, 1;
    "nearest" = "../../../plugins/nearest/src/lib.rs", 2, 62, 0;
    "lookup" = "../../../plugins/lookup/src/lib.rs", 1, 2, 0;
}

/// Scores a batch.
#[plugin_fn]
pub fn evaluate(input: Vec<u8>) -> FnResult<Vec<u8>> {
    const O: usize = SIZES[0];
    const A: usize = SIZES[1];
    const F: usize = SIZES[2];
    let words: Vec<f32> = input.as_chunks().0.iter().map(|cell| f32::from_le_bytes(*cell)).collect();
    let rows = words[0].to_bits() as usize;
    let (observation, action) = words[1..].split_at(rows * O);
    let mut out = vec![0.0f32; rows * F];
    for (row, out) in out.chunks_exact_mut(F).enumerate() {
        reward::Plugin::step(&observation[row * O..][..O], &action[row * A..][..A], &[], out);
    }
    Ok(bytemuck::cast_slice(&out).to_vec())
}
