//! Rows into columns and back, in blocks.

use super::TILE;
use super::turn::{COLUMNS, Columns, Rows, Work, put, run, take};

/// Copies `count` neighbouring columns of `rows` rows, at most a tile of them, into as many columns of a tile. `source` begins at the
/// first of them in the first row, and rows begin every `width` values.
pub(crate) fn copy_columns(source: &[u32], width: usize, count: usize, rows: usize, tile: &mut [u32]) {
    if width == 1 {
        return tile[..rows].copy_from_slice(&source[..rows]);
    }
    run(IntoColumns { source, width, count, rows, tile });
}

struct IntoColumns<'a> {
    source: &'a [u32],
    width: usize,
    count: usize,
    rows: usize,
    tile: &'a mut [u32],
}

impl Work for IntoColumns<'_> {
    #[inline(always)]
    fn with<const ROWS: usize>(
        self,
        into: impl Fn(Rows<ROWS>) -> Columns<ROWS>,
        _: impl Fn(Columns<ROWS>) -> Rows<ROWS>,
    ) {
        let IntoColumns { source, width, count, rows, tile } = self;
        for (group, columns) in tile.chunks_mut(COLUMNS * TILE).take(count.div_ceil(COLUMNS)).enumerate() {
            let source = source.get(group * COLUMNS..).unwrap_or_default();
            match count - group * COLUMNS {
                1 => turn_in::<1, ROWS>(source, width, rows, columns, &into),
                2 => turn_in::<2, ROWS>(source, width, rows, columns, &into),
                3 => turn_in::<3, ROWS>(source, width, rows, columns, &into),
                _ => turn_in::<COLUMNS, ROWS>(source, width, rows, columns, &into),
            }
        }
    }
}

#[inline(always)]
fn turn_in<const N: usize, const ROWS: usize>(
    source: &[u32],
    width: usize,
    rows: usize,
    tile: &mut [u32],
    into: impl Fn(Rows<ROWS>) -> Columns<ROWS>,
) {
    let Some(columns) = tile.as_chunks_mut::<TILE>().0.first_chunk_mut::<N>() else { return };
    // A block takes in four values of a row, whatever follows the `N` that are wanted. The rows at the end of the source, behind which
    // nothing follows, go one by one.
    let whole = match source.len().checked_sub(COLUMNS) {
        Some(last) => rows.min(TILE).min(last / width + 1) / ROWS * ROWS,
        _ => 0,
    };
    for (index, first) in (0..whole).step_by(ROWS).enumerate() {
        let Some(block) = source.get(first * width..).and_then(|source| take(source, width)) else { return };
        for (column, values) in columns.iter_mut().zip(into(block)) {
            column.as_chunks_mut().0[index] = values;
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
    run(IntoRows { tile, factors, values });
}

struct IntoRows<'a> {
    tile: &'a [u32],
    factors: usize,
    values: &'a mut [u32],
}

impl Work for IntoRows<'_> {
    #[inline(always)]
    fn with<const ROWS: usize>(
        self,
        _: impl Fn(Rows<ROWS>) -> Columns<ROWS>,
        back: impl Fn(Columns<ROWS>) -> Rows<ROWS>,
    ) {
        let IntoRows { tile, factors, values } = self;
        for first in (0..factors).step_by(COLUMNS) {
            match factors - first {
                1 => turn_out::<1, ROWS>(tile, factors, first, values, &back),
                2 => turn_out::<2, ROWS>(tile, factors, first, values, &back),
                3 => turn_out::<3, ROWS>(tile, factors, first, values, &back),
                _ => turn_out::<COLUMNS, ROWS>(tile, factors, first, values, &back),
            }
        }
    }
}

#[inline(always)]
fn turn_out<const N: usize, const ROWS: usize>(
    tile: &[u32],
    factors: usize,
    first: usize,
    values: &mut [u32],
    back: impl Fn(Columns<ROWS>) -> Rows<ROWS>,
) {
    let columns = tile.as_chunks::<TILE>().0.get(first..).unwrap_or_default();
    let Some(columns) = columns.first_chunk::<N>() else { return };
    let rows = values.len() / factors;
    let whole = rows.min(TILE) / ROWS * ROWS;
    for (index, lane) in (0..whole).step_by(ROWS).enumerate() {
        let mut block = [[0; ROWS]; COLUMNS];
        for (to, column) in block.iter_mut().zip(columns) {
            *to = column.as_chunks().0[index];
        }
        let Some(values) = values.get_mut(lane * factors + first..) else { return };
        if put::<N, ROWS>(back(block), values, factors).is_none() {
            return;
        }
    }
    for lane in whole..rows {
        values[lane * factors + first..][..N].copy_from_slice(&columns.each_ref().map(|column| column[lane]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_into_columns_and_come_back() {
        for width in 1..=11 {
            for rows in [0, 1, 3, 4, 5, 9, 16, 62, 63, 64] {
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
