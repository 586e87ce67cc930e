//! Where answers differ.

use std::ops::Range;

use meed_core::Scores;

/// Where two answers to the same rows differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Difference {
    /// The row, counted from the beginning of what was compared.
    pub(crate) row: usize,
    /// The factor, where both rows have a score.
    pub(crate) factor: Option<usize>,
    /// The first answer's value.
    pub(crate) first: f32,
    /// The second answer's value.
    pub(crate) second: f32,
}

/// Finds where two runs of rows first differ in a bit of a score, or in whether or why there is none.
pub(crate) fn difference(a: &Scores, a_rows: Range<usize>, b: &Scores, b_rows: Range<usize>) -> Option<Difference> {
    debug_assert_eq!(a_rows.len(), b_rows.len());
    for (row, (i, j)) in a_rows.zip(b_rows).enumerate() {
        let (first, second) = (a.row(i), b.row(j));
        if a.reason(i) != b.reason(j) {
            let value = |values: &[f32]| values.first().copied().unwrap_or(0.0);
            return Some(Difference { row, factor: None, first: value(first), second: value(second) });
        }
        if let Some(factor) = first.iter().zip(second).position(|(x, y)| x.to_bits() != y.to_bits()) {
            return Some(Difference { row, factor: Some(factor), first: first[factor], second: second[factor] });
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_one_of_bits_or_of_reasons() {
        let scores = |values: &[f32]| Scores { values: values.to_vec(), factors: 2, unscored: vec![] };
        let (a, mut b) = (scores(&[0.0, 1.0, 2.0, 3.0]), scores(&[0.0, 1.0, 2.0, -3.0]));
        let found = difference(&a, 0..2, &b, 0..2).unwrap();
        assert_eq!((found.row, found.factor, found.second), (1, Some(1), -3.0));
        assert_eq!(difference(&a, 0..1, &b, 0..1), None);
        b.unscored.push(meed_core::Unscored { row: 0, reason: meed_core::Reason::Abstain });
        assert_eq!(difference(&a, 0..1, &b, 0..1).unwrap().factor, None);
    }
}
