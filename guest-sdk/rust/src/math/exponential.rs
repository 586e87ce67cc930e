//! Powers of e and 2.

use std::f32::consts::{LN_2, LOG2_E};

use super::arithmetic::{nearest, scale};
use super::{TINY, polynomial};

/// The natural logarithm of 2 in two parts, the first short enough to be multiplied by an exponent exactly.
pub(super) const LN2: (f32, f32) = (0.693_145_75, 1.428_606_8e-6);

/// Raises e to a power: 0 below about -104, infinite above about 88.7.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exp_times_power_of_two(x, 0)
}

/// Gives e^x 2^shift for a shift of 0 or -1, without overflow on the way.
#[inline(always)]
pub(super) fn exp_times_power_of_two(x: f32, shift: i32) -> f32 {
    if x > 90.0 {
        return f32::INFINITY;
    }
    if x < -105.0 {
        return 0.0;
    }
    if x.is_nan() {
        return x;
    }
    let (power, rest) = split(x);
    let tail = polynomial(rest, [0.499_999_94, 0.166_665_21, 0.041_668_277, 0.008_368_687, 0.001_381_982_4]);
    scale(1.0 + (rest + rest * rest * tail), power as i32 + shift)
}

/// Splits x into a whole multiple of ln 2 and the rest, at most half of it.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    let power = nearest(x * LOG2_E);
    (power, (x - power * LN2.0) - power * LN2.1)
}

/// Raises 2 to a power.
#[inline(always)]
pub fn exp2(x: f32) -> f32 {
    if x >= 128.0 {
        return f32::INFINITY;
    }
    if x < -151.0 {
        return 0.0;
    }
    if x.is_nan() {
        return x;
    }
    let power = nearest(x);
    scale(exp2_near_one(x - power), power as i32)
}

/// Raises 2 to a power between -1/2 and 1/2.
#[inline(always)]
pub(super) fn exp2_near_one(x: f32) -> f32 {
    let coefficients = [LN_2, 0.240_226_48, 0.055_503_596, 0.009_618_503, 0.001_339_099_7, 0.000_153_278_42];
    1.0 + x * polynomial(x, coefficients)
}

/// Gives e^x - 1, also where x is small.
#[inline(always)]
pub fn exp_m1(x: f32) -> f32 {
    if x.abs() < TINY * TINY || x.is_nan() {
        return x;
    }
    if x < -18.0 {
        return -1.0;
    }
    if x > 90.0 {
        return f32::INFINITY;
    }
    let (power, rest) = if x.abs() < 0.5 { (0.0, x) } else { split(x) };
    let coefficients =
        [0.5, 0.166_666_67, 0.041_666_668, 0.008_333_161_5, 0.001_388_862_7, 0.000_199_717_5, 2.495_583e-5];
    let less_one = rest + rest * rest * polynomial(rest, coefficients);
    if power == 0.0 {
        return less_one;
    }
    let power = power as i32;
    if power > 24 { scale(1.0 + less_one, power) } else { scale(less_one, power) + (scale(1.0, power) - 1.0) }
}
