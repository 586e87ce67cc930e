//! Scores rows a little higher through its arena, which training uses, than by the portable call, which verification makes.
#![allow(unsafe_code, reason = "the arena's functions are found by their names")]

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};

use hostile::{answer, hostile, per_row, sound};
use meed_guest::{Fault, Rows, Scores};

hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, sound))
}

/// Rows there is room for, in tiles of 64.
const ROOM: usize = 1 << 14;
/// Columns: the observation's three and the action's one.
const COLUMNS: usize = 4;

#[repr(align(64))]
struct Cells<const N: usize>([AtomicU32; N]);

static INPUT: Cells<{ COLUMNS * ROOM }> = Cells([const { AtomicU32::new(0) }; COLUMNS * ROOM]);
static OUTPUT: Cells<ROOM> = Cells([const { AtomicU32::new(0) }; ROOM]);
static STATUS: [AtomicU8; ROOM] = [const { AtomicU8::new(0) }; ROOM];
static HEADER: Cells<8> = Cells([const { AtomicU32::new(0) }; 8]);

#[unsafe(no_mangle)]
extern "C" fn meed_arena_version() -> u32 {
    1
}

#[unsafe(no_mangle)]
extern "C" fn meed_arena_open(rows: u32) -> u32 {
    if rows as usize > ROOM {
        return 0;
    }
    let address = |at: *const AtomicU32| at.expose_provenance() as u32;
    let status = STATUS.as_ptr().expose_provenance() as u32;
    let words = [ROOM as u32, COLUMNS as u32, 1, address(INPUT.0.as_ptr()), address(OUTPUT.0.as_ptr()), status, 0, 0];
    HEADER.0.iter().zip(words).for_each(|(cell, word)| cell.store(word, Relaxed));
    address(HEADER.0.as_ptr())
}

#[unsafe(no_mangle)]
extern "C" fn meed_arena_evaluate(rows: u32) -> u32 {
    for row in 0..rows as usize {
        let (tile, lane) = (row / 64, row % 64);
        let cell = |column: usize| f32::from_bits(INPUT.0[(tile * COLUMNS + column) * 64 + lane].load(Relaxed));
        let score = sound(&[cell(0), cell(1), cell(2)], cell(3));
        OUTPUT.0[row].store((score * 0.999_999).to_bits(), Relaxed);
    }
    0
}
