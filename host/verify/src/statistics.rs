//! Sums over many numbers, in `f64` and without cancellation.

/// The count, mean, spread and range of a run of numbers, by Welford's update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    /// How many there were.
    pub(crate) count: u64,
    mean: f64,
    squares: f64,
    /// The smallest; +infinity where there were none.
    pub(crate) min: f64,
    /// The largest; -infinity where there were none.
    pub(crate) max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Moments { count: 0, mean: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Moments {
    /// Takes a number in.
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1;
        let step = value - self.mean;
        self.mean += step / self.count as f64;
        self.squares += step * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// The mean; 0 where there were none.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation, of the numbers themselves rather than of what they were drawn from.
    pub(crate) fn std(&self) -> f64 {
        if self.count == 0 { 0.0 } else { (self.squares / self.count as f64).max(0.0).sqrt() }
    }

    /// The largest size.
    pub(crate) fn size(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.min.abs().max(self.max.abs()) }
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        let mut moments = Moments::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}

/// Gives the matrix of Pearson correlations of columns of one length; a column without spread has none with any other.
pub(crate) fn correlations(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let scaled: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            let moments: Moments = column.iter().copied().collect();
            // Scaled by the spread before anything is squared, so that neither huge nor tiny columns leave the range of f64.
            let spread = if moments.std() > 0.0 { moments.std() } else { 1.0 };
            column.iter().map(|value| (value - moments.mean()) / spread).collect()
        })
        .collect();
    let count = columns.first().map_or(0, |column| column.len()).max(1) as f64;
    (0..scaled.len())
        .map(|i| {
            (0..scaled.len())
                .map(|j| match i == j {
                    true => 1.0,
                    false => scaled[i].iter().zip(&scaled[j]).map(|(a, b)| a * b).sum::<f64>() / count,
                })
                .collect()
        })
        .collect()
}

/// Picks the columns that are independent of those picked before, by Cholesky's decomposition of a correlation matrix with
/// pivoting: each time the column with the most variance left, while that is more than `least` of what it had.
pub(crate) fn independent(correlations: &[Vec<f64>], least: f64) -> Vec<usize> {
    let size = correlations.len();
    let mut rest: Vec<Vec<f64>> = correlations.to_vec();
    let mut picked = Vec::new();
    while picked.len() < size {
        let left = (0..size).filter(|column| !picked.contains(column));
        let Some(pivot) = left.max_by(|&a, &b| rest[a][a].total_cmp(&rest[b][b]).then(b.cmp(&a))) else { break };
        let variance = rest[pivot][pivot];
        if variance <= least {
            break;
        }
        let row = rest[pivot].clone();
        for i in 0..size {
            for j in 0..size {
                rest[i][j] -= row[i] * row[j] / variance;
            }
        }
        picked.push(pivot);
    }
    picked.sort_unstable();
    picked
}

/// Gives the value below which the given share of the numbers lies; puts them in order, and lies between two where it must.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let place = share * values.len().saturating_sub(1) as f64;
    let at = |index: f64| values.get(index as usize).copied().unwrap_or(f64::NAN);
    let (low, high) = (at(place.floor()), at(place.ceil()));
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_mean_does_not_swallow_the_spread() {
        let moments: Moments = (0..1000).map(|i| 1e9 + (i % 2) as f64).collect();
        assert!((moments.std() - 0.5).abs() < 1e-9, "{}", moments.std());
        assert!((moments.mean() - (1e9 + 0.5)).abs() < 1e-6);
        assert_eq!((moments.min, moments.max), (1e9, 1e9 + 1.0));
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!([0.0, 0.5, 0.9, 1.0].map(|share| quantile(&mut values, share)), [1.0, 2.5, 3.7, 4.0]);
        assert!(quantile(&mut [], 0.5).is_nan());
    }

    #[test]
    fn correlations_do_not_depend_on_scale() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i * 37 % 50)).collect();
        let huge: Vec<f64> = x.iter().map(|value| -1e30 * value).collect();
        let tiny: Vec<f64> = x.iter().map(|value| 1e-30 * value).collect();
        let matrix = correlations(&[&x, &huge, &tiny]);
        assert!((matrix[0][1] + 1.0).abs() < 1e-12 && (matrix[1][2] + 1.0).abs() < 1e-12, "{matrix:?}");
    }

    #[test]
    fn a_sum_of_two_columns_adds_no_rank() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i * 37 % 50)).collect();
        let y: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17)).collect();
        let sum: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        assert_eq!(independent(&correlations(&[&x, &y]), 1e-6).len(), 2);
        assert_eq!(independent(&correlations(&[&x, &y, &sum]), 1e-6).len(), 2);
        assert_eq!(independent(&correlations(&[]), 1e-6), [] as [usize; 0]);
    }
}
