//! Hyperbolic functions.

use super::exponential::{exp, exp_times_power_of_two};
use super::{TINY, polynomial};

/// Gives the hyperbolic sine.
#[inline(always)]
pub fn sinh(x: f32) -> f32 {
    let size = x.abs();
    if size < TINY || size.is_nan() {
        return x;
    }
    if size < 1.0 {
        let z = x * x;
        return x + x * (z * polynomial(z, [0.166_666_67, 0.008_333_311, 1.984_263_2e-4, 2.783_963e-6]));
    }
    let half = exp_times_power_of_two(size, -1);
    (half - 0.25 / half).copysign(x)
}

/// Gives the hyperbolic cosine.
#[inline(always)]
pub fn cosh(x: f32) -> f32 {
    let half = exp_times_power_of_two(x.abs(), -1);
    half + 0.25 / half
}

/// Gives the hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let size = x.abs();
    if size < TINY || size.is_nan() {
        return x;
    }
    if size < 0.6 {
        let z = x * x;
        let coefficients = [-0.333_333_3, 0.133_332_28, -0.053_949_69, 0.021_717_424, -0.008_220_458, 0.002_183_981_7];
        return x + x * (z * polynomial(z, coefficients));
    }
    // Above 10 the difference from 1 is lost.
    let size = if size > 10.0 { 1.0 } else { 1.0 - 2.0 / (exp(2.0 * size) + 1.0) };
    size.copysign(x)
}
