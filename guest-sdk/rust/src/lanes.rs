//! Helpers over arrays that add in a fixed order, eight lanes wide.
//!
//! A sum of floats depends on the order of its terms. Here it is fixed: term `i` goes to lane `i % 8`, and the lanes are added
//! in pairs. So the bits are the same natively and in wasm, with and without vector instructions, and a compiler is free to use
//! eight lanes at once, which it may not do to a plain loop.

/// Lanes of a sum.
pub const LANES: usize = 8;

/// Adds the terms that `term` gives for the indices below `len`.
#[inline(always)]
fn sum_of(len: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let whole = len - len % LANES;
    let mut first = 0;
    while first < whole {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(first + lane);
        }
        first += LANES;
    }
    for (lane, sum) in lanes.iter_mut().enumerate() {
        if whole + lane < len {
            *sum += term(whole + lane);
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// Adds all elements.
#[inline(always)]
pub fn sum(values: &[f32]) -> f32 {
    sum_of(values.len(), |i| values[i])
}

/// Multiplies two slices element by element and adds; the longer one's rest is left out.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    sum_of(len, |i| a[i] * b[i])
}

/// Adds the squares.
#[inline(always)]
pub fn norm_squared(values: &[f32]) -> f32 {
    sum_of(values.len(), |i| values[i] * values[i])
}

/// Gives the Euclidean length.
#[inline(always)]
pub fn norm(values: &[f32]) -> f32 {
    crate::math::sqrt(norm_squared(values))
}

/// Gives the Euclidean distance; the longer slice's rest is left out.
#[inline(always)]
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    crate::math::sqrt(sum_of(len, |i| (a[i] - b[i]) * (a[i] - b[i])))
}

/// Raises e to each element.
#[inline(always)]
pub fn exp<const N: usize>(values: [f32; N]) -> [f32; N] {
    values.map(crate::math::exp)
}

/// Limits each element to the range; NaN stays NaN.
#[inline(always)]
pub fn clamp<const N: usize>(values: [f32; N], low: f32, high: f32) -> [f32; N] {
    values.map(|value| crate::math::clamp(value, low, high))
}

/// Reads a table's entry, the last one where `index` lies beyond it. Unlike `table[index]` it cannot panic, so that rows with a table
/// in their reward become vector instructions, too.
#[inline(always)]
pub fn entry<T: Copy, const N: usize>(table: &[T; N], index: usize) -> T {
    const { assert!(N > 0, "a table has at least one entry") };
    table[if index < N { index } else { N - 1 }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_counts_once_whatever_the_length() {
        for len in 0..40 {
            let ones = vec![1.0; len];
            let numbers: Vec<f32> = (1..=len).map(|i| i as f32).collect();
            assert_eq!(sum(&ones), len as f32);
            assert_eq!(dot(&ones, &numbers), (len * (len + 1) / 2) as f32);
            assert_eq!(distance(&numbers, &numbers), 0.0);
        }
        assert_eq!(norm(&[3.0, 0.0, 4.0]), 5.0);
        assert_eq!(dot(&[1.0, 2.0], &[3.0, 4.0, 5.0]), 11.0);
    }

    #[test]
    fn terms_are_added_in_eight_lanes_and_the_lanes_in_pairs() {
        let values: Vec<f32> = (0..19).map(|i| 1.0 / (i as f32 + 3.0)).collect();
        let lane = |lane: usize| values.iter().skip(lane).step_by(8).fold(0.0, |sum: f32, value| sum + value);
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(lane);
        assert_eq!(sum(&values).to_bits(), (((a + e) + (c + g)) + ((b + f) + (d + h))).to_bits());
    }

    #[test]
    fn what_lies_beyond_a_table_reads_its_last_entry() {
        let table = [1.0, 2.0, 3.0];
        assert_eq!([0, 2, 3, usize::MAX].map(|index| entry(&table, index)), [1.0, 3.0, 3.0, 3.0]);
    }

    #[test]
    fn clamp_keeps_nan() {
        let [low, nan] = clamp([-2.0, f32::NAN], -1.0, 1.0);
        assert_eq!(low, -1.0);
        assert!(nan.is_nan());
    }
}
