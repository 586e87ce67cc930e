//! The rows that all candidates score.

use meed_guest::arena::TILE;

/// A batch, row-major.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) rows: usize,
    pub(crate) observation: Vec<f32>,
    pub(crate) action: Vec<f32>,
}

impl Batch {
    /// Writes the rows into tiles of columns, the observation's first, as `docs/arena.md` has it.
    pub(crate) fn write_tiles(&self, tiles: &mut [u32]) {
        let (observation, action) = (self.observation.len() / self.rows, self.action.len() / self.rows);
        let columns = observation + action;
        for row in 0..self.rows {
            let first = row / TILE * columns * TILE + row % TILE;
            let cells = self.observation[row * observation..][..observation].iter();
            for (column, value) in cells.chain(&self.action[row * action..][..action]).enumerate() {
                tiles[first + column * TILE] = value.to_bits();
            }
        }
    }

    /// Takes factors out of tiles, row-major.
    pub(crate) fn read_tiles(&self, tiles: &[u32], factors: usize) -> Vec<f32> {
        let cell = |row: usize, factor: usize| tiles[(row / TILE * factors + factor) * TILE + row % TILE];
        (0..self.rows).flat_map(|row| (0..factors).map(move |factor| f32::from_bits(cell(row, factor)))).collect()
    }
}
