//! Any bytes as a component: refused, or run within its limits.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use meed_fuzz::plugins::{host, load_and_ask};
use meed_runtime::{Host, Profile};

static HOST: LazyLock<Host> = LazyLock::new(|| host(Profile::Verify));

fuzz_target!(|bytes: &[u8]| load_and_ask(&HOST, bytes));
