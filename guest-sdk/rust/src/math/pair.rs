//! Sums and products whose rounding error is kept in a second number.

/// Adds two numbers, with the error.
#[inline(always)]
pub(super) fn sum(a: f32, b: f32) -> (f32, f32) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// Adds two numbers of which the first is the larger, with the error.
#[inline(always)]
pub(super) fn sum_of_ordered(a: f32, b: f32) -> (f32, f32) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// Multiplies two numbers, with the error, which is exact unless the product of their last places is below the smallest number.
#[inline(always)]
pub(super) fn product(a: f32, b: f32) -> (f32, f32) {
    let product = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    (product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low)
}

/// Splits a number into two of 12 bits each, so that the product of two halves is exact.
#[inline(always)]
fn halves(a: f32) -> (f32, f32) {
    let high = f32::from_bits(a.to_bits() & 0xffff_f000);
    (high, a - high)
}

/// Multiplies two pairs.
#[inline(always)]
pub(super) fn product_of_pairs(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    let (high, low) = product(a.0, b.0);
    sum_of_ordered(high, low + (a.0 * b.1 + a.1 * b.0))
}

/// Divides two pairs of which the second numbers are rounding errors of the first, with the error.
#[inline(always)]
pub(super) fn quotient(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
    let quotient = a.0 / b.0;
    let (back, error) = product(quotient, b.0);
    (quotient, (((a.0 - back) - error) + (a.1 - quotient * b.1)) / b.0)
}
