//! Extism: its library as it is published for Python, called through its C interface, and the reward's own source as
//! a plugin of it.
#![allow(
    unsafe_code,
    reason = "a library in C: names and types are those of its header `extism.h`, and what it lends is copied at once"
)]

use std::ffi::{CStr, c_char, c_void};
use std::path::PathBuf;
use std::ptr::{null, null_mut};

use anyhow::{Context, Result, bail, ensure};
use libloading::{Library, Symbol};

use crate::{Batch, Candidate};

/// The variables by which `cargo xtask bench` says where the library is, and the folder of the plugins.
const LIBRARY: &str = "MEED_BENCH_EXTISM";
const PLUGINS: &str = "MEED_BENCH_EXTISM_PLUGINS";

type New = unsafe extern "C" fn(*const u8, u64, *const *const c_void, u64, bool, *mut *mut c_char) -> *mut c_void;
type Call = unsafe extern "C" fn(*mut c_void, *const c_char, *const u8, u64) -> i32;
type Error = unsafe extern "C" fn(*mut c_void) -> *const c_char;
type Length = unsafe extern "C" fn(*mut c_void) -> u64;
type Data = unsafe extern "C" fn(*mut c_void) -> *const u8;
type Free = unsafe extern "C" fn(*mut c_void);

/// The library.
pub(crate) struct Extism {
    library: Library,
    plugins: PathBuf,
}

impl Extism {
    /// Loads it.
    ///
    /// # Errors
    /// Where it isn't there.
    pub(crate) fn load() -> Result<Self> {
        let path = |name: &str| std::env::var_os(name).with_context(|| format!("{name} is not set"));
        // SAFETY: Extism's library does nothing when it is loaded.
        let library = unsafe { Library::new(path(LIBRARY)?) }?;
        Ok(Extism { library, plugins: path(PLUGINS)?.into() })
    }

    /// Makes an instance of a reward's plugin.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn candidate(&self, batch: &Batch) -> Result<Timed> {
        let file = self.plugins.join(format!("{}.wasm", batch.reward));
        let wasm = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        // SAFETY: the types are those of `extism.h`, and the library stays loaded until the process ends.
        unsafe {
            let new: Symbol<'_, New> = self.library.get("extism_plugin_new")?;
            let mut error = null_mut();
            let plugin = new(wasm.as_ptr(), wasm.len() as u64, null(), 0, false, &raw mut error);
            if plugin.is_null() {
                bail!("{}", CStr::from_ptr(error).to_string_lossy());
            }
            let rows = (batch.rows as u32).to_le_bytes();
            let values = batch.observation.iter().chain(&batch.action).flat_map(|value| value.to_le_bytes());
            Ok(Timed {
                plugin,
                input: rows.into_iter().chain(values).collect(),
                output: Vec::new(),
                call: *self.library.get("extism_plugin_call")?,
                error: *self.library.get("extism_plugin_error")?,
                length: *self.library.get("extism_plugin_output_length")?,
                data: *self.library.get("extism_plugin_output_data")?,
                free: *self.library.get("extism_plugin_free")?,
            })
        }
    }
}

/// An instance and a batch.
pub(crate) struct Timed {
    plugin: *mut c_void,
    input: Vec<u8>,
    output: Vec<u8>,
    call: Call,
    error: Error,
    length: Length,
    data: Data,
    free: Free,
}

impl Drop for Timed {
    fn drop(&mut self) {
        // SAFETY: it is freed once.
        unsafe { (self.free)(self.plugin) }
    }
}

impl Candidate for Timed {
    fn call(&mut self) -> Result<()> {
        // SAFETY: the plugin lives, and its output is its own until the next call.
        unsafe {
            let (input, len) = (self.input.as_ptr(), self.input.len() as u64);
            if (self.call)(self.plugin, c"evaluate".as_ptr(), input, len) != 0 {
                bail!("{}", CStr::from_ptr((self.error)(self.plugin)).to_string_lossy());
            }
            let (data, len) = ((self.data)(self.plugin), (self.length)(self.plugin) as usize);
            ensure!(!data.is_null(), "there is no output");
            self.output.clear();
            self.output.extend_from_slice(std::slice::from_raw_parts(data, len));
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        let (cells, _) = self.output.as_chunks::<4>();
        Ok(cells.iter().map(|cell| f32::from_le_bytes(*cell)).collect())
    }
}
