//! Brings an angle into the eighth of a turn around zero, with integers, so that no angle is too large (Payne and Hanek).

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4};

use super::pair::product_of_pairs;

/// The bits of 2/pi after a word of zeros.
const TWO_BY_PI: [u32; 8] =
    [0, 0xa2f9_836e, 0x4e44_1529, 0xfc27_57d1, 0xf534_ddc0, 0xdb62_9599, 0x3c43_9041, 0xfe51_63ab];
const HALF_PI: (f32, f32) = (FRAC_PI_2, -4.371_139e-8);

/// Gives the number of quarter turns nearest to a finite angle, modulo 4, and what is left, at most an eighth of a turn, as a pair.
#[inline(always)]
pub(super) fn quarter_turns(x: f32) -> (u32, f32, f32) {
    if x.abs() <= FRAC_PI_4 {
        return (0, x, 0.0);
    }
    // |x| = mantissa 2^(exponent - 23). Of |x| 2/pi only what is below 4 matters, so the bits of 2/pi that matter begin
    // `exponent - 25` places after the point; 96 of them give 62 bits and more behind the point of the product.
    let bits = x.abs().to_bits();
    let mantissa = u64::from(bits & 0x007f_ffff | 0x0080_0000);
    let first = (bits >> 23) as usize - (127 - 32 + 25);
    let word = |index: usize| {
        let at = first / 32 + index;
        let pair = (u64::from(TWO_BY_PI[at]) << 32) | u64::from(TWO_BY_PI[at + 1]);
        ((pair << (first % 32)) >> 32) & 0xffff_ffff
    };
    let product = (mantissa.wrapping_mul(word(0)) << 32)
        .wrapping_add(mantissa * word(1))
        .wrapping_add((mantissa * word(2)) >> 32);
    let quarters = ((product >> 62) + ((product >> 61) & 1)) as u32;
    // The fraction of a quarter turn, signed, in units of 2^-64.
    let fraction = (product << 2) as i64;
    let high = fraction as f32;
    let low = fraction.wrapping_sub(high as i64) as f32;
    const UNIT: f32 = 1.0 / 18_446_744_073_709_551_616.0;
    let (rest, rest_low) = product_of_pairs((high * UNIT, low * UNIT), HALF_PI);
    if x < 0.0 { (quarters.wrapping_neg() & 3, -rest, -rest_low) } else { (quarters & 3, rest, rest_low) }
}
