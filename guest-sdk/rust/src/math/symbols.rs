//! Puts this module's functions under the names that compiled code calls for `x.sin()` and its like.
#![allow(
    unsafe_code,
    reason = "a symbol without mangling: the signatures are those that the C library gives these names"
)]

macro_rules! symbols {
    ($($symbol:ident($($argument:ident),*) = $function:path;)*) => {
        $(
            #[doc = concat!("Replaces the C library's `", stringify!($symbol), "`.")]
            #[unsafe(no_mangle)]
            extern "C" fn $symbol($($argument: f32),*) -> f32 {
                $function($($argument),*)
            }
        )*
    };
}

symbols! {
    acosf(x) = super::acos;
    asinf(x) = super::asin;
    atan2f(y, x) = super::atan2;
    atanf(x) = super::atan;
    cbrtf(x) = super::cbrt;
    cosf(x) = super::cos;
    coshf(x) = super::cosh;
    exp2f(x) = super::exp2;
    expf(x) = super::exp;
    expm1f(x) = super::exp_m1;
    hypotf(x, y) = super::hypot;
    log10f(x) = super::log10;
    log1pf(x) = super::ln_1p;
    log2f(x) = super::log2;
    logf(x) = super::ln;
    powf(x, y) = super::pow;
    sinf(x) = super::sin;
    sinhf(x) = super::sinh;
    tanf(x) = super::tan;
    tanhf(x) = super::tanh;
}
