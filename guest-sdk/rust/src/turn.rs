//! Rows into columns and back, in blocks of four by four.
#![allow(unsafe_code, reason = "a vector of four numbers and an array of them are the same bytes")]

use crate::arena::{Column, TILE};
use crate::fields::{Place, ReadIn};

/// Columns and rows of a block.
const BLOCK: usize = 4;

type Block = [[u32; BLOCK]; BLOCK];

/// Writes the columns of the fields that are read in a place side by side into a tile. Fields that are neighbours go together.
#[inline(always)]
pub fn fields<const WIDTH: usize>(
    fields: &[(usize, ReadIn)],
    place: Place,
    rows: &[[f32; WIDTH]],
    mut tile: &mut [Column],
) {
    let (mut column, mut run) = (0, 0..0);
    for (size, read) in fields {
        if read.is(place) {
            if run.end < column {
                tile = columns(rows, run.start, run.len(), tile);
                run = column..column;
            }
            run.end += size;
        }
        column += size;
    }
    columns(rows, run.start, run.len(), tile);
}

/// Writes `count` neighbouring columns into a tile and gives what is left of it.
#[inline(always)]
fn columns<'a, const WIDTH: usize>(
    rows: &[[f32; WIDTH]],
    mut first: usize,
    count: usize,
    tile: &'a mut [Column],
) -> &'a mut [Column] {
    let (tile, rest) = tile.split_at_mut(count);
    let (blocks, last) = tile.as_chunks_mut::<BLOCK>();
    for columns in blocks {
        block::<_, BLOCK>(rows, first, columns);
        first += BLOCK;
    }
    match last {
        [] => {}
        [_] => block::<_, 1>(rows, first, last),
        [_, _] => block::<_, 2>(rows, first, last),
        _ => block::<_, 3>(rows, first, last),
    }
    rest
}

/// Writes `N` columns, of blocks of four rows. Out of line, so that the loop stays one where the compiler may write much out.
#[inline(never)]
fn block<const WIDTH: usize, const N: usize>(rows: &[[f32; WIDTH]], first: usize, columns: &mut [Column]) {
    let Some(columns) = columns.first_chunk_mut::<N>() else { return };
    if first + N > WIDTH {
        return;
    }
    if N == 1 {
        for (cell, row) in columns[0].iter_mut().zip(rows) {
            *cell = row[first].to_bits();
        }
        return;
    }
    let (blocks, rest) = rows.as_chunks::<BLOCK>();
    let whole = blocks.len().min(TILE / BLOCK);
    for (index, rows) in blocks[..whole].iter().enumerate() {
        let cells = rows.as_flattened();
        let mut block = Block::default();
        for (row, to) in block.iter_mut().enumerate() {
            let at = row * WIDTH + first;
            // Four at a time, whatever follows those that are wanted; behind the last row nothing does.
            if let Some(cells) = cells.get(at..).and_then(<[f32]>::first_chunk::<BLOCK>) {
                *to = cells.map(f32::to_bits);
            } else {
                to.iter_mut().zip(&cells[at..][..N]).for_each(|(to, cell)| *to = cell.to_bits());
            }
        }
        for (column, values) in columns.iter_mut().zip(swap(block)) {
            column[index * BLOCK..][..BLOCK].copy_from_slice(&values);
        }
    }
    for (index, row) in rest.iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(&row[first..]) {
            column[whole * BLOCK + index] = value.to_bits();
        }
    }
}

/// Writes the first rows of a tile's columns, row after row.
#[inline(always)]
pub fn rows<const FACTORS: usize>(columns: &[Column; FACTORS], rows: &mut [[f32; FACTORS]]) {
    let mut first = 0;
    while first + BLOCK <= FACTORS {
        back::<FACTORS, BLOCK>(columns, first, rows);
        first += BLOCK;
    }
    match FACTORS - first {
        0 => {}
        1 => back::<FACTORS, 1>(columns, first, rows),
        2 => back::<FACTORS, 2>(columns, first, rows),
        _ => back::<FACTORS, 3>(columns, first, rows),
    }
}

/// Writes `N` columns into their places in the rows.
#[inline(never)]
fn back<const FACTORS: usize, const N: usize>(columns: &[Column; FACTORS], first: usize, rows: &mut [[f32; FACTORS]]) {
    let Some(columns) = columns.get(first..).and_then(<[Column]>::first_chunk::<N>) else { return };
    if N == 1 {
        for (row, cell) in rows.iter_mut().zip(&columns[0]) {
            row[first] = f32::from_bits(*cell);
        }
        return;
    }
    let (blocks, rest) = rows.as_chunks_mut::<BLOCK>();
    let whole = blocks.len().min(TILE / BLOCK);
    for (index, rows) in blocks[..whole].iter_mut().enumerate() {
        let mut block = Block::default();
        for (cells, column) in block.iter_mut().zip(columns) {
            *cells = column.as_chunks().0[index];
        }
        for (row, cells) in rows.iter_mut().zip(swap(block)) {
            let Some(row) = row.get_mut(first..).and_then(<[f32]>::first_chunk_mut::<N>) else { return };
            row.iter_mut().zip(cells).for_each(|(to, cell)| *to = f32::from_bits(cell));
        }
    }
    for (index, row) in rest.iter_mut().enumerate() {
        for (to, column) in row[first..].iter_mut().zip(columns) {
            *to = f32::from_bits(column[whole * BLOCK + index]);
        }
    }
}

/// Swaps the rows and columns of a block.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn swap([a, b, c, d]: Block) -> Block {
    [[a[0], b[0], c[0], d[0]], [a[1], b[1], c[1], d[1]], [a[2], b[2], c[2], d[2]], [a[3], b[3], c[3], d[3]]]
}

/// Swaps the rows and columns of a block. The compiler makes sixteen single copies of the plain form, so it is spelt out.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn swap(block: Block) -> Block {
    use std::arch::wasm32::{u32x4_shuffle as shuffle, v128};
    // SAFETY: both are sixteen numbers of 32 bits, four a vector.
    let [a, b, c, d] = unsafe { std::mem::transmute::<Block, [v128; BLOCK]>(block) };
    let (ab, cd) = (shuffle::<0, 4, 1, 5>(a, b), shuffle::<0, 4, 1, 5>(c, d));
    let (ef, gh) = (shuffle::<2, 6, 3, 7>(a, b), shuffle::<2, 6, 3, 7>(c, d));
    let columns = [
        shuffle::<0, 1, 4, 5>(ab, cd),
        shuffle::<2, 3, 6, 7>(ab, cd),
        shuffle::<0, 1, 4, 5>(ef, gh),
        shuffle::<2, 3, 6, 7>(ef, gh),
    ];
    // SAFETY: as above.
    unsafe { std::mem::transmute::<[v128; BLOCK], Block>(columns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned<const WIDTH: usize>(rows: usize, read: [bool; WIDTH]) {
        let values: Vec<[f32; WIDTH]> = (0..rows).map(|row| std::array::from_fn(|c| (row * 100 + c) as f32)).collect();
        let list = read.map(|read| (1, ReadIn::of(if read { "x" } else { "_x" }, "")));
        let count = read.iter().filter(|read| **read).count();
        let mut tile = vec![[u32::MAX; TILE]; count];
        fields(&list, Place::Current, &values, &mut tile);
        let wanted = (0..WIDTH).filter(|column| read[*column]);
        for (column, cells) in wanted.zip(&tile) {
            for (row, cell) in cells.iter().enumerate() {
                let expected = if row < rows { ((row * 100 + column) as f32).to_bits() } else { u32::MAX };
                assert_eq!(*cell, expected, "row {row} of {rows}, column {column} of {read:?}");
            }
        }
    }

    #[test]
    fn columns_that_are_read_stand_side_by_side() {
        for rows in [0, 1, 3, 4, 7, 63, 64] {
            turned(rows, [true]);
            turned(rows, [true, true]);
            turned(rows, [false, true, true]);
            turned(rows, [true, true, true, true, true]);
            turned(rows, [true, false, true, true, false, false, true, true, true, true, true]);
        }
    }

    fn come_back<const FACTORS: usize>() {
        let columns: [Column; FACTORS] = std::array::from_fn(|c| std::array::from_fn(|lane| (lane * 10 + c) as u32));
        for count in [0, 1, 3, 4, 5, 63, 64] {
            let mut found = vec![[0.0; FACTORS]; count];
            rows(&columns, &mut found);
            for (lane, row) in found.iter().enumerate() {
                let expected: [u32; FACTORS] = std::array::from_fn(|c| (lane * 10 + c) as u32);
                assert_eq!(row.map(f32::to_bits), expected, "row {lane} of {count}");
            }
        }
    }

    #[test]
    fn rows_come_back_in_order() {
        come_back::<1>();
        come_back::<2>();
        come_back::<3>();
        come_back::<4>();
        come_back::<7>();
        come_back::<9>();
    }
}
