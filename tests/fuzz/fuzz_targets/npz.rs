//! Any bytes as a recording with the ending `.npz`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| meed_fuzz::recordings::read(bytes, ".npz"));
