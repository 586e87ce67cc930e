//! Arcs.

use std::f32::consts::{self, FRAC_PI_2, FRAC_PI_4};

use super::pair::{product, quotient, sum, sum_of_ordered};
use super::root::sqrt;
use super::{TINY, polynomial};

/// Half of pi, in two parts.
const HALF_PI: (f32, f32) = (FRAC_PI_2, -4.371_139e-8);
const QUARTER_PI: (f32, f32) = (FRAC_PI_4, -2.185_569_4e-8);
const PI: (f32, f32) = (consts::PI, -8.742_278e-8);

/// Gives the arc whose tangent is x, between -pi/2 and pi/2.
#[inline(always)]
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
#[inline(always)]
pub fn atan2(y: f32, x: f32) -> f32 {
    let (height, width) = (y.abs(), x.abs());
    let back = x.is_sign_negative();
    let (tall, wide) = (height == f32::INFINITY, width == f32::INFINITY);
    // Neither sums nor the errors of products then leave the range of numbers.
    const SMALLER: f32 = f32::from_bits((127 - 70) << 23);
    const LARGER: f32 = f32::from_bits((127 + 90) << 23);
    let factor = if height > 1.0e18 || width > 1.0e18 {
        SMALLER
    } else if height < 1.0e-18 && width < 1.0e-18 {
        LARGER
    } else {
        1.0
    };
    let finite = (height * factor, width * factor);
    let endless = (if tall { 1.0 } else { 0.0 }, if wide { 1.0 } else { 0.0 });
    let sides = if tall || wide { endless } else { finite };
    let (arc, low) = arc_of(sides.0, sides.1);
    let (arc, low) = if sides.0 == 0.0 { (0.0, 0.0) } else { (arc, low) };
    let (rest, error) = sum_of_ordered(PI.0, -arc);
    let arc = if back { rest + (error + (PI.1 - low)) } else { arc + low };
    let small = height / width;
    let small = if back { PI.0 - (small - PI.1) } else { small };
    let arc = if height < TINY * width && !wide { small } else { arc };
    if x.is_nan() || y.is_nan() { f32::NAN } else { arc.copysign(y) }
}

/// Gives the arc of a right triangle, as a sum of two numbers; neither side is negative, and they are not both zero.
///
/// Which octant it lies in decides over operands, not over what is done to them, so that rows of different octants go together.
#[inline(always)]
fn arc_of(height: f32, width: f32) -> (f32, f32) {
    // The tangents of 3/8 and 1/8 of a half turn.
    let steep = height > 2.414_213_7 * width;
    let middle = height > 0.414_213_57 * width;
    let (difference, total) = (sum(height, -width), sum(height, width));
    let (over, under, base) = if steep {
        ((-width, 0.0), (height, 0.0), HALF_PI)
    } else if middle {
        (difference, total, QUARTER_PI)
    } else {
        ((height, 0.0), (width, 0.0), (0.0, 0.0))
    };
    let (arc, low) = small_arc(over, under);
    let (arc, error) = sum_of_ordered(base.0, arc);
    (arc, error + (base.1 + low))
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
