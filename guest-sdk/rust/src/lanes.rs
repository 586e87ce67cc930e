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
#[inline]
pub fn sum(values: &[f32]) -> f32 {
    sum_of(values.len(), |i| values[i])
}

/// Multiplies two slices element by element and adds; the longer one's rest is left out.
#[inline]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    sum_of(len, |i| a[i] * b[i])
}

/// Adds the squares.
#[inline]
pub fn norm_squared(values: &[f32]) -> f32 {
    sum_of(values.len(), |i| values[i] * values[i])
}

/// Gives the Euclidean length.
#[inline]
pub fn norm(values: &[f32]) -> f32 {
    crate::math::sqrt(norm_squared(values))
}

/// Gives the Euclidean distance; the longer slice's rest is left out.
#[inline]
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    crate::math::sqrt(sum_of(len, |i| (a[i] - b[i]) * (a[i] - b[i])))
}

/// Raises e to each element.
#[inline]
pub fn exp<const N: usize>(values: [f32; N]) -> [f32; N] {
    values.map(crate::math::exp)
}

/// Limits each element to the range; NaN stays NaN.
#[inline]
pub fn clamp<const N: usize>(values: [f32; N], low: f32, high: f32) -> [f32; N] {
    values.map(|value| crate::math::clamp(value, low, high))
}
