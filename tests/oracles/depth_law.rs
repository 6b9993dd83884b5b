//! The depth laws against big-number sums made elsewhere, integer binomials and subset enumeration.

use std::ops::RangeInclusive;

use hessian::depth::{DepthLaw, PathLengthLaw, beta_of_mean};

fn close(found: f64, expected: f64, relative: f64, what: &str) {
    let error = (found / expected - 1.0).abs();
    assert!(error <= relative, "{what}: found {found}, expected {expected}, error {error:e}");
}

/// Sums of the series with 60 decimal digits (Python `decimal`), rounded to doubles.
#[test]
fn against_sixty_digit_sums() {
    // p, beta, mean, sd, nu'', q, theta, ln eps_1
    let rows = [
        [
            100.0,
            0.25,
            20.648796277210014,
            2.8214701837031226,
            413.6846854180378,
            20.0343245128831,
            0.5938061966180386,
            -20.767907618376906,
        ],
        [
            100.0,
            2.0,
            67.0838104484118,
            3.325049623553547,
            4444.209768829125,
            66.24861854331863,
            1.1264476941181962,
            -107.35662742623666,
        ],
        [
            1e5,
            0.5,
            33333.91666619791,
            105.40899181733117,
            1111127777.4479165,
            33333.24999203139,
            4.2072153363800275,
            -40542.9703796608,
        ],
        [
            1e5,
            3.0,
            75000.37500083334,
            96.82434159611337,
            5_624_990_624.843_753,
            74999.49999958336,
            4.612645029400892,
            -138624.95732660003,
        ],
    ];
    for [layers, beta, mean, sd, nu_second, q, theta, ln_first] in rows {
        let law = DepthLaw::new(layers as usize, beta).unwrap();
        close(law.mean, mean, 1e-14, "mean");
        close(law.sd, sd, 1e-12, "sd");
        close(law.alpha_squared, sd * sd, 1e-12, "alpha^2");
        close(law.nu_second, nu_second, 1e-12, "nu''");
        close(law.q, q, 1e-12, "q");
        close(law.theta.unwrap(), theta, 1e-12, "theta");
        close(law.ln_epsilon()[0], ln_first, 1e-13, "ln eps_1");
    }
}

/// Each weight against C(p-1, r-1) beta^r in integers, p = 60 and beta = 3/4.
#[test]
fn against_integer_binomials() {
    let layers = 60;
    let law = DepthLaw::new(layers, 0.75).unwrap();
    let mut binomial: u128 = 1;
    let mut weights = Vec::new();
    for r in 1..=layers {
        weights.push(binomial as f64 * 0.75_f64.powi(r as i32));
        binomial = binomial * (layers - r) as u128 / r as u128;
    }
    let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    for (r, (found, weight)) in law.epsilon.iter().zip(&weights).enumerate() {
        close(*found, weight / norm, 1e-13, &format!("eps_{}", r + 1));
        close(law.ln_epsilon()[r], (weight / norm).ln(), 1e-13, &format!("ln eps_{}", r + 1));
    }
}

/// The extremes of what a double holds: no overflow, no NaN, the right end of the series.
#[test]
fn extreme_beta() {
    for layers in [1, 2, 100, 100_000] {
        for (beta, end) in [(5e-324, 1), (1e-300, 1), (1e300, layers), (f64::MAX, layers)] {
            let law = DepthLaw::new(layers, beta).unwrap();
            assert_eq!(law.argmax, [end], "p {layers}, beta {beta}");
            assert_eq!(law.mean, end as f64);
            assert!(law.epsilon.iter().all(|weight| weight.is_finite()));
            assert!(law.sd >= 0.0 && law.nu_second.is_finite() && law.q.is_finite());
        }
    }
}

/// Every subset of branches, one by one: 2^10 products of gains, grouped by size.
#[test]
fn poisson_binomial_against_all_subsets() {
    let gains = [0.5, 0.25, 0.0, 3.0, 1.0, 1e-3, 0.7, 20.0, 0.125, 1.75];
    let mut energy = [0.0; 11];
    for subset in 0_u32..1 << gains.len() {
        let chosen = gains.iter().enumerate().filter(|(block, _)| subset >> block & 1 == 1);
        energy[subset.count_ones() as usize] += chosen.map(|(_, gain)| gain).product::<f64>();
    }
    let total: f64 = energy.iter().sum();
    close(total, gains.iter().map(|gain| 1.0 + gain).product(), 1e-14, "prod(1 + a)");
    let law = PathLengthLaw::of_gains(&gains).unwrap();
    for (k, energy) in energy.iter().enumerate() {
        if *energy > 0.0 {
            close(law.probability[k], energy / total, 1e-13, &format!("P(k = {k})"));
        } else {
            assert_eq!(law.probability[k], 0.0, "k = {k}");
        }
    }
    let mean: f64 = energy.iter().enumerate().map(|(k, e)| k as f64 * e / total).sum();
    let square: f64 = energy.iter().enumerate().map(|(k, e)| (k * k) as f64 * e / total).sum();
    close(law.mean, mean, 1e-14, "mean");
    close(law.sd, (square - mean * mean).sqrt(), 1e-12, "sd");
    assert_eq!(
        law.mode(),
        energy.iter().position(|e| *e == energy.iter().copied().fold(0.0, f64::max)).unwrap()
    );
}

/// Veit et al. (2016): the share of the 2^54 paths with 5 to 17 modules is 0.45 %, and over 95 %
/// have 19 to 35. Their mean length of 11 needs 11 = 54 a/(1 + a), a = 0.256, and then 97.4 % of the
/// weight lies between 5 and 17.
#[test]
fn equal_gains_are_a_binomial_law() {
    let even = PathLengthLaw::of_gains(&[1.0; 54]).unwrap();
    let shallow = PathLengthLaw::of_gains(&[11.0 / 43.0; 54]).unwrap();
    let share = |law: &PathLengthLaw, range: RangeInclusive<usize>| -> f64 {
        law.probability[range].iter().sum()
    };
    assert!((share(&even, 5..=17) - 0.0045).abs() < 5e-5);
    assert!(share(&even, 19..=35) > 0.95);
    close(shallow.mean, 11.0, 1e-14, "mean");
    assert!((share(&shallow, 5..=17) - 0.974).abs() < 5e-4);
}

/// The beta of a mean, there and back, from almost the shortest to almost the longest paths.
#[test]
fn beta_there_and_back() {
    for layers in [2, 10, 33, 1000] {
        for beta in [1e-3, 0.2, 1.0, 5.0, 300.0] {
            let mean = DepthLaw::new(layers, beta).unwrap().mean;
            close(beta_of_mean(layers, mean).unwrap(), beta, 1e-9, &format!("p {layers}"));
        }
    }
    for mean in [1.0, 10.0, 0.5, 11.0, f64::NAN, f64::INFINITY] {
        assert!(beta_of_mean(10, mean).unwrap_err().is_data());
    }
}
