//! The fast path: rows handed over in tiles of columns, in memory that host and plugin share. `docs/arena.md` is its contract.

mod exports;

use std::ops::Range;

use crate::inputs::InputSet;
use crate::outcome::{Factors, IntoOutcome, Outcome};

/// Version of the layout, which `meed_arena_version` gives.
pub const VERSION: u32 = 1;
/// Rows of a tile.
pub const TILE: usize = 64;
/// Rows an arena may hold.
pub const MAX_ROWS: usize = 1 << 20;

/// What stands in a row's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// The row has a score.
    Scored = 0,
    /// The reward does not apply.
    Abstained = 1,
    /// The reward cannot handle the row.
    Faulty = 2,
}

impl Status {
    /// Gives an outcome's status.
    pub fn of<F>(outcome: &Outcome<F>) -> Self {
        match outcome {
            Outcome::Score(_) => Status::Scored,
            Outcome::Abstain => Status::Abstained,
            Outcome::Fault(_) => Status::Faulty,
        }
    }
}

/// Cells that begin where a tile may: at a multiple of 64 bytes.
#[derive(Debug)]
struct Cells {
    store: Vec<u32>,
    first: usize,
}

impl Cells {
    const fn new() -> Self {
        Cells { store: Vec::new(), first: 0 }
    }

    /// Makes room for exactly `len` cells, all zero.
    fn reset(&mut self, len: usize) {
        self.store.clear();
        self.store.resize(len + 15, 0);
        self.first = self.store.as_ptr().align_offset(64).min(15);
        self.store.truncate(self.first + len);
    }

    fn get(&self) -> &[u32] {
        &self.store[self.first..]
    }

    fn get_mut(&mut self) -> &mut [u32] {
        &mut self.store[self.first..]
    }

    /// Gives the address: in a plugin it has 32 bits, natively it means nothing.
    fn address(&mut self) -> u32 {
        self.get_mut().as_mut_ptr().expose_provenance() as u32
    }
}

/// Room for rows in tiles, for their factors, and the header that says where everything lies.
#[derive(Debug)]
pub struct Arena {
    header: [u32; 8],
    input: Cells,
    output: Cells,
    status: Vec<u8>,
    message: String,
}

/// A column of a tile: a cell of each of its rows.
pub type Column = [u32; TILE];

/// One tile: 64 rows, column after column.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a, const COLUMNS: usize> {
    columns: &'a [Column; COLUMNS],
}

impl<const COLUMNS: usize> Tile<'_, COLUMNS> {
    /// Reads a number of a column that holds floats.
    #[inline(always)]
    pub fn float(self, column: usize, lane: usize) -> f32 {
        f32::from_bits(self.columns[column][lane])
    }

    /// Reads a number of a column that holds whole numbers.
    #[inline(always)]
    pub fn whole(self, column: usize, lane: usize) -> u32 {
        self.columns[column][lane]
    }
}

impl Arena {
    /// Makes an arena without room.
    pub const fn new() -> Self {
        Arena { header: [0; 8], input: Cells::new(), output: Cells::new(), status: Vec::new(), message: String::new() }
    }

    /// Makes room for `rows` rows of `columns` cells and `factors` numbers each, and gives the header; none where that is more than
    /// [`MAX_ROWS`].
    pub fn open(&mut self, rows: usize, columns: usize, factors: usize) -> Option<&[u32; 8]> {
        if rows > MAX_ROWS {
            return None;
        }
        let tiles = rows.div_ceil(TILE);
        self.input.reset(tiles * columns * TILE);
        self.output.reset(tiles * factors * TILE);
        self.status.clear();
        self.status.resize(tiles * TILE, 0);
        self.message.clear();
        self.header = [
            (tiles * TILE) as u32,
            columns as u32,
            factors as u32,
            self.input.address(),
            self.output.address(),
            self.status.as_mut_ptr().expose_provenance() as u32,
            0,
            0,
        ];
        Some(&self.header)
    }

    /// Borrows the first tile, and makes room for it where there is none; none where the arena is one of other rows.
    pub(crate) fn one_tile<const COLUMNS: usize, const FACTORS: usize>(
        &mut self,
    ) -> Option<Parts<'_, COLUMNS, FACTORS>> {
        if self.header[0] == 0 {
            self.open(TILE, COLUMNS, FACTORS)?;
        }
        Some(Parts {
            columns: self.input.get_mut().as_chunks_mut().0.first_chunk_mut()?,
            factors: self.output.get_mut().as_chunks_mut().0.first_chunk_mut()?,
            status: self.status.first_chunk_mut()?,
            message: &mut self.message,
        })
    }

    /// Borrows the cells of the input, tile after tile, for native code to fill.
    pub fn input(&mut self) -> &mut [u32] {
        self.input.get_mut()
    }

    /// Borrows the factors, tile after tile, column after column.
    pub fn output(&self) -> &[u32] {
        self.output.get()
    }

    /// Borrows the status of each row.
    pub fn status(&self) -> &[u8] {
        &self.status
    }

    /// Gives what the first faulty row of the last call said.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Scores the first `rows` rows and counts those without a score; none where the arena has no such room.
    pub fn evaluate<F: Factors, O: IntoOutcome<F>, const COLUMNS: usize, const FACTORS: usize>(
        &mut self,
        rows: usize,
        row: impl Fn(Tile<'_, COLUMNS>, usize) -> O,
    ) -> Option<u32> {
        let (capacity, sizes) = (self.header[0] as usize, [COLUMNS as u32, FACTORS as u32]);
        if rows > capacity || sizes != self.header[1..3] {
            return None;
        }
        let mut unscored = 0;
        self.message.clear();
        let (input, _) = self.input.get().as_chunks();
        let (output, _) = self.output.get_mut().as_chunks_mut();
        let (status, _) = self.status.as_chunks_mut();
        for tile in 0..rows.div_ceil(TILE) {
            let input = input[tile * COLUMNS..][..COLUMNS].try_into().ok()?;
            let output: &mut [Column; FACTORS] = (&mut output[tile * FACTORS..][..FACTORS]).try_into().ok()?;
            let lanes = TILE.min(rows - tile * TILE);
            unscored += score_tile(input, output, &mut status[tile], 0..lanes, &row, &mut self.message);
        }
        self.header[6] = self.message.as_ptr().expose_provenance() as u32;
        self.header[7] = self.message.len() as u32;
        Some(unscored)
    }
}

/// What one tile needs.
pub(crate) struct Parts<'a, const COLUMNS: usize, const FACTORS: usize> {
    pub(crate) columns: &'a mut [Column; COLUMNS],
    pub(crate) factors: &'a mut [Column; FACTORS],
    pub(crate) status: &'a mut [u8; TILE],
    pub(crate) message: &'a mut String,
}

/// Scores some rows of a tile and counts those without a score.
///
/// This is the loop that a compiler turns into vector instructions, one row a lane, wherever the author's function is
/// arithmetic without calls: hence a function of its own, whose three slices cannot overlap, and no branch around a store. As
/// each row's operations stay those of the source, in its order, how many rows go at a time changes no bit.
#[inline(never)]
pub(crate) fn score_tile<F: Factors, O: IntoOutcome<F>, const COLUMNS: usize, const FACTORS: usize>(
    columns: &[Column; COLUMNS],
    factors: &mut [Column; FACTORS],
    status: &mut [u8; TILE],
    lanes: Range<usize>,
    row: &impl Fn(Tile<'_, COLUMNS>, usize) -> O,
    message: &mut String,
) -> u32 {
    let mut unscored = 0;
    if O::CERTAIN {
        // All of them, for that is a few stores, where as many as there are lanes would be a call.
        *status = [Status::Scored as u8; TILE];
    }
    for lane in lanes.start..lanes.end.min(TILE) {
        let outcome = row(Tile { columns }, lane)
            .take_score(|score| score.each(|factor, value| factors[factor][lane] = value.to_bits()));
        if O::CERTAIN {
            continue;
        }
        let state = Status::of(&outcome);
        if state != Status::Scored {
            factors.iter_mut().for_each(|factor| factor[lane] = 0);
        }
        if let Outcome::Fault(text) = outcome
            && message.is_empty()
        {
            *message = text;
        }
        status[lane] = state as u8;
        unscored += u32::from(state != Status::Scored);
    }
    unscored
}

impl Default for Arena {
    fn default() -> Self {
        Arena::new()
    }
}

/// Gives the row of a plugin's input list as it stands in a tile: which column each input begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// First column of the current observation's fields that are read.
    pub observation: usize,
    /// First column of the action's.
    pub action: usize,
    /// First column of the next observation's.
    pub next: usize,
    /// First column of the task's.
    pub task: usize,
    /// The column of each of the other inputs, where it is read.
    pub terminated: usize,
    /// As above.
    pub truncated: usize,
    /// As above.
    pub env_reward: usize,
    /// As above.
    pub agent: usize,
    /// As above.
    pub episode: usize,
    /// As above.
    pub step: usize,
    /// Columns in all.
    pub count: usize,
}

impl Columns {
    /// Lays out the inputs that a function reads, given how many columns of each row are.
    pub const fn of(reads: InputSet, observation: usize, action: usize, next: usize, task: usize) -> Self {
        let mut count = 0;
        let sizes = [observation, action, next, task, 1, 1, 1, 1, 1, 1];
        let inputs = [
            InputSet::OBSERVATION,
            InputSet::ACTION,
            InputSet::NEXT,
            InputSet::TASK,
            InputSet::TERMINATED,
            InputSet::TRUNCATED,
            InputSet::ENV_REWARD,
            InputSet::AGENT,
            InputSet::EPISODE,
            InputSet::STEP,
        ];
        let mut first = [0; 10];
        let mut input = 0;
        while input < inputs.len() {
            first[input] = count;
            if reads.has(inputs[input]) {
                count += sizes[input];
            }
            input += 1;
        }
        let [observation, action, next, task, terminated, truncated, env_reward, agent, episode, step] = first;
        Columns { observation, action, next, task, terminated, truncated, env_reward, agent, episode, step, count }
    }
}
