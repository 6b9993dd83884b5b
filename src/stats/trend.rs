//! Whether one series rises with another, whatever the shape of the rise.

use crate::stats::estimate::assert_same_length;
use crate::stats::mean;

/// Kendall's tau-b (Kendall 1945): concordant minus discordant pairs, over the geometric mean of
/// the numbers of pairs untied in x and untied in y.
///
/// 1 for a strictly rising series, -1 for a falling one; NaN when either is constant or has fewer
/// than two numbers. As a statistic of one replicate it is averaged over replicates by
/// [`Estimate::mean`](crate::stats::Estimate::mean).
///
/// ```
/// assert_eq!(hessian::stats::kendall(&[0.0, 1.0, 2.0], &[1.0, 5.0, 7.0]), 1.0);
/// assert!((hessian::stats::kendall(&[0.0, 1.0, 2.0], &[1.0, 7.0, 5.0]) - 1.0 / 3.0).abs() < 1e-15);
/// ```
///
/// # Panics
/// When the two have different lengths.
pub fn kendall(x: &[f64], y: &[f64]) -> f64 {
    assert_same_length(x, y);
    let (mut score, mut untied_x, mut untied_y) = (0_i64, 0_i64, 0_i64);
    for i in 0..x.len() {
        for j in 0..i {
            let (a, b) = (sign(x[i], x[j]), sign(y[i], y[j]));
            score += a * b;
            untied_x += a.abs();
            untied_y += b.abs();
        }
    }
    if x.iter().chain(y).any(|v| v.is_nan()) {
        return f64::NAN;
    }
    score as f64 / ((untied_x as f64) * (untied_y as f64)).sqrt()
}

/// Kendall's tau-b of a series against its index: the rise of a series in training.
pub fn kendall_trend(series: &[f64]) -> f64 {
    let index: Vec<f64> = (0..series.len()).map(|i| i as f64).collect();
    kendall(&index, series)
}

/// Spearman's rho (Spearman 1904): the correlation of the ranks, ties sharing their mean rank.
///
/// NaN when either series is constant, holds a NaN or has fewer than two numbers.
///
/// ```
/// assert_eq!(hessian::stats::spearman(&[1.0, 2.0, 3.0], &[1.0, 10.0, 100.0]), 1.0);
/// ```
///
/// # Panics
/// When the two have different lengths.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    assert_same_length(x, y);
    if x.iter().chain(y).any(|v| v.is_nan()) {
        return f64::NAN;
    }
    let (x, y) = (ranks(x), ranks(y));
    let (centre_x, centre_y) = (mean(&x), mean(&y));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(&y).map(|(a, b)| f(a - centre_x, b - centre_y)).sum()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

fn sign(a: f64, b: f64) -> i64 {
    i64::from(a > b) - i64::from(a < b)
}

/// Ranks from 1, ties sharing their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |v: &f64| {
        let below = values.iter().filter(|other| *other < v).count();
        let equal = values.iter().filter(|other| *other == v).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}
