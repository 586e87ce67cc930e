//! How far `meed_guest::math` is from the true values, against double precision.

use meed_guest::math;

/// How many units in the last place apart: of the true value's place, or of the smallest number's.
fn ulps(value: f32, truth: f64) -> f64 {
    let rounded = truth as f32;
    if value.is_nan() || rounded.is_nan() {
        return if value.is_nan() && truth.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if value.is_infinite() || rounded.is_infinite() {
        return if value == rounded {
            0.0
        } else {
            f64::from(u8::from(value.abs() != f32::MAX && rounded.abs() != f32::MAX)) * 1e9
        };
    }
    let exponent = ((truth.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    (f64::from(value) - truth).abs() / 2f64.powi(exponent.max(-126) - 23)
}

/// Every `stride`th float there is.
fn floats(stride: u32) -> impl Iterator<Item = f32> {
    (0..=u32::MAX / stride).map(move |index| f32::from_bits(index * stride))
}

const SPECIAL: [f32; 22] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    1e-45,
    -1e-45,
    f32::MAX,
    f32::MIN,
    1e-40,
    16_777_216.0,
    8_388_609.0,
    3.0,
    -3.0,
    2.0,
    1.570_796_4,
];

fn check(name: &str, limit: f64, function: fn(f32) -> f32, truth: fn(f64) -> f64) {
    let (mut worst, mut at) = (0.0, 0.0);
    for x in floats(1009).chain(SPECIAL).chain((0..400_000).map(|i| (i as f32 - 200_000.0) * 1e-4)) {
        let distance = ulps(function(x), truth(f64::from(x)));
        if distance > worst {
            (worst, at) = (distance, x);
        }
        if x == 0.0 && truth(f64::from(x)) == 0.0 {
            assert_eq!(function(x).to_bits(), (truth(f64::from(x)) as f32).to_bits(), "{name}({x:?})");
        }
    }
    println!("{name:6} {worst:.3} at {at:e}");
    assert!(worst <= limit, "{name} is {worst} units off at {at:e}");
}

#[test]
fn functions_of_one_number_are_within_two_units_in_the_last_place() {
    check("exp", 1.0, math::exp, f64::exp);
    check("exp2", 1.1, math::exp2, f64::exp2);
    check("exp_m1", 1.5, math::exp_m1, f64::exp_m1);
    check("ln", 0.8, math::ln, f64::ln);
    check("ln_1p", 0.8, math::ln_1p, f64::ln_1p);
    check("log2", 0.8, math::log2, f64::log2);
    check("log10", 0.8, math::log10, f64::log10);
    check("cbrt", 0.8, math::cbrt, f64::cbrt);
    check("sqrt", 0.5, math::sqrt, f64::sqrt);
    check("sin", 0.8, math::sin, f64::sin);
    check("cos", 0.8, math::cos, f64::cos);
    check("tan", 1.0, math::tan, f64::tan);
    check("asin", 1.25, math::asin, f64::asin);
    check("acos", 0.8, math::acos, f64::acos);
    check("atan", 0.8, math::atan, f64::atan);
    check("sinh", 1.6, math::sinh, f64::sinh);
    check("cosh", 1.5, math::cosh, f64::cosh);
    check("tanh", 1.4, math::tanh, f64::tanh);
    check("round", 0.0, math::round, f64::round);
    check("floor", 0.0, math::floor, f64::floor);
    check("ceil", 0.0, math::ceil, f64::ceil);
}

fn check_two(name: &str, limit: f64, function: fn(f32, f32) -> f32, truth: fn(f64, f64) -> f64) {
    let (mut worst, mut at) = (0.0, (0.0, 0.0));
    let mut check = |x: f32, y: f32| {
        let distance = ulps(function(x, y), truth(f64::from(x), f64::from(y)));
        if distance > worst {
            (worst, at) = (distance, (x, y));
        }
    };
    for x in SPECIAL {
        for y in SPECIAL {
            check(x, y);
        }
    }
    // Pairs of all sizes, then pairs of everyday size.
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    for _ in 0..2_000_000 {
        check(f32::from_bits(next()), f32::from_bits(next()));
        let everyday = |bits: u32| (f64::from(bits) / f64::from(u32::MAX) * 40.0 - 20.0) as f32;
        check(everyday(next()), everyday(next()));
        check(everyday(next()).abs() * 0.1, everyday(next()) * 3.0);
    }
    println!("{name:6} {worst:.3} at {at:?}");
    assert!(worst <= limit, "{name} is {worst} units off at {at:?}");
}

#[test]
fn functions_of_two_numbers_are_within_two_units_in_the_last_place() {
    check_two("atan2", 0.9, math::atan2, f64::atan2);
    check_two("hypot", 1.25, math::hypot, f64::hypot);
    check_two("pow", 1.25, math::pow, f64::powf);
}

#[test]
fn the_signs_of_zeros_and_half_turns_are_those_of_c() {
    let bits = |x: f32| x.to_bits();
    for (y, x) in [(0.0f32, 0.0f32), (0.0, -0.0), (-0.0, 0.0), (-0.0, -0.0), (0.0, -1.0), (-0.0, -1.0), (0.0, 1.0)] {
        assert_eq!(bits(math::atan2(y, x)), bits(f64::from(y).atan2(f64::from(x)) as f32), "atan2({y}, {x})");
    }
    assert_eq!(bits(math::pow(-0.0, 3.0)), bits(-0.0));
    assert_eq!(bits(math::pow(-0.0, 2.0)), bits(0.0));
    assert_eq!(math::pow(-0.0, -3.0), f32::NEG_INFINITY);
    assert_eq!(math::pow(-8.0, 3.0), -512.0);
}

#[test]
fn whole_powers_are_products() {
    assert_eq!(math::powi(1.1, 2), 1.1 * 1.1);
    assert_eq!(math::powi(1.1, 3), 1.1 * (1.1 * 1.1));
    assert_eq!(math::powi(2.0, -3), 0.125);
    assert_eq!(math::powi(0.0, 0), 1.0);
    assert_eq!(math::powi(2.0, i32::MIN), 0.0);
}

#[test]
fn limits_keep_nan_and_order() {
    assert!(math::clamp(f32::NAN, 0.0, 1.0).is_nan());
    assert_eq!((math::clamp(-3.0, 0.0, 1.0), math::clamp(3.0, 0.0, 1.0)), (0.0, 1.0));
    assert_eq!((math::min(1.0, f32::NAN), math::max(1.0, 2.0)), (1.0, 2.0));
}

/// Adds up the bits that a function gives for a hundred thousand pairs, half of them any two floats, half of ordinary size.
fn fingerprint(function: impl Fn(f32, f32) -> f32) -> u64 {
    let (mut state, mut sum) = (1u64, 0u64);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    for round in 0..100_000 {
        let [a, b] = [next(), next()].map(|bits| {
            if round % 2 == 0 { f32::from_bits(bits) } else { (bits as f32 - 2_147_483_648.0) / 1_073_741_824.0 }
        });
        // Which of the many NaNs there are is the processor's affair.
        let value = function(a, b);
        let bits = if value.is_nan() { u32::MAX } else { value.to_bits() };
        sum = sum.rotate_left(5).wrapping_add(u64::from(bits));
    }
    sum
}

/// A plugin's scores must not change with the version of this crate, so neither may these functions: not by a bit.
#[test]
fn the_bits_stay_as_they_are() {
    let one = |function: fn(f32) -> f32| fingerprint(move |a, _| function(a));
    let found = [
        ("atan2", fingerprint(math::atan2)),
        ("pow", fingerprint(math::pow)),
        ("hypot", fingerprint(math::hypot)),
        ("clamp", fingerprint(|a, b| math::clamp(a, b, 1.0))),
        ("atan", one(math::atan)),
        ("asin", one(math::asin)),
        ("acos", one(math::acos)),
        ("exp", one(math::exp)),
        ("ln", one(math::ln)),
        ("sin", one(math::sin)),
        ("tan", one(math::tan)),
        ("tanh", one(math::tanh)),
        ("cbrt", one(math::cbrt)),
    ];
    let recorded = [
        ("atan2", 0xeda3_4fb5_408b_7dd8),
        ("pow", 0xadd0_9f39_c0d3_0cbc),
        ("hypot", 0x4083_685d_3e5e_0e99),
        ("clamp", 0x6baf_9858_c19f_cf43),
        ("atan", 0x09bf_2116_6474_fe62),
        ("asin", 0x50ce_e516_67b3_dcb8),
        ("acos", 0x2206_fdb0_aaa0_557e),
        ("exp", 0xc044_c5ef_0e9d_d760),
        ("ln", 0xfd83_19c0_6589_3bc7),
        ("sin", 0x56e1_7fd6_99f5_229b),
        ("tan", 0xbcf9_2a6e_7b3a_47de),
        ("tanh", 0x46d2_391b_8c85_4535),
        ("cbrt", 0x902d_c9f0_cafe_50ae),
    ];
    assert_eq!(found, recorded);
}
