//! Any bytes as a recording with the ending `.jsonl`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| meed_fuzz::recordings::read(bytes, ".jsonl"));
