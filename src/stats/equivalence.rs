//! Equality within a margin, and how many replicates it takes.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::stats::{Estimate, mean, standard_error, student_cdf, student_quantile};

/// Two one-sided tests of "the mean differs from the value by at least the margin".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equivalence {
    /// The larger of the two one-sided p-values: at most alpha when the mean is shown to be equal
    /// within the margin.
    pub p: f64,
    /// The mean with its interval at level 1 - 2 alpha, which lies within the margin exactly when
    /// p < alpha.
    pub estimate: Estimate,
}

/// Two one-sided t tests (Schuirmann 1987): is the mean of independent samples equal to `value`
/// within `margin`, at error rate `alpha`?
///
/// The test at alpha rejects a difference of the margin or more exactly when the interval at level
/// 1 - 2 alpha lies inside value +- margin. An equality that asks for the whole 95 % interval to
/// lie inside the margin, as [`Prediction::Equal`](crate::lab::Prediction::Equal) does, is therefore this test at alpha = 0.025: it
/// wrongly confirms with probability at most 2.5 %. Fewer than two samples show nothing: p = 1.
///
/// ```
/// let close = hessian::stats::equivalence(&[0.9, 1.0, 1.1, 1.0], 1.0, 0.2, 0.025);
/// assert!(close.p < 0.025 && close.estimate.low > 0.8 && close.estimate.high < 1.2);
/// ```
///
/// # Panics
/// When alpha is not between 0 and 1/2.
pub fn equivalence(samples: &[f64], value: f64, margin: f64, alpha: f64) -> Equivalence {
    assert!(alpha > 0.0 && alpha < 0.5, "alpha lies between 0 and 1/2, not at {alpha}");
    let estimate = Estimate::mean(samples, 1.0 - 2.0 * alpha);
    if samples.len() < 2 {
        return Equivalence { p: 1.0, estimate };
    }
    let off = (mean(samples) - value).abs();
    let spread = standard_error(samples);
    let p = if spread == 0.0 {
        if off < margin { 0.0 } else { 1.0 }
    } else {
        // The side on which the mean is nearer to the margin has the larger p-value.
        student_cdf((off - margin) / spread, samples.len() - 1)
    };
    Equivalence { p, estimate }
}

/// The number of replicates with which the interval at `level` lies within `margin` of the truth
/// with probability about `power`, when the samples have standard deviation `deviation` and the
/// truth is in the middle of the margin.
///
/// The smallest n with margin sqrt(n) / deviation >= t_{(1 + level)/2} + t_{(1 + power)/2}, both on
/// n - 1 degrees of freedom (Julious 2004, section 5 with the t in place of the normal). None above
/// a million.
///
/// ```
/// // Normal quantiles give (1.96 + 1.2816)^2 = 10.5; Student's, a few more.
/// assert_eq!(hessian::stats::replicates_needed(1.0, 1.0, 0.95, 0.8), Some(13));
/// ```
pub fn replicates_needed(deviation: f64, margin: f64, level: f64, power: f64) -> Option<usize> {
    fewest(deviation / margin, (1.0 + level) / 2.0, (1.0 + power) / 2.0)
}

/// The number of replicates with which the interval of a mean at `level` ends before a bound at
/// `distance` from the truth, with probability about `power`.
///
/// The smallest n with distance sqrt(n) / deviation >= t_{(1 + level)/2} + t_power, both on n - 1
/// degrees of freedom. None above a million, and for a truth on the bound.
///
/// ```
/// // Normal quantiles give (1.96 + 0.8416)^2 = 7.85; Student's, a few more.
/// assert_eq!(hessian::stats::replicates_to_decide(1.0, 1.0, 0.95, 0.8), Some(10));
/// assert_eq!(hessian::stats::replicates_to_decide(1.0, 0.0, 0.95, 0.8), None);
/// ```
pub fn replicates_to_decide(
    deviation: f64,
    distance: f64,
    level: f64,
    power: f64,
) -> Option<usize> {
    fewest(deviation / distance, (1.0 + level) / 2.0, power)
}

/// The smallest n from 2 to a million with sqrt(n) >= ratio (t_p + t_q) on n - 1 degrees of freedom.
fn fewest(ratio: f64, p: f64, q: f64) -> Option<usize> {
    const MOST: usize = 1_000_000;
    // Student's quantiles lie above the normal ones, by little: the search begins at theirs
    let normal = Normal::standard();
    let least = (ratio * (normal.inverse_cdf(p) + normal.inverse_cdf(q))).powi(2);
    if !(ratio >= 0.0 && least <= MOST as f64) {
        return None;
    }
    let reach = |n: usize| student_quantile(p, n - 1) + student_quantile(q, n - 1);
    let first = (least as usize).max(2);
    (first..=MOST).find(|n| (*n as f64).sqrt() >= ratio * reach(*n))
}

/// The probability that the interval of a mean at `level` lies within `margin` of its true value:
/// the power of the equivalence test when the truth is in the middle of the margin.
///
/// 2 F(margin / error - t_{(1 + level)/2}) - 1, at least 0, with Student's law F on `freedom`
/// degrees of freedom: the formula behind [`replicates_needed`] (Julious 2004, section 5).
///
/// ```
/// let power = |error| hessian::stats::equivalence_power(error, 19, 1.0, 0.95);
/// assert!(power(0.2) > 0.99 && power(0.5) < 0.1);
/// assert_eq!(power(0.0), 1.0); // without scatter the interval is a point
/// ```
pub fn equivalence_power(error: f64, freedom: usize, margin: f64, level: f64) -> f64 {
    if error == 0.0 {
        return 1.0;
    }
    let room = margin / error - student_quantile((1.0 + level) / 2.0, freedom);
    (2.0 * student_cdf(room, freedom) - 1.0).max(0.0)
}

/// Holm's adjustment of many p-values (Holm 1979): rejecting those at most alpha wrongly rejects
/// any true one with probability at most alpha.
///
/// In the order of the input: with p sorted ascending, the i-th (from 0) of m becomes the running
/// maximum of (m - i) p_i, at most 1.
///
/// ```
/// assert_eq!(hessian::stats::holm(&[0.25, 0.01, 0.02]), [0.25, 0.03, 0.04]);
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    let mut adjusted = vec![0.0; p.len()];
    let mut running = 0.0_f64;
    for (rank, &i) in order.iter().enumerate() {
        let raised = (p.len() - rank) as f64 * p[i];
        running = if raised.is_nan() { f64::NAN } else { running.max(raised.min(1.0)) };
        adjusted[i] = running;
    }
    adjusted
}
