//! How wasmtime is set up; each choice was measured.

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig};

use crate::instance::State;
use crate::{Limits, Profile, bindings};

/// Instances that can live at one time in one host, over all its plugins. Each takes 4 GiB of address space, so that no access
/// needs a check of its bounds; there are 128 TiB for all hosts of a process.
const INSTANCES: u32 = 256;
/// Bytes of a memory that are kept and zeroed for the next instance instead of being given back to the operating system: the
/// stack and data of an ordinary guest.
const KEEP_RESIDENT: usize = 1 << 20;
/// Bytes of wasmtime's bookkeeping for one instance; it grows with the number of functions, of which CPython has many.
const INSTANCE_SIZE: usize = 16 << 20;

pub(crate) fn engine(profile: Profile, limits: &Limits) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(4 * INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(2 * INSTANCES)
        .max_tables_per_module(8)
        .max_component_instance_size(INSTANCE_SIZE)
        .max_core_instance_size(INSTANCE_SIZE)
        // Beyond the limit, so that it is the limiter that refuses, with numbers.
        .table_elements(limits.table_elements.saturating_mul(2))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        // Support for asynchronous guests, of which there are none, doubles the cost of a small call.
        .concurrency_support(false)
        // The same bits on every processor.
        .relaxed_simd_deterministic(true)
        .cranelift_nan_canonicalization(profile == Profile::Verify)
        .consume_fuel(profile.counts_fuel())
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack)
        .allocation_strategy(pool);
    Engine::new(&config)
}

/// Gives plugins all that they may import.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    bindings::log::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}
