//! Random valid guests through the arena and the portable call, in both profiles and in batches that are cut: the same bits.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use meed_fuzz::differential::{Case, Hosts, compare, hosts};

static HOSTS: LazyLock<Hosts> = LazyLock::new(hosts);

fuzz_target!(|case: Case| compare(&case, &HOSTS));
