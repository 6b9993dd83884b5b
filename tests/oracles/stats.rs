//! Statistics against closed forms, certified values (NIST) and values printed in R's manual.

use hessian::stats::{
    Estimate, equivalence, holm, kendall, kendall_trend, replicates_needed, spearman,
    student_quantile,
};
use proptest::prelude::*;

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

/// Student's t with 1 and 2 degrees of freedom has quantiles in closed form; the others are R's
/// `qt`, printed to ten digits.
#[test]
fn student_quantiles() {
    for p in [0.6, 0.9, 0.975, 0.9995, 0.01] {
        let angle = std::f64::consts::PI * (p - 0.5);
        close(student_quantile(p, 1), angle.tan(), 1e-12);
        close(student_quantile(p, 2), (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt(), 1e-12);
    }
    for (p, freedom, t) in [
        (0.975, 5, 2.570581836),
        (0.975, 10, 2.228138852),
        (0.975, 30, 2.042272456),
        (0.995, 4, 4.604094871),
        (0.975, 1000, 1.962339081),
    ] {
        close(student_quantile(p, freedom), t, 3e-10);
    }
    assert!(student_quantile(0.5, 3).abs() < 1e-7);
}

/// Student's sleep data (1908), the example of R's `t.test(..., paired = TRUE)`.
#[test]
fn students_sleep_data() {
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let difference = Estimate::paired_change(&first, &second, 0.95);
    close(difference.value, 1.58, 1e-14);
    close(difference.low, 0.7001142, 1e-7);
    close(difference.high, 2.4598858, 1e-7);
    assert_eq!((difference.level, difference.count), (0.95, 10));
}

/// NIST StRD, univariate, NumAcc3: the mean is 1000000.2 and s = 0.1, at the edge of f64.
#[test]
fn nist_numerical_accuracy() {
    let mut samples = vec![1_000_000.2];
    for _ in 0..500 {
        samples.extend([1_000_000.1, 1_000_000.3]);
    }
    let mean = Estimate::mean(&samples, 0.95);
    close(mean.value, 1_000_000.2, 1e-14);
    // The certified s, with the digits that the decimal fractions keep in f64.
    let reach = student_quantile(0.975, 1000) * 0.1 / 1001.0_f64.sqrt();
    assert!((mean.high - mean.value - reach).abs() < 1e-8);
}

/// NIST StRD, linear regression, Norris: slope 1.00211681802045, standard deviation
/// 0.429796848199937e-3, 36 points.
#[test]
fn nist_norris() {
    let data = [
        (0.1, 0.2),
        (338.8, 337.4),
        (118.1, 118.2),
        (888.0, 884.6),
        (9.2, 10.1),
        (228.1, 226.5),
        (668.5, 666.3),
        (998.5, 996.3),
        (449.1, 448.6),
        (778.9, 777.0),
        (559.2, 558.2),
        (0.3, 0.4),
        (0.1, 0.6),
        (778.1, 775.5),
        (668.8, 666.9),
        (339.3, 338.0),
        (448.9, 447.5),
        (10.8, 11.6),
        (557.7, 556.0),
        (228.3, 228.1),
        (998.0, 995.8),
        (888.8, 887.6),
        (119.6, 120.2),
        (0.3, 0.3),
        (0.6, 0.3),
        (557.6, 556.8),
        (339.3, 339.1),
        (888.0, 887.2),
        (998.5, 999.0),
        (778.9, 779.0),
        (10.2, 11.1),
        (117.6, 118.3),
        (228.9, 229.2),
        (668.4, 669.1),
        (449.2, 448.9),
        (0.2, 0.5),
    ];
    let (y, x): (Vec<f64>, Vec<f64>) = data.into_iter().unzip();
    let slope = Estimate::slope(&x, &y, 0.95);
    close(slope.value, 1.00211681802045, 1e-13);
    let reach = student_quantile(0.975, 34) * 0.429796848199937e-3;
    close(slope.high - slope.value, reach, 1e-11);
}

/// R's `binom.test`: Mendel's 682 of 925 (Conover 1971), and 7 of 10.
#[test]
fn clopper_and_pearson() {
    for (k, n, low, high) in [(682, 925, 0.7076683, 0.7654066), (7, 10, 0.3475471, 0.9332605)] {
        let p = Estimate::proportion(k, n, 0.95);
        assert!((p.low - low).abs() < 5e-8 && (p.high - high).abs() < 5e-8, "{p:?}");
    }
    let none = Estimate::proportion(0, 0, 0.95);
    assert!(none.value.is_nan() && (none.low, none.high) == (0.0, 1.0));
}

/// The coverage of Clopper and Pearson, summed exactly over all outcomes, is at least the level.
#[test]
fn proportions_are_covered() {
    let n = 20;
    let intervals: Vec<Estimate> = (0..=n).map(|k| Estimate::proportion(k, n, 0.9)).collect();
    for step in 0..=200 {
        let p = f64::from(step) / 200.0;
        let mut binomial = 1.0;
        let mut covered = 0.0;
        for (k, interval) in intervals.iter().enumerate() {
            if k > 0 {
                binomial *= (n - k + 1) as f64 / k as f64;
            }
            let mass = binomial * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32);
            if interval.low <= p && p <= interval.high {
                covered += mass;
            }
        }
        assert!(covered >= 0.9 - 1e-12, "p = {p}: {covered}");
    }
}

/// Hollander and Wolfe (1973), p. 187, the example of R's `cor.test`.
#[test]
fn rank_correlations() {
    let x = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1];
    let y = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8];
    close(kendall(&x, &y), 4.0 / 9.0, 1e-15);
    close(spearman(&x, &y), 0.6, 1e-15);
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: rho = 4.5 / sqrt(5 * 4.5).
    close(spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 2.0, 3.0]), 0.9_f64.sqrt(), 1e-15);
    // With ties: 1 tied pair of 6 in y, 5 concordant; tau-b = 5 / sqrt(6 * 5).
    close(kendall_trend(&[1.0, 2.0, 2.0, 3.0]), 5.0 / 30.0_f64.sqrt(), 1e-15);
    assert!(kendall_trend(&[1.0, 1.0]).is_nan() && kendall_trend(&[f64::NAN, 1.0]).is_nan());
    assert!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]).is_nan() && spearman(&[], &[]).is_nan());
}

/// R's `p.adjust(c(0.03, 0.01, 0.04, 0.02), "holm")`.
#[test]
fn holm_adjustment() {
    let adjusted = holm(&[0.03, 0.01, 0.04, 0.02]);
    for (found, expected) in adjusted.iter().zip([0.06, 0.04, 0.06, 0.06]) {
        close(*found, expected, 1e-15);
    }
    assert!(holm(&[]).is_empty());
    assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
}

#[test]
fn too_few_samples_decide_nothing() {
    let one = Estimate::mean(&[2.0], 0.95);
    assert_eq!((one.value, one.low, one.high), (2.0, f64::NEG_INFINITY, f64::INFINITY));
    let none = Estimate::mean(&[], 0.95);
    assert!(none.value.is_nan() && none.low.is_nan() && none.high.is_nan());
    let nan = Estimate::mean(&[1.0, f64::NAN], 0.95);
    assert!(nan.value.is_nan() && nan.low.is_nan());
    let line = Estimate::slope(&[0.0, 1.0], &[0.0, 2.0], 0.95);
    assert_eq!((line.value, line.high), (2.0, f64::INFINITY));
    assert!(Estimate::slope(&[1.0, 1.0], &[0.0, 2.0], 0.95).value.is_nan());
    assert_eq!(equivalence(&[1.0], 1.0, 0.1, 0.05).p, 1.0);
}

/// The power behind `replicates_needed`, by integrating over the law of s:
/// P(|mean| + t s / sqrt(n) <= margin), sigma = 1. The formula is conservative, because it asks for
/// the reach of a typical s and the mean separately; it may not be short by more than 2 %.
#[test]
fn replicates_have_the_power_asked_for() {
    for (margin, power) in [(1.0, 0.8), (0.5, 0.8), (0.5, 0.9), (0.25, 0.95)] {
        let n = replicates_needed(1.0, margin, 0.95, power).unwrap();
        let f = (n - 1) as f64;
        let t = student_quantile(0.975, n - 1);
        // s has density proportional to s^(f - 1) exp(-f s^2 / 2); trapezoids on a fine grid.
        let (mut mass, mut hit) = (0.0, 0.0);
        for i in 1..40_000 {
            let s = i as f64 * 1e-4;
            let density = ((f - 1.0) * s.ln() - f * s * s / 2.0 + f / 2.0).exp();
            let room = (margin - t * s / (n as f64).sqrt()) * (n as f64).sqrt();
            mass += density;
            hit += density * if room > 0.0 { two_sided_normal(room) } else { 0.0 };
        }
        let reached = hit / mass;
        assert!(reached > power - 0.02 && reached < power + 0.08, "{n}: {reached}, not {power}");
    }
    assert_eq!(replicates_needed(1.0, 0.0, 0.95, 0.8), None);
    assert_eq!(replicates_needed(f64::NAN, 1.0, 0.95, 0.8), None);
}

/// P(|Z| <= z) by trapezoids.
fn two_sided_normal(z: f64) -> f64 {
    let steps = 400;
    let h = z / f64::from(steps);
    let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let inner: f64 = (1..steps).map(|i| density(f64::from(i) * h)).sum();
    2.0 * h * (inner + (density(0.0) + density(z)) / 2.0)
}

proptest! {
    /// The two one-sided tests reject exactly when the interval at 1 - 2 alpha lies in the margin.
    #[test]
    fn equivalence_is_the_interval_in_the_margin(
        samples in prop::collection::vec(-1.0..1.0_f64, 2..12),
        margin in 0.1..2.0_f64,
        alpha in 0.01..0.2_f64,
    ) {
        let result = equivalence(&samples, 0.1, margin, alpha);
        let inside = result.estimate.low > 0.1 - margin && result.estimate.high < 0.1 + margin;
        prop_assert!(inside == (result.p < alpha) || (result.p - alpha).abs() < 1e-9);
    }
}
