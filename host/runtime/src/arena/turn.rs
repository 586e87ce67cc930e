//! Swaps the rows and columns of a block: four columns of so many rows as the processor's vectors have places.
#![allow(
    unsafe_code,
    reason = "calling a function that is compiled for SSE2, which every x86-64 processor has, or for AVX after asking the processor; \
              and access to rows within a slice after one check for all of them"
)]

/// Columns of a block.
pub(super) const COLUMNS: usize = 4;

/// So many rows of a block's columns.
pub(super) type Rows<const ROWS: usize> = [[u32; COLUMNS]; ROWS];
/// A block's columns of so many rows.
pub(super) type Columns<const ROWS: usize> = [[u32; ROWS]; COLUMNS];

/// Takes the first four values of each of `ROWS` rows that begin every `width` values; none where the slice ends before.
#[inline(always)]
pub(super) fn take<const ROWS: usize>(source: &[u32], width: usize) -> Option<Rows<ROWS>> {
    if source.len() < end::<ROWS>(width, COLUMNS)? {
        return None;
    }
    // SAFETY: the last row's end is within the slice, and every other row ends before it.
    Some(std::array::from_fn(|row| unsafe {
        source.as_ptr().add(row * width).cast::<[u32; COLUMNS]>().read_unaligned()
    }))
}

/// Puts the first `N` values of each row where rows begin every `width` values; none where the slice ends before.
#[inline(always)]
pub(super) fn put<const N: usize, const ROWS: usize>(rows: Rows<ROWS>, values: &mut [u32], width: usize) -> Option<()> {
    const { assert!(N <= COLUMNS) };
    if values.len() < end::<ROWS>(width, N)? {
        return None;
    }
    for (row, from) in rows.iter().enumerate() {
        // SAFETY: as above; `N` is at most the length of a row.
        unsafe {
            let to = values.as_mut_ptr().add(row * width).cast::<[u32; N]>();
            to.write_unaligned(from.as_ptr().cast::<[u32; N]>().read_unaligned());
        }
    }
    Some(())
}

/// Gives where the last of `ROWS` rows ends, of which `used` values count.
#[inline(always)]
fn end<const ROWS: usize>(width: usize, used: usize) -> Option<usize> {
    (ROWS - 1).checked_mul(width)?.checked_add(used)
}

/// Work that is done block by block.
pub(super) trait Work {
    /// Does it, given how blocks of `ROWS` rows are turned into columns and back.
    fn with<const ROWS: usize>(
        self,
        into: impl Fn(Rows<ROWS>) -> Columns<ROWS>,
        back: impl Fn(Columns<ROWS>) -> Rows<ROWS>,
    );
}

/// Does work with the widest vectors that this processor has, compiled for them as a whole.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn run(work: impl Work) {
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the processor has AVX.
        unsafe { avx::run(work) }
    } else {
        // SAFETY: the processor has SSE2, which is part of x86-64.
        work.with(|rows| unsafe { sse2::turn(rows) }, |columns| unsafe { sse2::turn(columns) });
    }
}

/// Does work as the compiler sees fit.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn run(work: impl Work) {
    work.with(plain, plain);
}

#[cfg(target_arch = "x86_64")]
mod avx {
    use std::arch::x86_64::{
        __m128, __m256, _mm256_castpd_ps, _mm256_castps_pd, _mm256_castps256_ps128, _mm256_extractf128_ps,
        _mm256_set_m128, _mm256_unpackhi_pd, _mm256_unpackhi_ps, _mm256_unpacklo_pd, _mm256_unpacklo_ps,
    };

    use super::{COLUMNS, Columns, Rows, Work};

    const ROWS: usize = 8;

    #[target_feature(enable = "avx")]
    pub(super) fn run(work: impl Work) {
        work.with::<ROWS>(
            |rows: Rows<ROWS>| {
                let [a, b, c, d, e, f, g, h] = rows.map(bytemuck::cast::<[u32; COLUMNS], __m128>);
                let pairs = [(a, e), (b, f), (c, g), (d, h)];
                turn(pairs.map(|(low, high)| _mm256_set_m128(high, low))).map(bytemuck::cast)
            },
            |columns: Columns<ROWS>| {
                let [a, b, c, d] = turn(columns.map(bytemuck::cast));
                let low = [a, b, c, d].map(|pair| bytemuck::cast(_mm256_castps256_ps128(pair)));
                let high = [a, b, c, d].map(|pair| bytemuck::cast(_mm256_extractf128_ps::<1>(pair)));
                let ([a, b, c, d], [e, f, g, h]) = (low, high);
                [a, b, c, d, e, f, g, h]
            },
        );
    }

    /// Swaps the rows and columns of two blocks of four by four side by side. The vectors are called floats: AVX has these moves for
    /// no other type, and they leave the bits alone.
    #[target_feature(enable = "avx")]
    #[inline]
    fn turn([a, b, c, d]: [__m256; COLUMNS]) -> [__m256; COLUMNS] {
        let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (ef, gh) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        let low = |a, b| _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
        let high = |a, b| _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b)));
        [low(ab, cd), high(ab, cd), low(ef, gh), high(ef, gh)]
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{__m128i, _mm_unpackhi_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi32, _mm_unpacklo_epi64};

    use super::{COLUMNS, Rows};

    /// Swaps rows and columns. The compiler makes sixteen single copies of the plain form, so it is spelt out.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn turn(block: Rows<COLUMNS>) -> Rows<COLUMNS> {
        let [a, b, c, d]: [__m128i; COLUMNS] = bytemuck::cast(block);
        let (ab, cd) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
        let (ef, gh) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
        bytemuck::cast([
            _mm_unpacklo_epi64(ab, cd),
            _mm_unpackhi_epi64(ab, cd),
            _mm_unpacklo_epi64(ef, gh),
            _mm_unpackhi_epi64(ef, gh),
        ])
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain([a, b, c, d]: Rows<COLUMNS>) -> Columns<COLUMNS> {
    [[a[0], b[0], c[0], d[0]], [a[1], b[1], c[1], d[1]], [a[2], b[2], c[2], d[2]], [a[3], b[3], c[3], d[3]]]
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Check;

    impl Work for Check {
        fn with<const ROWS: usize>(
            self,
            into: impl Fn(Rows<ROWS>) -> Columns<ROWS>,
            back: impl Fn(Columns<ROWS>) -> Rows<ROWS>,
        ) {
            let rows: Rows<ROWS> = std::array::from_fn(|row| std::array::from_fn(|column| (row * 10 + column) as u32));
            let columns = std::array::from_fn(|column| std::array::from_fn(|row| (row * 10 + column) as u32));
            assert_eq!(into(rows), columns);
            assert_eq!(back(columns), rows);
        }
    }

    #[test]
    fn turning_swaps_rows_and_columns() {
        run(Check);
        Check.with(plain, plain);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has SSE2, which is part of x86-64.
        Check.with(|rows| unsafe { sse2::turn(rows) }, |columns| unsafe { sse2::turn(columns) });
    }
}
