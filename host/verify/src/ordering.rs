//! How well one list of numbers orders things as another does, and how sure that is.

use rand::{Rng, RngExt};

use crate::statistics::{Moments, quantile};

/// Pearson's correlation; `None` where either list has no spread.
pub(crate) fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let of = |values: &[f64]| values.iter().copied().collect::<Moments>();
    let (a, b) = (of(x), of(y));
    // Scaled before anything is multiplied, so that huge numbers stay within f64.
    let (s, t) = (a.std(), b.std());
    if s.is_nan() || t.is_nan() || s <= 1e-12 * a.size() || t <= 1e-12 * b.size() {
        return None;
    }
    let sum: f64 = x.iter().zip(y).map(|(x, y)| (x - a.mean()) / s * ((y - b.mean()) / t)).sum();
    Some((sum / x.len() as f64).clamp(-1.0, 1.0))
}

/// Spearman's correlation, from -1 to 1: Pearson's of the ranks, equal numbers sharing the mean of theirs. `None` where either
/// list has no spread.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// Kendall's tau b: pairs in the same order less those in the opposite, over the geometric mean of the pairs that either list
/// tells apart. As the trajectory alignment coefficient it holds returns against a true order.
pub(crate) fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let (mut balance, mut told_x, mut told_y) = (0i64, 0u64, 0u64);
    for i in 1..x.len() {
        for j in 0..i {
            let order = |list: &[f64]| i64::from(list[i] > list[j]) - i64::from(list[i] < list[j]);
            let (a, b) = (order(x), order(y));
            balance += a * b;
            told_x += u64::from(a != 0);
            told_y += u64::from(b != 0);
        }
    }
    (told_x > 0 && told_y > 0).then(|| balance as f64 / ((told_x as f64).sqrt() * (told_y as f64).sqrt()))
}

/// The share of the pairs that `truth` tells apart which `x` puts in the same order; a tie in `x` is none.
pub(crate) fn pair_accuracy(x: &[f64], truth: &[f64]) -> Option<f64> {
    let (mut right, mut pairs) = (0u64, 0u64);
    for i in 0..x.len() {
        for j in 0..x.len() {
            if truth[i] > truth[j] {
                pairs += 1;
                right += u64::from(x[i] > x[j]);
            }
        }
    }
    (pairs > 0).then(|| right as f64 / pairs as f64)
}

/// The distance sqrt((1 - rho) / 2) that a correlation stands for: 0 for the same, 1 for the opposite.
pub(crate) fn distance(rho: f64) -> f64 {
    ((1.0 - rho) / 2.0).max(0.0).sqrt()
}

/// Cohen's d: the difference of two means over the pooled standard deviation. `None` with fewer than two numbers on a side, or
/// without any spread.
pub(crate) fn effect_size(better: &[f64], worse: &[f64]) -> Option<f64> {
    let (a, b): (Moments, Moments) = (better.iter().copied().collect(), worse.iter().copied().collect());
    if a.count < 2 || b.count < 2 {
        return None;
    }
    let squares = |moments: &Moments| moments.std().powi(2) * moments.count as f64;
    let pooled = ((squares(&a) + squares(&b)) / (a.count + b.count - 2) as f64).sqrt();
    (pooled > 0.0).then(|| (a.mean() - b.mean()) / pooled)
}

/// Draws `count` places anew, `times` times, and gives the interval that holds 95 % of what the measure then is; draws of which
/// it can't be told are left out. `None` where that is most of them.
pub(crate) fn interval(
    count: usize,
    times: usize,
    chance: &mut impl Rng,
    mut measure: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<(f64, f64)> {
    if count == 0 {
        return None;
    }
    let mut drawn = vec![0; count];
    let mut values: Vec<f64> = (0..times)
        .filter_map(|_| {
            drawn.iter_mut().for_each(|place| *place = chance.random_range(0..count));
            measure(&drawn)
        })
        .collect();
    (2 * values.len() > times).then(|| (quantile(&mut values, 0.025), quantile(&mut values, 0.975)))
}

/// Gives the interval of a measure of two lists of one length.
pub(crate) fn paired_interval(
    x: &[f64],
    y: &[f64],
    times: usize,
    chance: &mut impl Rng,
    measure: fn(&[f64], &[f64]) -> Option<f64>,
) -> Option<(f64, f64)> {
    let take = |list: &[f64], places: &[usize]| places.iter().map(|&place| list[place]).collect::<Vec<_>>();
    interval(x.len(), times, chance, |places| measure(&take(x, places), &take(y, places)))
}

/// Gives each number its rank from 1 on; equal numbers share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let equal = order[start..].iter().take_while(|&&place| values[place] == values[order[start]]).count().max(1);
        let rank = start as f64 + (equal + 1) as f64 / 2.0;
        order[start..start + equal].iter().for_each(|&place| ranks[place] = rank);
        start += equal;
    }
    ranks
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        x: Vec<f64>,
        y: Vec<f64>,
        pearson: f64,
        spearman: f64,
        kendall: f64,
        interval: [f64; 2],
        cohen: f64,
    }

    #[test]
    fn scipy_says_the_same() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../fixtures/statistics.json")).unwrap();
        assert!(cases.len() >= 20);
        for (index, case) in cases.iter().enumerate() {
            let near = |name: &str, ours: Option<f64>, theirs: f64, within: f64| {
                let ours = ours.unwrap();
                assert!((ours - theirs).abs() <= within, "case {index}, {name}: {ours} is not {theirs}");
            };
            near("pearson", pearson(&case.x, &case.y), case.pearson, 1e-12);
            near("spearman", spearman(&case.x, &case.y), case.spearman, 1e-12);
            near("kendall", kendall(&case.x, &case.y), case.kendall, 1e-12);
            near("cohen", effect_size(&case.x, &case.y), case.cohen, 1e-12);
            // Both draw by chance, so that the ends agree to within what that leaves open.
            let mut chance = ChaCha8Rng::seed_from_u64(index as u64);
            let (low, high) = paired_interval(&case.x, &case.y, 4000, &mut chance, spearman).unwrap();
            near("low end", Some(low), case.interval[0], 0.04);
            near("high end", Some(high), case.interval[1], 0.04);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_positive_factor_a_constant_and_a_sign_do_to_an_order_what_they_should(
            pairs in proptest::collection::vec((-100.0f64..100.0, -100.0f64..100.0), 3..40), factor in 0.1f64..10.0, constant in -50.0f64..50.0,
        ) {
            let (x, truth): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let scaled: Vec<f64> = x.iter().map(|x| factor * x + constant).collect();
            let back: Vec<f64> = x.iter().map(|x| -x).collect();
            proptest::prop_assert_eq!(kendall(&scaled, &truth), kendall(&x, &truth));
            proptest::prop_assert_eq!(kendall(&back, &truth), kendall(&x, &truth).map(|tau| -tau));
            let near = |a: Option<f64>, b: Option<f64>| a.zip(b).is_none_or(|(a, b)| (a - b).abs() < 1e-9);
            proptest::prop_assert!(near(spearman(&back, &truth), spearman(&x, &truth).map(|rho| -rho)));
            proptest::prop_assert!(near(pearson(&scaled, &truth), pearson(&x, &truth)));
            proptest::prop_assert!(pair_accuracy(&scaled, &truth) == pair_accuracy(&x, &truth));
        }
    }

    #[test]
    fn pairs_count_only_where_the_truth_tells_them_apart() {
        assert_eq!(pair_accuracy(&[1.0, 2.0, 3.0], &[1.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(pair_accuracy(&[3.0, 2.0, 2.0], &[1.0, 2.0, 3.0]), Some(0.0));
        assert_eq!(pair_accuracy(&[1.0, 2.0], &[5.0, 5.0]), None);
    }

    #[test]
    fn the_same_order_is_no_distance_and_the_opposite_is_one() {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i * 7 % 20)).collect();
        let back: Vec<f64> = x.iter().map(|value| -3e30 * value).collect();
        let near = |rho: Option<f64>, expected: f64| (rho.unwrap() - expected).abs() < 1e-12;
        assert!(near(spearman(&x, &x), 1.0) && near(spearman(&x, &back), -1.0));
        assert_eq!((kendall(&x, &x), kendall(&x, &back)), (Some(1.0), Some(-1.0)));
        assert!(near(pearson(&x, &back).map(distance), 1.0));
        assert_eq!((pearson(&x, &[4.0; 20]), kendall(&x, &[4.0; 20])), (None, None));
    }
}
