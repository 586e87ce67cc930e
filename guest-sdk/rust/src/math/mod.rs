//! Mathematics in `f32` alone, the same bits on every target.
//!
//! The standard library's `f32::sin` and its like call the platform's C library: other bits on every system, and double precision
//! inside many of them, which a GPU lacks. These use `f32` (and, to reduce large angles, integer) operations only, without
//! fused multiplication, so that a reward gives the same bits natively and in wasm. Measured against double precision (the
//! crate's tests do), [`exp_m1`], [`sinh`], [`cosh`] and [`tanh`] are within 1.6 units in the last place of the true value, [`pow`],
//! [`hypot`] and [`asin`] within 1.25, [`exp2`] within 1.1, and the rest within 1.
//!
//! In a plugin they also replace the C library's functions: `x.sin()` in an author's code means [`sin`]. Natively it does not,
//! and a compiler may fold it where the argument is a constant; call these where a native function and its plugin are to agree.
//! `+ - * /`, comparisons and `x.sqrt()` agree everywhere.

mod arithmetic;
mod exponential;
mod hyperbolic;
mod inverse;
mod logarithm;
mod pair;
mod power;
mod reduction;
mod root;
#[cfg(target_arch = "wasm32")]
mod symbols;
mod trigonometric;

pub use arithmetic::{abs, ceil, clamp, copysign, floor, fract, max, min, powi, round, signum, trunc};
pub use exponential::{exp, exp_m1, exp2};
pub use hyperbolic::{cosh, sinh, tanh};
pub use inverse::{acos, asin, atan, atan2};
pub use logarithm::{ln, ln_1p, log2, log10};
pub use power::pow;
pub use root::{cbrt, hypot, sqrt};
pub use trigonometric::{cos, sin, sin_cos, tan};

/// Evaluates a polynomial, lowest coefficient first.
///
/// Coefficients in this module are minimax fits of the relative error, rounded to `f32` one after the other, lowest first, with
/// the rest fitted anew each time.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// Below this size x and its sine, tangent, arc and so on are the same number to a tenth of a unit in the last place; to return
/// it as it is also keeps the sign of zero.
const TINY: f32 = 1.0 / 4096.0;
