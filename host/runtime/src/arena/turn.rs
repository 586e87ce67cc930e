//! Swaps the rows and columns of a block.
#![allow(
    unsafe_code,
    reason = "calling a function that is compiled for SSE2: every x86-64 processor has it, and the function does nothing but arithmetic on \
              its own values"
)]

/// Columns and rows of a block.
pub(super) const BLOCK: usize = 4;

/// Four by four values.
pub(super) type Block = [[u32; BLOCK]; BLOCK];

/// Swaps rows and columns. The compiler makes sixteen single copies of the plain form, so it is spelt out.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn turn(block: Block) -> Block {
    // SAFETY: the processor has SSE2, which is part of x86-64.
    unsafe { turn_sse2(block) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn turn_sse2(block: Block) -> Block {
    use std::arch::x86_64::{__m128i, _mm_unpackhi_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi32, _mm_unpacklo_epi64};
    let [a, b, c, d]: [__m128i; BLOCK] = bytemuck::cast(block);
    let (ab, cd) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
    let (ef, gh) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
    bytemuck::cast([
        _mm_unpacklo_epi64(ab, cd),
        _mm_unpackhi_epi64(ab, cd),
        _mm_unpacklo_epi64(ef, gh),
        _mm_unpackhi_epi64(ef, gh),
    ])
}

/// Swaps rows and columns.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn turn(block: Block) -> Block {
    plain(block)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain([a, b, c, d]: Block) -> Block {
    [[a[0], b[0], c[0], d[0]], [a[1], b[1], c[1], d[1]], [a[2], b[2], c[2], d[2]], [a[3], b[3], c[3], d[3]]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_swaps_rows_and_columns() {
        let block = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]];
        assert_eq!(turn(block), [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15]]);
        assert_eq!(turn(block), plain(block));
    }
}
