//! Rows into columns and back, in blocks of four by four.

use super::TILE;

/// Columns and rows that are turned at a time.
const BLOCK: usize = 4;

type Block = [[u32; BLOCK]; BLOCK];

/// Swaps rows and columns.
#[inline(always)]
fn turn(block: Block) -> Block {
    std::array::from_fn(|i| std::array::from_fn(|j| block[j][i]))
}

#[inline(always)]
fn four(values: &[u32], at: usize) -> [u32; BLOCK] {
    let mut four = [0; BLOCK];
    four.copy_from_slice(&values[at..at + BLOCK]);
    four
}

/// Copies `count` neighbouring columns of `rows` rows, at most a tile of them, into as many columns of a tile. `source` begins at the
/// first of them in the first row, and rows begin every `width` values.
pub(crate) fn copy_columns(source: &[u32], width: usize, count: usize, rows: usize, tile: &mut [u32]) {
    if width == 1 {
        return tile[..rows].copy_from_slice(&source[..rows]);
    }
    // Where columns are left over, a block takes in what follows them. So that it always has something to take in, the rows at
    // the end of the source go one by one.
    let whole = match source.len().checked_sub(count.next_multiple_of(BLOCK)) {
        Some(last) if width > 0 => rows.min(last / width + 1) / BLOCK * BLOCK,
        _ => 0,
    };
    for (group, columns) in tile.chunks_mut(BLOCK * TILE).enumerate() {
        for row in (0..whole).step_by(BLOCK) {
            let at = row * width + group * BLOCK;
            let block = turn([0, 1, 2, 3].map(|i| four(source, at + i * width)));
            for (column, values) in columns.chunks_exact_mut(TILE).zip(block) {
                column[row..row + BLOCK].copy_from_slice(&values);
            }
        }
    }
    for row in whole..rows {
        for (column, value) in tile.chunks_exact_mut(TILE).zip(&source[row * width..][..count]) {
            column[row] = *value;
        }
    }
}

/// Copies the columns of a tile into rows of `factors` values each, as many as there are.
pub(crate) fn copy_rows(tile: &[u32], factors: usize, values: &mut [u32]) {
    match factors {
        0 => {}
        1 => values.copy_from_slice(&tile[..values.len()]),
        2 | 3 => copy_narrow_rows(tile, factors, values),
        _ => copy_wide_rows(tile, factors, values),
    }
}

/// A block's rows are written whole, one after another: what a row writes too much, the next one writes over.
fn copy_narrow_rows(tile: &[u32], factors: usize, values: &mut [u32]) {
    let rows = values.len() / factors;
    let whole = rows.saturating_sub(1) / BLOCK * BLOCK;
    let column = |index: usize| &tile[index.min(factors - 1) * TILE..][..TILE];
    let columns = [0, 1, 2, 3].map(column);
    for row in (0..whole).step_by(BLOCK) {
        let block = turn(columns.map(|column| four(column, row)));
        for (index, row_values) in block.into_iter().enumerate() {
            values[(row + index) * factors..][..BLOCK].copy_from_slice(&row_values);
        }
    }
    copy_one_by_one(tile, factors, whole, 0, values);
}

fn copy_wide_rows(tile: &[u32], factors: usize, values: &mut [u32]) {
    let rows = values.len() / factors;
    let whole = rows / BLOCK * BLOCK;
    let even = factors / BLOCK * BLOCK;
    for row in (0..whole).step_by(BLOCK) {
        for first in (0..even).step_by(BLOCK) {
            let block = turn([0, 1, 2, 3].map(|i| four(tile, (first + i) * TILE + row)));
            for (index, row_values) in block.into_iter().enumerate() {
                values[(row + index) * factors + first..][..BLOCK].copy_from_slice(&row_values);
            }
        }
    }
    if even < factors {
        copy_one_by_one(tile, factors, 0, even, values);
    }
    copy_one_by_one(tile, factors, whole, 0, values);
}

/// Copies the columns from `first` on of the rows from `begin` on.
fn copy_one_by_one(tile: &[u32], factors: usize, begin: usize, first: usize, values: &mut [u32]) {
    for (row, row_values) in values.chunks_exact_mut(factors).enumerate().skip(begin) {
        for (column, value) in row_values.iter_mut().enumerate().skip(first) {
            *value = tile[column * TILE + row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_into_columns_and_come_back() {
        for width in 1..=11 {
            for rows in [0, 1, 3, 4, 5, 62, 63, 64] {
                let source: Vec<u32> = (0..(rows * width) as u32).collect();
                for first in 0..width {
                    for count in 1..=width - first {
                        let mut tile = vec![u32::MAX; count * TILE];
                        copy_columns(source.get(first..).unwrap_or(&[]), width, count, rows, &mut tile);
                        for column in 0..count {
                            for row in 0..rows {
                                assert_eq!(tile[column * TILE + row], (row * width + first + column) as u32);
                            }
                        }
                        let mut back = vec![0; rows * count];
                        copy_rows(&tile, count, &mut back);
                        let expected = source.chunks(width).flat_map(|row| &row[first..first + count]);
                        assert!(back.iter().eq(expected), "{rows} rows, {count} of {width} columns from {first}");
                    }
                }
            }
        }
    }
}
