//! The portable call: rows that come row-major go through one tile of an arena, so that both ways run the same code.

use crate::arena::{Arena, Column, Parts, Status, TILE, Tile, score_tile};
use crate::bindings::types;
use crate::outcome::{Factors, IntoOutcome};
use crate::turn;

/// Below so many rows, which fill no vector, they are scored as they stand.
pub const FEW: usize = 4;

/// Scores `rows` rows, a tile at a time: `fill` writes into a tile so many rows from the first one it is given, and `row` scores a
/// row of the tile. What the arena held is void.
pub fn evaluate<F: Factors, O: IntoOutcome<F>, const COLUMNS: usize, const FACTORS: usize>(
    arena: &mut Arena,
    rows: usize,
    fill: impl Fn(usize, usize, &mut [Column; COLUMNS]),
    row: impl Fn(Tile<'_, COLUMNS>, usize) -> O,
) -> types::Scores {
    let mut scores = types::Scores { values: vec![0.0; rows * FACTORS], unscored: Vec::new() };
    // There is always room for one tile.
    let Some(Parts { columns, factors, status, message }) = arena.one_tile::<COLUMNS, FACTORS>() else { return scores };
    let (values, _) = scores.values.as_chunks_mut::<FACTORS>();
    for (index, values) in values.chunks_mut(TILE).enumerate() {
        let (first, lanes) = (index * TILE, values.len());
        fill(first, lanes, columns);
        if score_tile(columns, factors, status, 0..lanes, &row, message) > 0 {
            for lane in 0..lanes {
                let reason = if status[lane] == Status::Scored as u8 {
                    continue;
                } else if status[lane] == Status::Abstained as u8 {
                    types::Reason::Abstain
                } else {
                    // Of several, each says its own words again.
                    message.clear();
                    score_tile(columns, factors, status, lane..lane + 1, &row, message);
                    types::Reason::Fault(types::Fault { message: message.clone() })
                };
                scores.unscored.push(types::Unscored { row: (first + lane) as u32, reason });
            }
        }
        turn::rows(factors, values);
    }
    scores
}
