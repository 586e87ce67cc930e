//! Any bytes as a description, lifted by the canonical ABI from a guest that is sound otherwise.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use meed_fuzz::plugins::{described, host, load_and_ask};
use meed_runtime::{Host, Profile};

static HOST: LazyLock<Host> = LazyLock::new(|| host(Profile::Train));

fuzz_target!(|changes: &[u8]| load_and_ask(&HOST, &described(changes)));
