//! Statistics against closed forms, certified values (NIST) and values printed in R's manual.

use hessian::stats::{
    Estimate, equivalence, equivalence_power, holm, kendall, kendall_trend, kolmogorov,
    kolmogorov_to, replicates_needed, replicates_to_decide, spearman, student_cdf,
    student_quantile,
};
use proptest::prelude::*;
use statrs::distribution::{Beta, Binomial, ContinuousCDF, DiscreteCDF, Normal};

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

/// Student's law in closed form for 1, 2 and 3 degrees of freedom, far into the tail as well; R's
/// quantiles back to their probabilities.
#[test]
fn student_probabilities() {
    let pi = std::f64::consts::PI;
    for t in [0.01, 0.5, 1.0, 2.0, 12.0, 1e6] {
        close(student_cdf(-t, 1), (1.0 / t).atan() / pi, 1e-12);
        let root = (2.0 + t * t).sqrt();
        close(student_cdf(-t, 2), 1.0 / (root * (root + t)), 1e-12);
        let x = t / 3.0_f64.sqrt();
        let three = 0.5 + (x / (1.0 + x * x) + x.atan()) / pi;
        assert!((student_cdf(t, 3) - three).abs() < 1e-14, "{t}");
    }
    for (p, freedom, t) in [(0.975, 5, 2.570581836), (0.995, 4, 4.604094871)] {
        close(student_cdf(t, freedom), p, 1e-10);
    }
    assert_eq!(student_cdf(0.0, 7), 0.5);
    assert!(student_cdf(f64::NAN, 7).is_nan());
}

/// The laws taken from statrs, against closed forms, exact fractions and printed digits of the
/// normal law (Abramowitz & Stegun, table 26.1, and its asymptotic series). The normal law of statrs
/// 0.19 is good to ten digits, which is more than a distance of laws between samples needs.
#[test]
fn laws_of_statrs() {
    let normal = Normal::standard();
    close(normal.cdf(1.0), 0.841344746068543, 1e-10);
    close(normal.cdf(2.0), 0.977249868051821, 1e-10);
    close(normal.cdf(-5.0), 2.866515718791939e-7, 1e-9);
    close(normal.inverse_cdf(0.975), 1.959963984540054, 1e-10);
    // I_x(a, 1) = x^a, I_x(1, b) = 1 - (1 - x)^b, I_x(2, 2) = x^2 (3 - 2 x)
    for x in [1e-6, 0.1, 0.5, 0.93] {
        close(Beta::new(7.5, 1.0).unwrap().cdf(x), x.powf(7.5), 1e-12);
        close(Beta::new(1.0, 3.0).unwrap().cdf(x), -(3.0 * (-x).ln_1p()).exp_m1(), 1e-11);
        close(Beta::new(2.0, 2.0).unwrap().cdf(x), x * x * (3.0 - 2.0 * x), 1e-12);
    }
    let binomial = Binomial::new(0.5, 10).unwrap();
    for (k, ways) in [(0, 1.0), (1, 11.0), (4, 386.0), (9, 1023.0)] {
        close(binomial.cdf(k), ways / 1024.0, 1e-12);
        close(binomial.sf(k), 1.0 - ways / 1024.0, 1e-10);
    }
}

/// The sign test's intervals for a median: of 10 numbers X_2 to X_9, of 5 none at 95 %; for the
/// lower quartile by sums over the binomial law.
#[test]
fn quantiles_lie_between_order_statistics() {
    let numbers = |n: i32| -> Vec<f64> { (1..=n).rev().map(f64::from).collect() };
    let median = Estimate::quantile(&numbers(10), 0.5, 0.95);
    assert_eq!((median.value, median.low, median.high), (5.5, 2.0, 9.0));
    let few = Estimate::quantile(&numbers(5), 0.5, 0.95);
    assert_eq!((few.value, few.low, few.high), (3.0, f64::NEG_INFINITY, f64::INFINITY));
    for n in [20, 57] {
        let quartile = Estimate::quantile(&numbers(n), 0.25, 0.9);
        let mut mass = 0.75_f64.powi(n);
        let mut cumulative = vec![mass]; // P(B <= k)
        for k in 1..=n {
            mass *= f64::from(n - k + 1) / f64::from(k) / 3.0;
            cumulative.push(cumulative.last().unwrap() + mass);
        }
        let low = (1..=n).rev().find(|l| cumulative[*l as usize - 1] <= 0.05);
        let high = (1..=n).find(|u| 1.0 - cumulative[*u as usize - 1] <= 0.05);
        assert_eq!(quartile.low, low.map_or(f64::NEG_INFINITY, f64::from));
        assert_eq!(quartile.high, high.map_or(f64::INFINITY, f64::from));
        close(quartile.value, 1.0 + 0.25 * f64::from(n - 1), 1e-14);
    }
    assert!(Estimate::quantile(&[], 0.5, 0.95).value.is_nan());
    assert!(Estimate::quantile(&[1.0, f64::NAN], 0.5, 0.95).value.is_nan());
}

/// Kolmogorov's distance by counting at every number, and the band 1.358 / sqrt(n) at 95 %.
#[test]
fn distances_of_laws() {
    let first = [0.3, 1.2, 1.2, 2.0, 5.5, 7.0];
    let second = [1.2, 1.9, 2.0, 2.0, 9.0];
    let share = |sample: &[f64], x: f64| {
        sample.iter().filter(|s| **s <= x).count() as f64 / sample.len() as f64
    };
    let at = first.iter().chain(&second);
    let counted = at.map(|x| (share(&first, *x) - share(&second, *x)).abs()).fold(0.0, f64::max);
    let distance = kolmogorov(&first, &second, 0.95);
    assert_eq!((distance.value, distance.count), (counted, 5));
    assert_eq!((distance.low, distance.high), (0.0, 1.0));
    let grid: Vec<f64> = (0..10_000).map(|i| (f64::from(i) + 0.5) / 1e4).collect();
    let uniform = kolmogorov_to(&grid, |x| x, 0.95);
    close(uniform.value, 0.5e-4, 1e-9);
    close(uniform.high - uniform.value, 1.358101516e-2, 1e-8);
    let shifted = kolmogorov_to(&grid, |x| (x + 0.3).min(1.0), 0.95);
    close(shifted.value, 0.3 + 0.5e-4, 1e-9);
    assert!(kolmogorov(&[], &[1.0], 0.95).value.is_nan());
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

/// The power behind `replicates_to_decide` and `equivalence_power`, by integrating over the law of s:
/// P(mean + t s / sqrt(n) <= distance) and P(|mean| + t s / sqrt(n) <= margin), sigma = 1. For power
/// the formula puts the typical s = 1 in place of the random one.
#[test]
fn replicates_that_decide_have_the_power_asked_for() {
    let integral = |n: usize, distance: f64, two_sided: bool| {
        let (f, root) = ((n - 1) as f64, (n as f64).sqrt());
        let t = student_quantile(0.975, n - 1);
        let (mut mass, mut hit) = (0.0, 0.0);
        for i in 1..4_000 {
            let s = f64::from(i) * 1e-3;
            let density = ((f - 1.0) * s.ln() - f * s * s / 2.0 + f / 2.0).exp();
            let room = distance * root - t * s;
            let both = two_sided_normal(room.abs());
            mass += density;
            hit += density
                * match (two_sided, room > 0.0) {
                    (true, true) => both,
                    (true, false) => 0.0,
                    (false, true) => 0.5 + both / 2.0,
                    (false, false) => 0.5 - both / 2.0,
                };
        }
        hit / mass
    };
    for distance in [1.0, 0.5, 0.25] {
        let n = replicates_to_decide(1.0, distance, 0.95, 0.8).unwrap();
        let reached = integral(n, distance, false);
        assert!(reached > 0.79 && reached < 0.87, "{n} for {distance}: {reached}");
        let before = integral(n - n / 5, distance, false);
        assert!(before < 0.8, "a fifth fewer than {n} would do: {before}");
    }
    for (n, margin) in [(20, 1.0), (20, 0.75), (50, 0.4), (200, 0.25)] {
        let (stated, reached) = (
            equivalence_power(1.0 / (n as f64).sqrt(), n - 1, margin, 0.95),
            integral(n, margin, true),
        );
        assert!((stated - reached).abs() < 0.05, "{n}, {margin}: {stated}, {reached}");
    }
    assert_eq!(replicates_to_decide(1.0, f64::NAN, 0.95, 0.8), None);
    assert_eq!(replicates_to_decide(1.0, 1e-9, 0.95, 0.8), None);
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
