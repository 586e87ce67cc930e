//! Compiled code as bytes, with a digest in front by which a truncated or altered file is told.
#![allow(
    unsafe_code,
    reason = "wasmtime runs whatever it deserializes: the bytes are ones that this host compiled, for they were read from a \
              folder that only this user can write to (`cache` checks it), and their digest shows that they are whole"
)]

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Engine, Module, Result};

const DIGEST: usize = 32;

/// What wasmtime compiles: a component, or the core module within that has the arena.
pub(crate) trait Compiled: Sized {
    /// The ending of its cache entries.
    const ENDING: &'static str;

    /// Compiles it.
    fn compile(engine: &Engine, bytes: &[u8]) -> Result<Self>;

    /// Gives the machine code.
    fn code(&self) -> Result<Vec<u8>>;

    /// Takes machine code back.
    ///
    /// # Safety
    /// `code` must be what [`code`](Self::code) gave.
    unsafe fn of_code(engine: &Engine, code: &[u8]) -> Result<Self>;
}

macro_rules! compiled {
    ($type:ident $ending:literal) => {
        impl Compiled for $type {
            const ENDING: &'static str = $ending;

            fn compile(engine: &Engine, bytes: &[u8]) -> Result<Self> {
                $type::from_binary(engine, bytes)
            }

            fn code(&self) -> Result<Vec<u8>> {
                self.serialize()
            }

            unsafe fn of_code(engine: &Engine, code: &[u8]) -> Result<Self> {
                // SAFETY: the caller's promise.
                unsafe { $type::deserialize(engine, code) }
            }
        }
    };
}
compiled! { Component "" }
compiled! { Module "-arena" }

/// Puts the digest before the code. It is the entry's name and the code that it is of: an entry is not to be taken for another.
pub(crate) fn seal(name: &str, code: &[u8]) -> Vec<u8> {
    [&digest(name, code), code].concat()
}

fn digest(name: &str, code: &[u8]) -> [u8; DIGEST] {
    // All names have the same alphabet, in which there is no zero byte.
    Sha256::new().chain_update(name).chain_update([0]).chain_update(code).finalize().into()
}

/// Gives the compiled thing, or `None` where the digest does not fit.
///
/// # Errors
/// Where whole code is of another version of wasmtime or another processor.
pub(crate) fn unseal<C: Compiled>(engine: &Engine, name: &str, bytes: &[u8]) -> Result<Option<C>> {
    match bytes.split_at_checked(DIGEST) {
        Some((found, code)) if digest(name, code) == found => {
            // SAFETY: see the top of this file.
            unsafe { C::of_code(engine, code) }.map(Some)
        }
        _ => Ok(None),
    }
}
