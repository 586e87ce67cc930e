//! Calls a function of its surroundings that no host offers. It is never made into a component: the import belongs to no
//! interface.
#![allow(unsafe_code, reason = "a foreign function is what this plugin is about")]

use hostile::{answer, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn secret() -> f32;
}

/// Natively there is no such function.
#[cfg(not(target_arch = "wasm32"))]
unsafe fn secret() -> f32 {
    0.0
}

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    // SAFETY: the function takes nothing; the host refuses to link it.
    let secret = unsafe { secret() };
    answer(per_row(rows, |observation, action| sound(observation, action) + secret))
}
