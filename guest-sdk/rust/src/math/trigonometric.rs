//! Sine, cosine and tangent, of angles in radians of any size.

use super::pair::{quotient, sum_of_ordered};
use super::reduction::quarter_turns;
use super::{TINY, polynomial};

/// Gives the sine; NaN of an infinite angle.
#[inline(always)]
pub fn sin(x: f32) -> f32 {
    if x.abs() < TINY {
        return x;
    }
    if !x.is_finite() {
        return f32::NAN;
    }
    let (quarters, rest, low) = quarter_turns(x);
    turned(quarters, rest, low)
}

/// Gives the cosine; NaN of an infinite angle.
#[inline(always)]
pub fn cos(x: f32) -> f32 {
    if !x.is_finite() {
        return f32::NAN;
    }
    let (quarters, rest, low) = quarter_turns(x);
    turned(quarters + 1, rest, low)
}

/// Gives sine and cosine for the price of one reduction.
#[inline(always)]
pub fn sin_cos(x: f32) -> (f32, f32) {
    if !x.is_finite() {
        return (f32::NAN, f32::NAN);
    }
    let (quarters, rest, low) = quarter_turns(x);
    (if x.abs() < TINY { x } else { turned(quarters, rest, low) }, turned(quarters + 1, rest, low))
}

/// Gives the tangent; NaN of an infinite angle.
#[inline(always)]
pub fn tan(x: f32) -> f32 {
    if x.abs() < TINY {
        return x;
    }
    if !x.is_finite() {
        return f32::NAN;
    }
    let (quarters, rest, low) = quarter_turns(x);
    let (sin, cos) = (sin_near_zero(rest, low), cos_near_zero(rest, low));
    let (sin, cos) = (sum_of_ordered(sin.0, sin.1), sum_of_ordered(cos.0, cos.1));
    let (tangent, low) = if quarters & 1 == 0 { quotient(sin, cos) } else { quotient((-cos.0, -cos.1), sin) };
    tangent + low
}

/// Gives the sine of so many quarter turns and a rest.
#[inline(always)]
fn turned(quarters: u32, rest: f32, low: f32) -> f32 {
    let size = if quarters & 1 == 0 { sin_near_zero(rest, low) } else { cos_near_zero(rest, low) };
    let size = size.0 + size.1;
    if quarters & 2 == 0 { size } else { -size }
}

/// Gives the sine of an angle of at most an eighth of a turn, as a sum of two numbers.
#[inline(always)]
fn sin_near_zero(x: f32, low: f32) -> (f32, f32) {
    let z = x * x;
    let tail = polynomial(z, [-0.166_666_67, 0.008_333_38, -1.985_349_8e-4, 2.837_247_6e-6]);
    (x, x * z * tail + low * (1.0 - 0.5 * z))
}

/// Gives the cosine likewise.
#[inline(always)]
fn cos_near_zero(x: f32, low: f32) -> (f32, f32) {
    let z = x * x;
    let tail = polynomial(z, [0.041_666_668, -0.001_388_898_2, 2.482_297e-5, -2.897_448_6e-7]);
    let half = 0.5 * z;
    let first = 1.0 - half;
    (first, ((1.0 - first) - half) + (z * z * tail - x * low))
}
