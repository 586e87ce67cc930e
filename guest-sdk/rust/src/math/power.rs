//! Powers with any exponent.

use std::f32::consts::LOG2_E;

use super::arithmetic::{nearest, scale};
use super::exponential::exp2_near_one;
use super::logarithm::split;
use super::pair::{product, product_of_pairs, sum, sum_of_ordered};
use super::polynomial;

/// Raises x to the power y, with the special cases of C's `powf`.
#[inline(always)]
pub fn pow(x: f32, y: f32) -> f32 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if x.is_nan() || y.is_nan() {
        return f32::NAN;
    }
    let size = x.abs();
    if y.is_infinite() {
        return match size {
            1.0 => 1.0,
            _ if (size > 1.0) == (y > 0.0) => f32::INFINITY,
            _ => 0.0,
        };
    }
    let sign = if x.is_sign_negative() && is_odd(y) { -1.0 } else { 1.0 };
    if size == 0.0 || size == f32::INFINITY {
        return if (size == 0.0) == (y > 0.0) { sign * 0.0 } else { sign * f32::INFINITY };
    }
    if x < 0.0 && y.abs() < 8_388_608.0 && y.trunc() != y {
        return f32::NAN;
    }
    sign * positive(size, y)
}

/// Tells whether a number is an odd whole number.
fn is_odd(y: f32) -> bool {
    y.abs() < 16_777_216.0 && y.trunc() == y && (y as i32) & 1 == 1
}

/// Raises a positive finite number to a finite power.
#[inline(always)]
fn positive(x: f32, y: f32) -> f32 {
    let log = log2_pair(x);
    if log.0 == 0.0 {
        return 1.0;
    }
    let about = y * log.0;
    if about > 129.0 {
        return f32::INFINITY;
    }
    if about < -152.0 {
        return 0.0;
    }
    // Here |y| is below 2^31: the smallest logarithm other than 0 is 2^-24.
    let (high, low) = product(y, log.0);
    let power = nearest(high);
    scale(exp2_near_one((high - power) + (low + y * log.1)), power as i32)
}

/// Gives the logarithm to base 2 as a pair, within about 2^-36 of its size.
///
/// With s = (m-1)/(m+1) the natural logarithm of m is 2s + s^3 (2/3 + 2/5 s^2 + ...).
#[inline(always)]
fn log2_pair(x: f32) -> (f32, f32) {
    const TWO_THIRDS: (f32, f32) = (0.666_666_7, -1.986_821_6e-8);
    const ONE_BY_LN2: (f32, f32) = (LOG2_E, 1.925_963e-8);
    let (power, m) = split(x);
    let f = m - 1.0;
    let (over, over_low) = sum(m, 1.0);
    let s = f / over;
    let (back, back_low) = product(s, over);
    let s = (s, (((f - back) - back_low) - s * over_low) / over);
    let z = product_of_pairs(s, s);
    let rest = z.0 * polynomial(z.0, [0.399_999_98, 0.285_719_72, 0.221_797_02, 0.195_576_55]);
    let (series, series_low) = sum_of_ordered(TWO_THIRDS.0, rest);
    let cubic = product_of_pairs(z, (series, series_low + TWO_THIRDS.1));
    let (factor, factor_low) = sum_of_ordered(2.0, cubic.0);
    let natural = product_of_pairs(s, (factor, factor_low + cubic.1));
    let binary = product_of_pairs(natural, ONE_BY_LN2);
    let (high, low) = sum(power, binary.0);
    sum_of_ordered(high, low + binary.1)
}
