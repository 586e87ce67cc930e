//! Products of matrices on the processor.
//!
//! Networks of a few hundred units are small: a general library spends as long on packing them as on multiplying, and longest
//! on the thin ones, such as the head with its one or two outputs. These products are written for them. They use whatever vector
//! instructions the processor has, and an element is the same sum in the same order with any of them, so that the bits do not
//! depend on the processor.

use std::cell::RefCell;

use pulp::bytemuck::{cast_slice, cast_slice_mut};
use pulp::{Arch, Simd, WithSimd};

/// A matrix of at most this many columns is multiplied by dot products: it would leave vectors nearly empty.
const THIN: usize = 4;
/// Numbers that a dot product adds up side by side, whatever the vectors' width.
const LANES: usize = 16;
/// A product of at most so many rows does not pay for laying out the other matrix anew.
const FEW: usize = 16;
/// Rows of the product that are worked on together, where there are 32 registers and where there are fewer.
const TALL: usize = 12;
const SHORT: usize = 4;

thread_local! {
    /// Where matrices are laid out in the order in which they are read.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A matrix, row-major or column-major, borrowed.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    /// From a row to the next, and from a column to the next.
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Views numbers as a row-major matrix.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        debug_assert_eq!(values.len(), rows * columns);
        Matrix { values, rows, columns, strides: [columns, 1] }
    }

    pub(crate) fn transposed(self) -> Self {
        let Matrix { values, rows, columns, strides: [row, column] } = self;
        Matrix { values, rows: columns, columns: rows, strides: [column, row] }
    }

    fn row_major(&self) -> bool {
        self.strides[1] == 1
    }

    /// Copies column `column` of the rows.
    fn copy_column(&self, column: usize, to: &mut [f32], step: usize) {
        let [row, between] = self.strides;
        let values = self.values.iter().skip(column * between).step_by(row);
        to.iter_mut().step_by(step).zip(values).for_each(|(to, value)| *to = *value);
    }
}

/// Adds the product of two matrices to `sum`, which is row-major.
pub(crate) fn add_product(left: Matrix, right: Matrix, sum: &mut [f32]) {
    debug_assert_eq!((left.columns, sum.len()), (right.rows, left.rows * right.columns));
    let width = right.columns;
    SCRATCH.with_borrow_mut(|scratch| {
        if width > THIN || left.rows <= width {
            Arch::new().dispatch(Product::<false> { left, right, sum, strides: [width, 1], scratch });
        } else if left.row_major() {
            let columns = grown(scratch, width * right.rows);
            for (column, to) in columns.chunks_exact_mut(right.rows).enumerate() {
                right.copy_column(column, to, 1);
            }
            Arch::new().dispatch(Dots { left, columns, sum });
        } else {
            // The other way round, what is long lies along the vectors.
            let (left, right) = (right.transposed(), left.transposed());
            Arch::new().dispatch(Product::<false> { left, right, sum, strides: [1, width], scratch });
        }
    });
}

/// Adds the product of two matrices to `sum` as one who reads this would: an element begins as it is there, and takes one product
/// after the other, each rounded before it is added.
pub(crate) fn add_products_in_order(left: Matrix, right: Matrix, sum: &mut [f32]) {
    debug_assert_eq!((left.columns, sum.len()), (right.rows, left.rows * right.columns));
    let width = right.columns;
    let (left, right, strides) =
        if width > THIN { (left, right, [width, 1]) } else { (right.transposed(), left.transposed(), [1, width]) };
    SCRATCH.with_borrow_mut(|scratch| Arch::new().dispatch(Product::<true> { left, right, sum, strides, scratch }));
}

/// Gives the first `len` numbers of a list that grows where it must.
fn grown(scratch: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if scratch.len() < len {
        scratch.resize(len, 0.0);
    }
    &mut scratch[..len]
}

/// A product with a row-major matrix of few columns, which lie in `columns` one after the other.
struct Dots<'a> {
    left: Matrix<'a>,
    columns: &'a [f32],
    sum: &'a mut [f32],
}

impl WithSimd for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Dots { left, columns, sum } = self;
        let count = left.columns;
        let width = columns.len() / count;
        for (row, sum) in left.values.chunks_exact(count).zip(sum.chunks_exact_mut(width)) {
            for (column, sum) in columns.chunks_exact(count).zip(sum) {
                *sum += dot(simd, row, column);
            }
        }
    }
}

#[inline(always)]
fn dot<S: Simd>(simd: S, left: &[f32], right: &[f32]) -> f32 {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    let mut sums = [simd.splat_f32s(0.0); LANES];
    let sums = &mut sums[..LANES / S::F32_LANES];
    for (left, right) in left.iter().zip(right) {
        let ((left, _), (right, _)) = (S::as_simd_f32s(left), S::as_simd_f32s(right));
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum = simd.mul_add_f32s(*left, *right, *sum);
        }
    }
    let sums: &mut [f32] = cast_slice_mut(sums);
    for ((sum, left), right) in sums.iter_mut().zip(left_rest).zip(right_rest) {
        *sum = left.mul_add(*right, *sum);
    }
    let sums: [f32; 8] = std::array::from_fn(|lane| sums[lane] + sums[lane + 8]);
    let sums: [f32; 4] = std::array::from_fn(|lane| sums[lane] + sums[lane + 4]);
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// A product in blocks: some rows of `left` with two vectors' width of columns of `right` stay in registers until they are done.
///
/// `IN_ORDER`, they begin with what they are added to, and products are rounded before they are added.
struct Product<'a, const IN_ORDER: bool> {
    left: Matrix<'a>,
    right: Matrix<'a>,
    sum: &'a mut [f32],
    /// From a row of the sum to the next, and from a column to the next.
    strides: [usize; 2],
    scratch: &'a mut Vec<f32>,
}

impl<const IN_ORDER: bool> WithSimd for Product<'_, IN_ORDER> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { left, right, sum, strides, scratch } = self;
        let width = 2 * S::F32_LANES;
        let (count, panels) = (left.columns, right.columns.div_ceil(width));
        let as_it_lies = right.row_major() && right.columns.is_multiple_of(width) && left.rows <= FEW;
        let packed = if as_it_lies { 0 } else { panels * count * width };
        let (packed, block) = grown(scratch, packed + TALL * count).split_at_mut(packed);
        if !as_it_lies {
            for (panel, to) in packed.chunks_exact_mut(count * width).enumerate() {
                pack(right, panel * width, width, to);
            }
        }
        let rest = if as_it_lies { right.values } else { packed };
        let panel = |panel: usize| {
            if as_it_lies { (&rest[panel * width..], right.columns) } else { (&rest[panel * count * width..], width) }
        };
        let blocks = Blocks::<S, IN_ORDER> { simd, left, count, panels, columns: right.columns, strides };
        let mut row = 0;
        while row < left.rows {
            row += match left.rows - row {
                TALL.. if S::REGISTER_COUNT >= 32 => blocks.multiply::<TALL>(row, block, &panel, sum),
                SHORT.. => blocks.multiply::<SHORT>(row, block, &panel, sum),
                _ => blocks.multiply::<1>(row, block, &panel, sum),
            };
        }
    }
}

/// Lays out the columns from `start` on as rows of `width`; what is missing of the last is zeros.
#[inline(always)]
fn pack(matrix: Matrix, start: usize, width: usize, to: &mut [f32]) {
    let columns = width.min(matrix.columns - start);
    if matrix.row_major() {
        for (to, row) in to.chunks_exact_mut(width).zip(matrix.values.chunks_exact(matrix.columns)) {
            to[..columns].copy_from_slice(&row[start..start + columns]);
            to[columns..].fill(0.0);
        }
    } else {
        to.chunks_exact_mut(width).for_each(|to| to[columns..].fill(0.0));
        for (index, column) in matrix.values.chunks_exact(matrix.rows).skip(start).take(columns).enumerate() {
            to.chunks_exact_mut(width).zip(column).for_each(|(to, value)| to[index] = *value);
        }
    }
}

/// Lays the numbers of a column together, of four columns at a time, which processors turn round in registers.
#[inline(always)]
fn interleave<const ROWS: usize>(rows: [&[f32]; ROWS], columns: &mut [[f32; ROWS]]) {
    let whole = columns.len() / 4 * 4;
    let (fours, rest) = columns.split_at_mut(whole);
    for (index, to) in fours.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        for (offset, row) in rows.iter().enumerate() {
            let from = &row[4 * index..4 * index + 4];
            to[0][offset] = from[0];
            to[1][offset] = from[1];
            to[2][offset] = from[2];
            to[3][offset] = from[3];
        }
    }
    for (index, to) in rest.iter_mut().enumerate() {
        to.iter_mut().zip(rows).for_each(|(to, row)| *to = row[whole + index]);
    }
}

struct Blocks<'a, S: Simd, const IN_ORDER: bool> {
    simd: S,
    left: Matrix<'a>,
    count: usize,
    panels: usize,
    columns: usize,
    strides: [usize; 2],
}

impl<S: Simd, const IN_ORDER: bool> Blocks<'_, S, IN_ORDER> {
    /// Multiplies `ROWS` rows from `row` on with all panels; gives `ROWS`.
    #[inline(always)]
    fn multiply<'p, const ROWS: usize>(
        &self,
        row: usize,
        block: &mut [f32],
        panel: impl Fn(usize) -> (&'p [f32], usize),
        sum: &mut [f32],
    ) -> usize {
        let block = &mut block[..ROWS * self.count];
        let transposed = self.left.transposed();
        if transposed.row_major() {
            pack(transposed, row, ROWS, block);
        } else {
            let mut rows = self.left.values[row * self.count..].chunks_exact(self.count);
            let rows = std::array::from_fn(|_| rows.next().unwrap_or_default());
            interleave::<ROWS>(rows, block.as_chunks_mut().0);
        }
        let width = 2 * S::F32_LANES;
        let [down, across] = self.strides;
        for index in 0..self.panels {
            let (panel, stride) = panel(index);
            let columns = width.min(self.columns - index * width);
            let place = |offset: usize| (row + offset) * down + index * width * across;
            let mut sums = [[self.simd.splat_f32s(0.0); 2]; ROWS];
            if IN_ORDER {
                for (offset, sums) in sums.iter_mut().enumerate() {
                    let (sum, sums) = (&sum[place(offset)..], cast_slice_mut::<S::f32s, f32>(sums));
                    if across == 1 {
                        sums[..columns].copy_from_slice(&sum[..columns]);
                    } else {
                        sums[..columns].iter_mut().zip(sum.iter().step_by(across)).for_each(|(own, sum)| *own = *sum);
                    }
                }
            }
            let sums = self.tile::<ROWS>(block, panel, stride, sums);
            for (offset, sums) in sums.iter().enumerate() {
                let sum = &mut sum[place(offset)..];
                let sums: &[f32] = cast_slice(sums);
                let add = |(sum, own): (&mut f32, &f32)| *sum = if IN_ORDER { *own } else { *sum + own };
                if across == 1 {
                    sum[..columns].iter_mut().zip(sums).for_each(add);
                } else {
                    sum.iter_mut().step_by(across).zip(&sums[..columns]).for_each(add);
                }
            }
        }
        ROWS
    }

    /// Multiplies a block, whose `ROWS` numbers of a column lie together, with a panel, and adds that to the sums.
    #[inline(always)]
    fn tile<const ROWS: usize>(
        &self,
        block: &[f32],
        panel: &[f32],
        stride: usize,
        mut sums: [[S::f32s; 2]; ROWS],
    ) -> [[S::f32s; 2]; ROWS] {
        let simd = self.simd;
        for (column, row) in block.as_chunks::<ROWS>().0.iter().zip(panel.chunks(stride)) {
            let (vectors, _) = S::as_simd_f32s(&row[..2 * S::F32_LANES]);
            let right = [vectors[0], vectors[1]];
            for (sums, left) in sums.iter_mut().zip(column) {
                let left = simd.splat_f32s(*left);
                *sums = if IN_ORDER {
                    let (first, second) = (simd.mul_f32s(left, right[0]), simd.mul_f32s(left, right[1]));
                    [simd.add_f32s(sums[0], first), simd.add_f32s(sums[1], second)]
                } else {
                    [simd.mul_add_f32s(left, right[0], sums[0]), simd.mul_add_f32s(left, right[1], sums[1])]
                };
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, whose sums are exact in any order.
    fn numbers(count: usize, step: usize) -> Vec<f32> {
        (0..count).map(|index| (index * step % 17) as f32 - 8.0).collect()
    }

    #[test]
    fn a_product_is_the_textbooks_for_any_sizes_and_layouts() {
        for (rows, count, columns) in [
            (1, 1, 1),
            (1, 64, 64),
            (3, 5, 2),
            (8, 4, 64),
            (256, 64, 2),
            (64, 256, 1),
            (30, 7, 33),
            (29, 1, 40),
            (13, 40, 3),
            (5, 3, 100),
        ] {
            let (left, right) = (numbers(rows * count, 5), numbers(count * columns, 7));
            let flip = |values: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..values.len()).map(|index| values[index % rows * columns + index / rows]).collect()
            };
            let (left_flipped, right_flipped) = (flip(&left, rows, count), flip(&right, count, columns));
            let expected: Vec<f32> = (0..rows * columns)
                .map(|cell| {
                    let (row, column) = (cell / columns, cell % columns);
                    1.0 + (0..count).map(|k| left[row * count + k] * right[k * columns + column]).sum::<f32>()
                })
                .collect();
            for left in [Matrix::new(&left, rows, count), Matrix::new(&left_flipped, count, rows).transposed()] {
                for right in
                    [Matrix::new(&right, count, columns), Matrix::new(&right_flipped, columns, count).transposed()]
                {
                    let mut sum = vec![1.0; rows * columns];
                    add_product(left, right, &mut sum);
                    assert_eq!(sum, expected, "{rows} x {count} x {columns}");
                }
            }
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_the_vectors() {
        let fractions = |count: usize, step: usize| -> Vec<f32> {
            numbers(count, step).into_iter().enumerate().map(|(index, number)| number / (index + 3) as f32).collect()
        };
        for (rows, count, columns) in [(20, 50, 40), (20, 50, 2)] {
            let (left, right) = (fractions(rows * count, 5), fractions(count * columns, 7));
            let mut sum = vec![0.0; rows * columns];
            add_product(Matrix::new(&left, rows, count), Matrix::new(&right, count, columns), &mut sum);
            for (cell, sum) in sum.iter().enumerate() {
                let (row, column) = (cell / columns, cell % columns);
                let row = &left[row * count..(row + 1) * count];
                let column: Vec<f32> = right.iter().skip(column).step_by(columns).copied().collect();
                let expected = if columns > THIN {
                    row.iter().zip(column).fold(0.0, |sum: f32, (a, b)| a.mul_add(b, sum))
                } else {
                    dot(pulp::Scalar::new(), row, &column)
                };
                assert_eq!(sum.to_bits(), expected.to_bits());
            }
        }
    }
}
