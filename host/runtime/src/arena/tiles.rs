//! Rows into columns and back, in blocks of four by four.

use super::TILE;
use super::turn::{BLOCK, turn};

/// Copies `count` neighbouring columns of `rows` rows, at most a tile of them, into as many columns of a tile. `source` begins at the
/// first of them in the first row, and rows begin every `width` values.
pub(crate) fn copy_columns(source: &[u32], width: usize, count: usize, rows: usize, tile: &mut [u32]) {
    if width == 1 {
        return tile[..rows].copy_from_slice(&source[..rows]);
    }
    for (group, columns) in tile.chunks_mut(BLOCK * TILE).take(count.div_ceil(BLOCK)).enumerate() {
        let source = source.get(group * BLOCK..).unwrap_or_default();
        match count - group * BLOCK {
            1 => turn_in::<1>(source, width, rows, columns),
            2 => turn_in::<2>(source, width, rows, columns),
            3 => turn_in::<3>(source, width, rows, columns),
            _ => turn_in::<BLOCK>(source, width, rows, columns),
        }
    }
}

fn turn_in<const N: usize>(source: &[u32], width: usize, rows: usize, tile: &mut [u32]) {
    let Some(columns) = tile.as_chunks_mut::<TILE>().0.first_chunk_mut::<N>() else { return };
    // A block takes in four values of a row, whatever follows the `N` that are wanted. The rows at the end of the source, behind which
    // nothing follows, go one by one.
    let whole = match source.len().checked_sub(BLOCK) {
        Some(last) if rows >= BLOCK => rows.min(last / width + 1) / BLOCK * BLOCK,
        _ => 0,
    };
    for first in (0..whole.min(TILE)).step_by(BLOCK) {
        let mut block = [[0; BLOCK]; BLOCK];
        for (index, values) in block.iter_mut().enumerate() {
            values.copy_from_slice(&source[(first + index) * width..][..BLOCK]);
        }
        for (column, values) in columns.iter_mut().zip(turn(block)) {
            column[first..first + BLOCK].copy_from_slice(&values);
        }
    }
    for index in whole..rows {
        for (column, value) in columns.iter_mut().zip(&source[index * width..][..N]) {
            column[index] = *value;
        }
    }
}

/// Copies the columns of a tile into rows of `factors` values each, as many as there are.
pub(crate) fn copy_rows(tile: &[u32], factors: usize, values: &mut [u32]) {
    if factors == 1 {
        return values.copy_from_slice(&tile[..values.len()]);
    }
    for first in (0..factors).step_by(BLOCK) {
        match factors - first {
            1 => turn_out::<1>(tile, factors, first, values),
            2 => turn_out::<2>(tile, factors, first, values),
            3 => turn_out::<3>(tile, factors, first, values),
            _ => turn_out::<BLOCK>(tile, factors, first, values),
        }
    }
}

fn turn_out<const N: usize>(tile: &[u32], factors: usize, first: usize, values: &mut [u32]) {
    let columns = tile.as_chunks::<TILE>().0.get(first..).unwrap_or_default();
    let Some(columns) = columns.first_chunk::<N>() else { return };
    let rows = values.len() / factors;
    let whole = rows.min(TILE) / BLOCK * BLOCK;
    let mut row = |row: usize, from: &[u32]| values[row * factors + first..][..N].copy_from_slice(&from[..N]);
    for lane in (0..whole).step_by(BLOCK) {
        let mut block = [[0; BLOCK]; BLOCK];
        for (to, column) in block.iter_mut().zip(columns) {
            to.copy_from_slice(&column[lane..lane + BLOCK]);
        }
        for (index, from) in turn(block).iter().enumerate() {
            row(lane + index, from);
        }
    }
    for lane in whole..rows {
        row(lane, &columns.map(|column| column[lane]));
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
