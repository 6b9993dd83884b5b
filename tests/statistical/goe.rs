//! Gaussian orthogonal matrices: dense and tridiagonal samples have the same eigenvalues in law,
//! under every normalisation.
//!
//! Every check is a bound of 6 standard deviations on a mean of thousands of terms: each fails by
//! chance with probability 2e-9, all of them (48) with less than 1e-7.

use hessian::linalg::{symmetric_eigenvalues, tridiagonal_eigenvalue};
use hessian::random::Streams;
use hessian::rmt::Normalisation::{
    AuffingerBenArousCerny, SemicircleTwo, UnitDiagonal, UnitOffDiagonal,
};
use hessian::rmt::{OnePoint, dense, tridiagonal};
use hessian::stats;

const SIGMAS: f64 = 6.0;
const COUNT: usize = 20_000;

fn agrees(what: &str, samples: &[f64], expected: f64) {
    let (mean, error) = (stats::mean(samples), stats::standard_error(samples));
    assert!((mean - expected).abs() < SIGMAS * error, "{what}: {mean} +- {error}, not {expected}");
}

/// E tr M^2 = n(n + 1), E tr M^4 = 2 n^3 + 5 n^2 + 5 n and E (tr M)^2 = 2n, times powers of the
/// scale. Catches 0.7 % in the variance of entries and a diagonal variance off by 6 %.
#[test]
fn moments_of_the_trace_under_every_normalisation() {
    let n = 8;
    let size = n as f64;
    for normalisation in [UnitOffDiagonal, UnitDiagonal, SemicircleTwo, AuffingerBenArousCerny] {
        let scale = normalisation.edge(n) / (2.0 * size.sqrt());
        let mut rng =
            Streams::new(1, "statistical", 0).stream("goe", &format!("{normalisation:?}"));
        let mut traces = [const { Vec::new() }; 6];
        for _ in 0..COUNT {
            let full = dense(n, normalisation, &mut rng) / scale;
            let square = &full * &full;
            traces[0].push(full.trace().powi(2));
            traces[1].push(square.trace());
            traces[2].push(square.dot(&square));
            let slim = tridiagonal(n, normalisation, &mut rng);
            let (a, b) = (slim.diagonal, slim.couplings);
            let a: Vec<f64> = a.iter().map(|x| x / scale).collect();
            let b: Vec<f64> = b.iter().map(|x| x / scale).collect();
            let matrix = nalgebra::DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
                0 => a[i],
                1 => b[i.min(j)],
                _ => 0.0,
            });
            let square = &matrix * &matrix;
            traces[3].push(matrix.trace().powi(2));
            traces[4].push(square.trace());
            traces[5].push(square.dot(&square));
        }
        let expected =
            [2.0 * size, size * (size + 1.0), 2.0 * size.powi(3) + 5.0 * size * size + 5.0 * size];
        for (which, samples) in traces.iter().enumerate() {
            agrees(&format!("{normalisation:?}, trace {which}"), samples, expected[which % 3]);
        }
    }
}

/// The largest eigenvalue: its mean and its mean square agree between dense and tridiagonal, which
/// catches 0.02 of a standard deviation in the one and 5 % in the spread; and the number of
/// eigenvalues beyond the edge is what the one-point function says.
#[test]
fn largest_eigenvalues_have_one_law() {
    let n = 10;
    let mut rng = Streams::new(1, "statistical", 0).stream("largest", "");
    let (mut full, mut slim) = (Vec::new(), Vec::new());
    let mut beyond = Vec::new();
    let edge = UnitOffDiagonal.edge(n);
    for _ in 0..COUNT {
        let values = symmetric_eigenvalues(&dense(n, UnitOffDiagonal, &mut rng)).unwrap();
        full.push(values[n - 1]);
        beyond.push(values.iter().filter(|value| **value > edge).count() as f64);
        let matrix = tridiagonal(n, UnitOffDiagonal, &mut rng);
        slim.push(tridiagonal_eigenvalue(&matrix.diagonal, &matrix.couplings, n - 1).unwrap());
    }
    let differences = |power: i32| -> Vec<f64> {
        full.iter().zip(&slim).map(|(a, b)| (a - 5.0).powi(power) - (b - 5.0).powi(power)).collect()
    };
    for power in 1..=4 {
        agrees(&format!("power {power}"), &differences(power), 0.0);
    }
    let one_point = OnePoint::new(n);
    let h = 1e-3;
    let expected: f64 =
        (0..20_000).map(|i| h * one_point.density(edge + h * (f64::from(i) + 0.5))).sum();
    agrees("eigenvalues beyond the edge", &beyond, expected);
}
