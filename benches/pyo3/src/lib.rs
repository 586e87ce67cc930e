//! The rewards as a Python module that is written in Rust: what one would do who wants native speed and trusts the author.

#[path = "../../src/lib.rs"]
mod native;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Scores the rows of two arrays into a third.
fn score(
    reward: fn(&[f32], &[f32], &mut [f32]),
    [observation, action, out]: [&Bound<'_, PyAny>; 3],
) -> PyResult<()> {
    let [observation, action, out] = [observation, action, out].map(PyBuffer::<f32>::get);
    let (observation, action, out) = (observation?, action?, out?);
    if out.readonly() {
        return Err(PyValueError::new_err("`out` is read-only"));
    }
    let slice = |buffer: &PyBuffer<f32>| {
        buffer.as_slice_ptr().ok_or_else(|| PyValueError::new_err("an array is not contiguous"))
    };
    let (observation, action, mut out) = (slice(&observation)?, slice(&action)?, slice(&out)?);
    // SAFETY: the interpreter's lock is held, so nobody else writes meanwhile, and `out` is an array of its own.
    unsafe { reward(observation.as_ref(), action.as_ref(), out.as_mut()) };
    Ok(())
}

macro_rules! functions {
    ($($name:ident)*) => {
        /// The module.
        #[pymodule]
        mod meed_bench_pyo3 {
            use super::*;
            $(
                #[pyfunction]
                fn $name(
                    observation: &Bound<'_, PyAny>,
                    action: &Bound<'_, PyAny>,
                    out: &Bound<'_, PyAny>,
                ) -> PyResult<()> {
                    score(native::$name, [observation, action, out])
                }
            )*
        }
    };
}
functions! { locomotion pendulum nearest lookup }
