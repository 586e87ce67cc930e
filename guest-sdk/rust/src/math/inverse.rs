//! Arcs.

use std::f32::consts::{self, FRAC_PI_2, FRAC_PI_4};

use super::arithmetic::max;
use super::pair::{product, quotient, sum, sum_of_ordered};
use super::root::sqrt;
use super::{TINY, polynomial};

/// Half of pi, in two parts.
const HALF_PI: (f32, f32) = (FRAC_PI_2, -4.371_139e-8);
const QUARTER_PI: (f32, f32) = (FRAC_PI_4, -2.185_569_4e-8);
const PI: (f32, f32) = (consts::PI, -8.742_278e-8);
/// The sign of a number.
const SIGN: u32 = 1 << 31;

/// Gives the arc whose tangent is x, between -pi/2 and pi/2.
#[inline(always)]
pub fn atan(x: f32) -> f32 {
    if x.abs() < TINY || x.is_nan() {
        return x;
    }
    let size = x.abs();
    // From here on the difference from a quarter turn is lost.
    let (_, arc, low) = arc_of(size, 1.0);
    let (arc, low) = if size > 1.0e9 { HALF_PI } else { (arc, low) };
    (arc + low).copysign(x)
}

/// Gives the angle of the point (x, y), between -pi and pi, with the special cases of C's `atan2f`.
#[inline(always)]
pub fn atan2(y: f32, x: f32) -> f32 {
    let (height, width) = (y.abs(), x.abs());
    let longer = max(height, width);
    let flat = height < TINY * width;
    // Neither sums nor the errors of products then leave the range of numbers. A flat triangle's do not matter.
    const SMALLER: f32 = f32::from_bits((127 - 70) << 23);
    const LARGER: f32 = f32::from_bits((127 + 90) << 23);
    let factor = if longer < 1.0e-18 { LARGER } else { 1.0 };
    let factor = if longer > 1.0e18 { SMALLER } else { factor };
    let factor = if flat { 1.0 } else { factor };
    let one_where = |endless: bool| if endless { 1.0 } else { 0.0 };
    let endless = longer == f32::INFINITY;
    let high = if endless { one_where(height == f32::INFINITY) } else { height * factor };
    let wide = if endless { one_where(width == f32::INFINITY) } else { width * factor };
    // Without height the arc is none, whatever the width.
    let wide = if high == 0.0 { 1.0 } else { wide };
    let (tangent, arc, low) = arc_of(high, wide);
    // To the left of the origin the arc counts from the half turn.
    let back = x.is_sign_negative();
    let (half, half_low) = if back { PI } else { (0.0, 0.0) };
    let turned = |arc: f32| f32::from_bits(arc.to_bits() ^ (x.to_bits() & SIGN));
    let (rest, error) = sum_of_ordered(half, turned(arc));
    let arc = rest + (error + (half_low + turned(low)));
    let arc = if flat { half + (half_low + turned(tangent)) } else { arc };
    if x.is_nan() || y.is_nan() { f32::NAN } else { arc.copysign(y) }
}

/// Gives the arc of a right triangle, as the tangent of its part within the octant and a sum of two numbers; neither side is negative,
/// and they are not both zero.
///
/// Which octant it lies in decides over operands, not over what is done to them, so that rows of different octants go together.
#[inline(always)]
fn arc_of(height: f32, width: f32) -> (f32, f32, f32) {
    // The tangents of 3/8 and 1/8 of a half turn.
    let steep = height > 2.414_213_7 * width;
    let middle = height > 0.414_213_57 * width;
    let (difference, total) = (sum(height, -width), sum(height, width));
    let (over, under, base) = if steep {
        (-width, height, HALF_PI)
    } else if middle {
        (difference.0, total.0, QUARTER_PI)
    } else {
        (height, width, (0.0, 0.0))
    };
    let errors = if middle & !steep { (difference.1, total.1) } else { (0.0, 0.0) };
    let (tangent, low) = quotient((over, errors.0), (under, errors.1));
    let z = tangent * tangent;
    let tail = polynomial(z, [-0.333_333_16, 0.199_985_28, -0.142_443_79, 0.105_989_65, -0.060_892_276]);
    let low = low + tangent * z * tail;
    let (arc, error) = sum_of_ordered(base.0, tangent);
    (tangent, arc, error + (base.1 + low))
}

/// Gives what the arcs of a sine of at most 1/2 and of the number itself differ by, in units of the number.
#[inline(always)]
fn arcsine_tail(z: f32) -> f32 {
    z * polynomial(z, [0.166_667_55, 0.074_951_984, 0.045_482_364, 0.024_121_981, 0.042_261_917])
}

/// Gives the arc whose sine is x, between -pi/2 and pi/2; NaN outside of -1 to 1.
#[inline(always)]
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
#[inline(always)]
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
