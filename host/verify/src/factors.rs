//! What each factor does over the data: its spread, its course, its distribution.

use meed_core::{Factor, Scores};
use serde::Serialize;

use crate::bench::{Bench, Profile};
use crate::sample::Sample;
use crate::statistics::Moments;

/// The numbers of a factor over the scored rows.
///
/// Like Eureka's feedback to a language model: ten points, then the largest, the mean and the smallest value.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FactorReport {
    /// The factor as it is described.
    #[serde(flatten)]
    pub described: Factor,
    /// Scored rows.
    pub count: u64,
    /// Means over ten runs of neighbouring rows, from the data's beginning to its end; fewer where there are fewer rows.
    pub points: Vec<f64>,
    /// Largest value.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Smallest value.
    pub min: f64,
    /// Standard deviation.
    pub std: f64,
    /// Rows whose value lies in each of 24 equal steps from the smallest to the largest; one step where these are equal.
    pub histogram: Vec<u64>,
    /// The course over the first episode, `None` where a row has no score; for pictures, not in the JSON.
    #[serde(skip)]
    pub(crate) course: Vec<Option<f64>>,
}

/// Gives the numbers of each factor. `episode` are the rows of one episode.
pub(crate) fn factors(bench: &Bench<'_>, episode: Option<&Sample>) -> Vec<FactorReport> {
    let Ok(columns) = bench.columns(1) else { return Vec::new() };
    let course = episode.and_then(|episode| {
        let mut source = bench.source(Profile::Verify).ok()?;
        bench.ask(&mut *source, episode).ok()
    });
    let factors = bench.description.factors.iter().zip(columns).enumerate();
    factors.map(|(index, (factor, column))| of(factor, column, course.as_ref(), index)).collect()
}

fn of(factor: &Factor, column: &[f64], course: Option<&Scores>, index: usize) -> FactorReport {
    const POINTS: usize = 10;
    let moments: Moments = column.iter().copied().collect();
    let points = POINTS.min(column.len());
    let edge = |point: usize| point * column.len() / points.max(1);
    let mean = |point: usize| column[edge(point)..edge(point + 1)].iter().copied().collect::<Moments>().mean();
    let course = course.map_or_else(Vec::new, |scores| {
        let value = |row| scores.row(row).get(index).map(|value| f64::from(*value));
        (0..scores.rows()).map(|row| value(row).filter(|_| scores.reason(row).is_none())).collect()
    });
    FactorReport {
        described: factor.clone(),
        count: moments.count,
        points: (0..points).map(mean).collect(),
        max: moments.max,
        mean: moments.mean(),
        min: moments.min,
        std: moments.std(),
        histogram: histogram(column, moments.min, moments.max),
        course,
    }
}

fn histogram(column: &[f64], min: f64, max: f64) -> Vec<u64> {
    const STEPS: usize = 24;
    if max <= min {
        return vec![column.len() as u64];
    }
    let mut counts = vec![0; STEPS];
    for value in column {
        let step = ((value - min) / (max - min) * STEPS as f64) as usize;
        counts[step.min(STEPS - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_points_and_a_histogram_cover_every_row() {
        let column: Vec<f64> = (0..1003).map(f64::from).collect();
        let factor = Factor::new("f", 0.0, 2000.0, 1.0, "");
        let report = of(&factor, &column, None, 0);
        assert_eq!((report.points.len(), report.histogram.iter().sum::<u64>()), (10, 1003));
        assert!(report.points.is_sorted() && report.points[0] > 40.0 && report.points[9] < 960.0);
        assert_eq!((report.min, report.mean, report.max), (0.0, 501.0, 1002.0));
        assert_eq!(of(&factor, &column[..3], None, 0).points, [0.0, 1.0, 2.0]);
        assert_eq!(of(&factor, &[5.0; 4], None, 0).histogram, [4]);
    }
}
