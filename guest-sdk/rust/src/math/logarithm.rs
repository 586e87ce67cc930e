//! Logarithms.

use super::exponential::LN2;
use super::{TINY, polynomial};

/// Log of 2 to base 10, and 1 / ln 2 and 1 / ln 10, each in two parts of which the first has 12 bits.
const LOG10_2: (f32, f32) = (0.301_025_4, 4.605_039e-6);
const ONE_BY_LN2: (f32, f32) = (1.442_871_1, -1.760_528_5e-4);
const ONE_BY_LN10: (f32, f32) = (0.434_326_17, -3.168_997e-5);

/// Writes a positive finite number as m 2^k with m between the square roots of 1/2 and 2.
#[inline(always)]
pub(super) fn split(x: f32) -> (f32, f32) {
    const ROOT_OF_HALF: u32 = 0x3f35_04f3;
    let (x, least) = if x < f32::MIN_POSITIVE { (x * 33_554_432.0, -25) } else { (x, 0) };
    let above = x.to_bits().wrapping_sub(ROOT_OF_HALF);
    let power = ((above as i32) >> 23) + least;
    (power as f32, f32::from_bits((above & 0x007f_ffff).wrapping_add(ROOT_OF_HALF)))
}

/// Gives what the logarithm of a number is at the edges of its domain.
#[inline(always)]
fn special(x: f32) -> Option<f32> {
    if x > 0.0 && x < f32::INFINITY {
        None
    } else if x == 0.0 {
        Some(f32::NEG_INFINITY)
    } else if x < 0.0 {
        Some(f32::NAN)
    } else {
        Some(x)
    }
}

/// Gives ln(1 + f) - f + f^2/2 for f between -0.3 and 0.42, and f^2/2.
#[inline(always)]
fn tail(f: f32) -> (f32, f32) {
    let s = f / (2.0 + f);
    let z = s * s;
    let half = 0.5 * f * f;
    (s * (half + z * polynomial(z, [0.666_666_6, 0.400_009_72, 0.284_987_9, 0.242_789_4])), half)
}

/// Gives the natural logarithm; minus infinity for 0, NaN below.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    if let Some(special) = special(x) {
        return special;
    }
    let (power, m) = split(x);
    let f = m - 1.0;
    let (tail, half) = tail(f);
    power * LN2.0 - ((half - (tail + power * LN2.1)) - f)
}

/// Gives ln(1 + x), also where x is small.
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    if x.abs() < TINY * TINY {
        return x;
    }
    let sum = 1.0 + x;
    if let Some(special) = special(sum) {
        return special;
    }
    let (power, m) = if x > -0.29 && x < 0.41 { (0.0, 1.0) } else { split(sum) };
    if power == 0.0 && m == 1.0 {
        let (tail, half) = tail(x);
        return x - (half - tail);
    }
    // What the sum lost, in units of the sum.
    let lost = if x > 1.0 { 1.0 - (sum - x) } else { x - (sum - 1.0) } / sum;
    let f = m - 1.0;
    let (tail, half) = tail(f);
    power * LN2.0 - ((half - (tail + (power * LN2.1 + lost))) - f)
}

/// Gives k `of_two` + ln(m) `one_by` for x = m 2^k: a logarithm to another base.
#[inline(always)]
fn to_base(x: f32, of_two: (f32, f32), one_by: (f32, f32)) -> f32 {
    let (power, m) = split(x);
    let f = m - 1.0;
    let (tail, half) = tail(f);
    // ln(m) in two parts, the first of which has 12 bits, so that its product with the first part of the factor is exact.
    let high = f32::from_bits((f - half).to_bits() & 0xffff_f000);
    let low = ((f - high) - half) + tail;
    let rest = power * of_two.1 + (low + high) * one_by.1 + low * one_by.0;
    let (sum, error) = super::pair::sum(power * of_two.0, high * one_by.0);
    sum + (error + rest)
}

/// Gives the logarithm to base 2.
#[inline(always)]
pub fn log2(x: f32) -> f32 {
    special(x).unwrap_or_else(|| to_base(x, (1.0, 0.0), ONE_BY_LN2))
}

/// Gives the logarithm to base 10.
#[inline(always)]
pub fn log10(x: f32) -> f32 {
    special(x).unwrap_or_else(|| to_base(x, LOG10_2, ONE_BY_LN10))
}
