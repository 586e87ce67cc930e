//! Arcs.

use std::f32::consts::{self, FRAC_PI_2, FRAC_PI_4};

use super::arithmetic::scale;
use super::pair::{product, quotient, sum, sum_of_ordered};
use super::root::sqrt;
use super::{TINY, polynomial};

/// Half of pi, in two parts.
const HALF_PI: (f32, f32) = (FRAC_PI_2, -4.371_139e-8);
const QUARTER_PI: (f32, f32) = (FRAC_PI_4, -2.185_569_4e-8);
const PI: (f32, f32) = (consts::PI, -8.742_278e-8);

/// Gives the arc whose tangent is x, between -pi/2 and pi/2.
#[inline]
pub fn atan(x: f32) -> f32 {
    if x.abs() < TINY || x.is_nan() {
        return x;
    }
    let size = x.abs();
    // From here on the difference from a quarter turn is lost.
    let (arc, low) = if size > 1.0e9 { HALF_PI } else { arc_of(size, 1.0) };
    (arc + low).copysign(x)
}

/// Gives the angle of the point (x, y), between -pi and pi, with the special cases of C's `atan2f`.
#[inline]
pub fn atan2(y: f32, x: f32) -> f32 {
    if x.is_nan() || y.is_nan() {
        return f32::NAN;
    }
    let (height, width) = (y.abs(), x.abs());
    if height < TINY * width && width < f32::INFINITY {
        let arc = height / width;
        return if x.is_sign_negative() { PI.0 - (arc - PI.1) } else { arc }.copysign(y);
    }
    let (height, width) = match (height == f32::INFINITY, width == f32::INFINITY) {
        (true, true) => (1.0, 1.0),
        (true, false) => (1.0, 0.0),
        (false, true) => (0.0, 1.0),
        // Neither sums nor the errors of products then leave the range of numbers.
        (false, false) if height > 1.0e18 || width > 1.0e18 => (scale(height, -70), scale(width, -70)),
        (false, false) if height < 1.0e-18 && width < 1.0e-18 => (scale(height, 90), scale(width, 90)),
        (false, false) => (height, width),
    };
    let (arc, low) = if height == 0.0 { (0.0, 0.0) } else { arc_of(height, width) };
    let arc = if x.is_sign_negative() {
        let (arc, error) = sum_of_ordered(PI.0, -arc);
        arc + (error + (PI.1 - low))
    } else {
        arc + low
    };
    arc.copysign(y)
}

/// Gives the arc of a right triangle, as a sum of two numbers; neither side is negative, and they are not both zero.
#[inline(always)]
fn arc_of(height: f32, width: f32) -> (f32, f32) {
    // The tangents of 3/8 and 1/8 of a half turn.
    if height > 2.414_213_7 * width {
        let (arc, low) = small_arc((-width, 0.0), (height, 0.0));
        let (arc, error) = sum_of_ordered(HALF_PI.0, arc);
        (arc, error + (HALF_PI.1 + low))
    } else if height > 0.414_213_57 * width {
        let (arc, low) = small_arc(sum(height, -width), sum(height, width));
        let (arc, error) = sum_of_ordered(QUARTER_PI.0, arc);
        (arc, error + (QUARTER_PI.1 + low))
    } else {
        small_arc((height, 0.0), (width, 0.0))
    }
}

/// Gives the arc for a tangent of at most 0.4143 in size, as a sum of two numbers.
#[inline(always)]
fn small_arc(height: (f32, f32), width: (f32, f32)) -> (f32, f32) {
    let (x, low) = quotient(height, width);
    let z = x * x;
    let tail = polynomial(z, [-0.333_333_16, 0.199_985_28, -0.142_443_79, 0.105_989_65, -0.060_892_276]);
    (x, low + x * z * tail)
}

/// Gives what the arcs of a sine of at most 1/2 and of the number itself differ by, in units of the number.
#[inline(always)]
fn arcsine_tail(z: f32) -> f32 {
    z * polynomial(z, [0.166_667_55, 0.074_951_984, 0.045_482_364, 0.024_121_981, 0.042_261_917])
}

/// Gives the arc whose sine is x, between -pi/2 and pi/2; NaN outside of -1 to 1.
#[inline]
pub fn asin(x: f32) -> f32 {
    let size = x.abs();
    if size < TINY || size.is_nan() {
        return x;
    }
    if size > 1.0 {
        return f32::NAN;
    }
    if size <= 0.5 {
        return x + x * arcsine_tail(x * x);
    }
    let (root, low) = half_angle(size);
    (HALF_PI.0 - (2.0 * root - (HALF_PI.1 - 2.0 * low))).copysign(x)
}

/// Gives the arc whose cosine is x, between 0 and pi; NaN outside of -1 to 1.
#[inline]
pub fn acos(x: f32) -> f32 {
    let size = x.abs();
    if size.is_nan() {
        return x;
    }
    if size > 1.0 {
        return f32::NAN;
    }
    if size <= 0.5 {
        return HALF_PI.0 - (x - (HALF_PI.1 - x * arcsine_tail(x * x)));
    }
    let (root, low) = half_angle(size);
    if x > 0.0 { 2.0 * (root + low) } else { PI.0 - (2.0 * root - (PI.1 - 2.0 * low)) }
}

/// Gives half the arc whose cosine is x, for x from 1/2 to 1, as a sum of two numbers.
#[inline(always)]
fn half_angle(x: f32) -> (f32, f32) {
    let z = 0.5 * (1.0 - x);
    let root = sqrt(z);
    if root == 0.0 {
        return (0.0, 0.0);
    }
    // What the root lost in rounding, from the exact square.
    let (square, error) = product(root, root);
    let lost = ((z - square) - error) / (root + root);
    (root, lost + root * arcsine_tail(z))
}
