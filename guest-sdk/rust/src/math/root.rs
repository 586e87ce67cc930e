//! Roots.

use super::arithmetic::{max, min, scale};

/// Gives the square root, correctly rounded; NaN for negative numbers.
#[inline(always)]
pub fn sqrt(x: f32) -> f32 {
    x.sqrt()
}

/// Gives the cube root.
#[inline(always)]
pub fn cbrt(x: f32) -> f32 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let size = x.abs();
    let (size, least) = if size < f32::MIN_POSITIVE { (size * 16_777_216.0, -8) } else { (size, 0) };
    // size = part 8^power, with part between 1 and 8.
    let exponent = (size.to_bits() >> 23) as i32 - 127;
    let power = exponent.div_euclid(3);
    let part = scale(size, -3 * power);
    // A third of the bits is a root to about 5 bits; Halley's step triples the number of good bits.
    let guess = f32::from_bits(part.to_bits() / 3 + 709_958_130);
    let cube = guess * guess * guess;
    let guess = guess * ((part + part) + cube) / (part + (cube + cube));
    // 12 bits have an exact square.
    let guess = f32::from_bits((guess.to_bits() + 0x800) & 0xffff_f000);
    let ratio = part / (guess * guess);
    let root = guess + guess * ((ratio - guess) / (guess + guess + ratio));
    scale(root, power + least).copysign(x)
}

/// Gives the length of the hypotenuse, without overflow on the way; infinite where either side is.
#[inline(always)]
pub fn hypot(x: f32, y: f32) -> f32 {
    let (x, y) = (x.abs(), y.abs());
    if x == f32::INFINITY || y == f32::INFINITY {
        return f32::INFINITY;
    }
    if x.is_nan() || y.is_nan() {
        return f32::NAN;
    }
    let (long, short) = (max(x, y), min(x, y));
    let power = if long > 1.0e18 {
        -70
    } else if long < 1.0e-18 {
        90
    } else {
        0
    };
    let (long, short) = (scale(long, power), scale(short, power));
    scale(sqrt(long * long + short * short), -power)
}
