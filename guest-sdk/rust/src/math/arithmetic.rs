//! What rounding and comparing need no series for.

/// Gives the magnitude.
#[inline(always)]
pub fn abs(x: f32) -> f32 {
    x.abs()
}

/// Gives the magnitude of `x` with the sign of `sign`.
#[inline(always)]
pub fn copysign(x: f32, sign: f32) -> f32 {
    x.copysign(sign)
}

/// Gives 1 or -1 by the sign bit; NaN stays NaN.
#[inline(always)]
pub fn signum(x: f32) -> f32 {
    if x.is_nan() { x } else { 1.0f32.copysign(x) }
}

/// Gives the smaller number: `a` where they are equal or either is NaN.
#[inline(always)]
pub fn min(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

/// Gives the larger number: `a` where they are equal or either is NaN.
#[inline(always)]
pub fn max(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// Limits a number to `low..=high`; NaN stays NaN.
#[inline(always)]
pub fn clamp(x: f32, low: f32, high: f32) -> f32 {
    if low > high {
        // No such range: what lies above `low` is limited by `high`.
        return if x < low { low } else { min(x, high) };
    }
    min(max(x, low), high)
}

/// Rounds towards minus infinity.
#[inline(always)]
pub fn floor(x: f32) -> f32 {
    x.floor()
}

/// Rounds towards plus infinity.
#[inline(always)]
pub fn ceil(x: f32) -> f32 {
    x.ceil()
}

/// Rounds towards zero.
#[inline(always)]
pub fn trunc(x: f32) -> f32 {
    x.trunc()
}

/// Rounds to the nearest whole number, halves away from zero.
#[inline(always)]
pub fn round(x: f32) -> f32 {
    x.round()
}

/// Gives what [`trunc`] cuts off.
#[inline(always)]
pub fn fract(x: f32) -> f32 {
    x - x.trunc()
}

/// Raises to a whole power by repeated squaring; a negative power is one over the positive one.
#[inline(always)]
pub fn powi(x: f32, power: i32) -> f32 {
    let mut square = x;
    let mut rest = power.unsigned_abs();
    let mut product = 1.0;
    loop {
        if rest & 1 == 1 {
            product *= square;
        }
        rest >>= 1;
        if rest == 0 {
            return if power < 0 { 1.0 / product } else { product };
        }
        square *= square;
    }
}

/// Rounds to the nearest whole number, halves to even, for magnitudes below 2^22.
#[inline(always)]
pub(super) fn nearest(x: f32) -> f32 {
    // At this size the last place of an f32 is 1.
    const SHIFT: f32 = 12_582_912.0;
    (x + SHIFT) - SHIFT
}

/// Multiplies by 2^power, for powers from -252 to 254, rounding once.
#[inline(always)]
pub(super) fn scale(x: f32, power: i32) -> f32 {
    let half = power >> 1;
    x * power_of_two(half) * power_of_two(power - half)
}

/// Gives 2^power, for powers from -126 to 127.
#[inline(always)]
fn power_of_two(power: i32) -> f32 {
    f32::from_bits(((power + 127) << 23) as u32)
}
