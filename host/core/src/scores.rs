//! What a reward answers.

use crate::{Description, OutputError};

/// Why a row has no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The reward does not apply here; it is neither a zero nor a mistake.
    Abstain,
    /// The reward cannot handle the row.
    Fault {
        /// What the reward said.
        message: String,
    },
}

/// A row without a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscored {
    /// Its index in the batch (of an episode where scores are given by the episode).
    pub row: usize,
    /// Why.
    pub reason: Reason,
}

/// The answer to a batch: `values` is rows x factors, row-major. What stands in an unscored row means nothing (it is zero).
///
/// A caller keeps one and hands it to every call, so that steady use allocates nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// rows x factors; finite in every scored row.
    pub values: Vec<f32>,
    /// Numbers in a row.
    pub factors: usize,
    /// The rows without a score, ascending.
    pub unscored: Vec<Unscored>,
}

impl Scores {
    /// Empties the answer and makes room for `rows` rows of `factors` zeros.
    pub fn reset(&mut self, rows: usize, factors: usize) {
        self.values.clear();
        self.values.resize(rows * factors, 0.0);
        self.factors = factors;
        self.unscored.clear();
    }

    /// Counts the rows, scored or not.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.factors).unwrap_or(0)
    }

    /// Borrows the factors of a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.factors..(row + 1) * self.factors]
    }

    /// Sums a row's factors by their weights, in order, in `f32`: the scalar reward.
    pub fn weighted(&self, row: usize, weights: impl IntoIterator<Item = f32>) -> f32 {
        self.row(row).iter().zip(weights).fold(0.0, |sum, (value, weight)| sum + value * weight)
    }

    /// Finds the reason why a row has no score, if it has none.
    pub fn reason(&self, row: usize) -> Option<&Reason> {
        let found = self.unscored.binary_search_by_key(&row, |unscored| unscored.row).ok()?;
        self.unscored.get(found).map(|unscored| &unscored.reason)
    }

    /// Counts the rows that abstained, and those at fault.
    pub fn counts(&self) -> (usize, usize) {
        let abstained = self.unscored.iter().filter(|unscored| unscored.reason == Reason::Abstain).count();
        (abstained, self.unscored.len() - abstained)
    }

    /// Tells whether two answers are the same to the last bit, signs of zero included.
    pub fn same_bits(&self, other: &Scores) -> bool {
        self.factors == other.factors
            && self.unscored == other.unscored
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(a, b)| a.to_bits() == b.to_bits())
    }
}

/// Checks an answer against the interface's rules and writes zeros over what an unscored row holds.
///
/// # Errors
/// The first rule that is broken.
pub fn check_scores(description: &Description, rows: usize, scores: &mut Scores) -> Result<(), OutputError> {
    let factors = description.factors.len();
    if scores.factors != factors {
        return Err(OutputError::Length { len: scores.values.len(), rows, factors });
    }
    check_rows(description, rows, &mut scores.values, &scores.unscored)
}

/// Checks the values and the unscored rows of an answer as [`check_scores`] does, wherever they stand.
///
/// # Errors
/// The first rule that is broken.
pub fn check_rows(
    description: &Description,
    rows: usize,
    values: &mut [f32],
    unscored: &[Unscored],
) -> Result<(), OutputError> {
    let factors = description.factors.len();
    if values.len() != rows * factors {
        return Err(OutputError::Length { len: values.len(), rows, factors });
    }
    let mut least = 0;
    for unscored in unscored {
        if unscored.row >= rows || unscored.row < least {
            return Err(OutputError::Unscored { row: unscored.row, rows });
        }
        least = unscored.row + 1;
        values[unscored.row * factors..(unscored.row + 1) * factors].fill(0.0);
    }
    // One pass without a branch finds out whether there is anything to look for.
    if values.iter().fold(true, |finite, value| finite & value.is_finite()) {
        return Ok(());
    }
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => {
            let (row, value) = (index / factors, values[index]);
            let factor = description.factors[index % factors].name.clone();
            Err(if value.is_nan() {
                OutputError::NotANumber { row, factor }
            } else {
                OutputError::Infinite { row, factor, value }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abstain_zero_and_fault_are_three_different_things() {
        let mut scores = Scores::default();
        scores.reset(3, 1);
        scores.unscored.push(Unscored { row: 1, reason: Reason::Abstain });
        scores.unscored.push(Unscored { row: 2, reason: Reason::Fault { message: "no".into() } });
        assert_eq!(scores.reason(0), None);
        assert_eq!(scores.reason(1), Some(&Reason::Abstain));
        assert_eq!(scores.reason(2), Some(&Reason::Fault { message: "no".into() }));
        assert_eq!(scores.counts(), (1, 1));
    }

    #[test]
    fn the_sign_of_zero_is_a_bit() {
        let one = Scores { values: vec![0.0], factors: 1, unscored: vec![] };
        let other = Scores { values: vec![-0.0], factors: 1, unscored: vec![] };
        assert_eq!(one, other);
        assert!(!one.same_bits(&other));
    }
}
