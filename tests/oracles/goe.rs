//! Gaussian orthogonal matrices: eigenvalues eight at a time, and the density, by other routes.

use hessian::linalg::tridiagonal_eigenvalue;
use hessian::random::Streams;
use hessian::rmt::{
    LANES, Lanes, Normalisation, OnePoint, largest_eigenvalues, semicircle_density,
    semicircle_distribution, tridiagonal,
};

/// Eight matrices side by side against one at a time, which stops by another rule.
#[test]
fn eight_largest_eigenvalues_are_those_of_each() {
    let mut rng = Streams::new(1, "oracles", 0).stream("goe", "");
    for n in [1, 2, 3, 50, 300] {
        let matrices: [_; LANES] = std::array::from_fn(|lane| {
            let mut matrix = tridiagonal(n, Normalisation::UnitOffDiagonal, &mut rng);
            let scale = 10_f64.powi(20 * lane as i32 - 80);
            matrix.diagonal.iter_mut().chain(&mut matrix.couplings).for_each(|x| *x *= scale);
            matrix
        });
        let rows = |n: usize, entry: &dyn Fn(usize, usize) -> f64| -> Vec<Lanes> {
            (0..n).map(|row| std::array::from_fn(|lane| entry(lane, row))).collect()
        };
        let diagonals = rows(n, &|lane, row| matrices[lane].diagonal[row]);
        let couplings = rows(n - 1, &|lane, row| matrices[lane].couplings[row]);
        let found = largest_eigenvalues(&diagonals, &couplings);
        for (matrix, found) in matrices.iter().zip(found) {
            let expected =
                tridiagonal_eigenvalue(&matrix.diagonal, &matrix.couplings, n - 1).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-13, "n {n}: {found}, {expected}");
        }
    }
}

#[test]
fn blocks_and_trouble() {
    // a matrix that falls apart, one that is zero, one that is not finite
    let mut diagonals = [[1.0; LANES], [5.0; LANES], [-7.0; LANES]];
    for row in &mut diagonals {
        row[1] = 0.0;
    }
    diagonals[2][2] = f64::NAN;
    diagonals[0][3] = f64::INFINITY;
    let found = largest_eigenvalues(&diagonals, &[[0.0; LANES]; 2]);
    assert!((found[0] - 5.0).abs() < 1e-14 && found[1].abs() < 1e-300);
    assert!(found[2].is_nan() && found[3].is_nan());
}

/// n = 2 in closed form: with sum and difference of the eigenvalues independent, R_1 is an integral
/// over the difference r, of density r exp(-r^2/8)/4; and the moments of the trace.
#[test]
fn one_point_function_has_the_moments_of_the_trace() {
    for n in [1, 2, 3, 7, 20, 200] {
        let one_point = OnePoint::new(n);
        let n = n as f64;
        let (end, count) = (2.0 * n.sqrt() + 20.0, 20_000);
        let h = end / f64::from(count);
        // trapezoids of an entire function that decays as a Gaussian converge exponentially
        let moment = |power: i32| -> f64 {
            let sum: f64 = (1..=count)
                .map(|i| {
                    let x = h * f64::from(i);
                    x.powi(power) * one_point.density(x)
                })
                .sum();
            let middle = if power == 0 { one_point.density(0.0) } else { 0.0 };
            2.0 * h * (0.5 * middle + sum)
        };
        for (power, expected) in
            [(0, n), (2, n * (n + 1.0)), (4, 2.0 * n.powi(3) + 5.0 * n * n + 5.0 * n)]
        {
            let found = moment(power);
            assert!(
                (found / expected - 1.0).abs() < 1e-12,
                "n {n}, x^{power}: {found}, {expected}"
            );
        }
    }
    let x: f64 = 0.7;
    let (h, count) = (1e-3, 20_000);
    // lambda = (s + r)/2 or (s - r)/2, s normal of variance 4
    let normal = |s: f64| (-s * s / 8.0).exp() / (8.0 * std::f64::consts::PI).sqrt();
    let expected: f64 = (0..count)
        .map(|i| {
            let r = h * (f64::from(i) + 0.5);
            h * 0.25 * r * (-r * r / 8.0).exp() * 2.0 * (normal(2.0 * x - r) + normal(2.0 * x + r))
        })
        .sum();
    let found = OnePoint::new(2).density(x);
    assert!((found - expected).abs() < 1e-7, "{found}, {expected}");
}

/// The bulk tends to the semicircle, whose density is the slope of its distribution.
#[test]
fn semicircle_is_the_limit() {
    let n = 2000;
    let one_point = OnePoint::new(n);
    let edge = Normalisation::UnitOffDiagonal.edge(n);
    for t in [0.0, 0.3, 0.8] {
        let (found, limit) =
            (one_point.density(t * edge) / n as f64, semicircle_density(t * edge, edge));
        assert!((found / limit - 1.0).abs() < 3e-3, "{t}: {found}, {limit}");
        let h = 1e-5;
        let slope =
            (semicircle_distribution(t + h, 1.0) - semicircle_distribution(t - h, 1.0)) / (2.0 * h);
        assert!((slope - semicircle_density(t, 1.0)).abs() < 1e-8);
    }
    assert_eq!(semicircle_density(1.5, 1.0), 0.0);
}
