//! Compiled code as bytes, with a digest in front by which a truncated or altered file is told.
#![allow(
    unsafe_code,
    reason = "wasmtime runs whatever it deserializes: the bytes are ones that this host compiled, for they were read from a \
              folder that only this user can write to (`cache` checks it), and their digest shows that they are whole"
)]

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Engine, Result};

const DIGEST: usize = 32;

/// Puts the digest before the code.
pub(crate) fn seal(code: &[u8]) -> Vec<u8> {
    [Sha256::digest(code).as_slice(), code].concat()
}

/// Gives the component, or `None` where the digest does not fit.
///
/// # Errors
/// Where whole code is of another version of wasmtime or another processor.
pub(crate) fn unseal(engine: &Engine, bytes: &[u8]) -> Result<Option<Component>> {
    match bytes.split_at_checked(DIGEST) {
        Some((digest, code)) if Sha256::digest(code).as_slice() == digest => {
            // SAFETY: see the top of this file.
            unsafe { Component::deserialize(engine, code) }.map(Some)
        }
        _ => Ok(None),
    }
}
