//! How much of everything a plugin may use.

use std::time::Duration;

use crate::Profile;

/// The limits of one plugin. Change what [`Limits::of`] gives where you must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory of one instance, all its memories together. 256 MiB: twenty times what the largest measured
    /// guest (CPython, 13 MB) holds, and little enough for a few dozen hostile instances beside each other.
    pub memory: usize,
    /// Entries of all tables of one instance. 65,536: a table holds one entry for each function whose address is taken; CPython,
    /// the largest measured, has six thousand.
    pub table_elements: usize,
    /// Bytes of native stack for WebAssembly. 512 KiB: a quarter of what Rust gives a thread, so that the host's own frames fit
    /// beside it on whatever thread a call is made.
    pub stack: usize,
    /// Time of one call, and of making an instance. Verify: 60 s, for it only backs up the fuel, which is the same on every run
    /// where time is not. Train: 5 s; the slowest measured language (Python) takes 10 ms for 4,096 rows, and a machine may be busy.
    pub time: Duration,
    /// Units of fuel of one call, about one a WebAssembly instruction; counted in the verify profile only. 4 x 10^9: thirty
    /// times what Python takes for 4,096 rows (about 30,000 a row), and spent within seconds by a loop that never ends.
    pub fuel: u64,
    /// Bytes of one answer as the host holds it. 64 MiB: the largest call (`rows`) with 64 factors.
    pub result: usize,
    /// Rows at which a batch for a transition reward is cut into several calls, between two groups. 4,096: larger calls are
    /// slower, because each list is a fresh allocation in the guest.
    pub chunk_rows: usize,
    /// Rows of one call. 262,144: a hundred episodes of 2,621 steps; a larger batch that can't be cut is an input error.
    pub rows: usize,
    /// Bytes of log that an instance may write, the end of each line among them; a visible mark shows where it was cut. 64 KiB: a
    /// thousand lines.
    pub log: usize,
    /// Bytes of a component. 64 MiB: over three times the largest measured (Python, 18 MB); what it takes to compile is bounded apart.
    pub component: usize,
    /// Steps of compiling a component, of about a microsecond each, by an estimate that is made before. 32,000,000:
    /// four times what the largest measured guest (CPython) takes, and at worst about half a minute of one processor.
    pub compile: u64,
    /// Steps of compiling one function, which is done in one go; a step takes up to 300 bytes of memory. 2,000,000:
    /// twelve times what the largest function of CPython takes; the worst that was found takes 2.6 s and 600 MiB.
    pub compile_function: u64,
    /// Bytes of a text in the description. 4,096: a page.
    pub description_text: usize,
    /// Entries of a list in the description. 4,096: a field for each column of a wide observation.
    pub description_items: usize,
    /// Columns of an observation, action or task row. 65,536: a 128 x 128 image in four channels.
    pub row_columns: usize,
}

impl Limits {
    /// Gives the defaults of a profile.
    pub fn of(profile: Profile) -> Self {
        Limits {
            memory: 256 << 20,
            table_elements: 65_536,
            stack: 512 << 10,
            time: match profile {
                Profile::Verify => Duration::from_secs(60),
                Profile::Train => Duration::from_secs(5),
            },
            fuel: 4_000_000_000,
            result: 64 << 20,
            chunk_rows: 4_096,
            rows: 262_144,
            log: 64 << 10,
            component: 64 << 20,
            compile: 32_000_000,
            compile_function: 2_000_000,
            description_text: 4_096,
            description_items: 4_096,
            row_columns: 65_536,
        }
    }
}
