//! Eigenvalues by routes that share no code: implicit QL, Sturm counts, dense QR, closed forms.
//!
//! Bounds: all routes are backward stable, so that errors are a modest multiple of n ulp |T|. The
//! multiple is the one with which LAPACK tests its own symmetric eigensolvers: 30 (Anderson et al.
//! 1999; `sep.in`), for values, residuals and orthogonality alike.

use hessian::linalg::{
    Trouble, sturm_count, symmetric_eigen, symmetric_eigenvalues, tridiagonal_eigen,
    tridiagonal_eigenvalue, tridiagonal_eigenvalues,
};
use nalgebra::DMatrix;
use proptest::prelude::*;

fn bound(n: usize, norm: f64) -> f64 {
    // Subnormal numbers count as nothing.
    30.0 * n as f64 * f64::EPSILON * norm + n as f64 * f64::MIN_POSITIVE
}

fn dense(alpha: &[f64], beta: &[f64]) -> DMatrix<f64> {
    let n = alpha.len();
    DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => alpha[i],
        1 => beta[i.min(j)],
        _ => 0.0,
    })
}

/// The path graph with n vertices: eigenvalues 2 cos(k pi / (n + 1)), components of the k-th
/// vector sqrt(2 / (n + 1)) sin(i k pi / (n + 1)).
#[test]
fn path_graph_has_its_cosines_and_sines() {
    for n in [1, 2, 3, 10, 101, 500] {
        let (alpha, beta) = (vec![0.0; n], vec![1.0; n - 1]);
        let eigen = tridiagonal_eigen(&alpha, &beta).unwrap();
        for i in 0..n {
            let angle = std::f64::consts::PI * (n - i) as f64 / (n + 1) as f64;
            let value = 2.0 * angle.cos();
            let weight = 2.0 / (n + 1) as f64 * angle.sin().powi(2);
            assert!((eigen.values[i] - value).abs() <= bound(n, 2.0), "n {n}, value {i}");
            // Perturbation of a vector by the bound over the gap to its neighbours.
            let gap = (std::f64::consts::PI / (n + 1) as f64).powi(2);
            let off = (eigen.first[i].powi(2) - weight).abs();
            assert!(off <= 2.0 * bound(n, 2.0) / gap, "n {n}, weight {i}: {off:e}");
            if n <= 101 {
                let bisected = tridiagonal_eigenvalue(&alpha, &beta, i).unwrap();
                assert!((bisected - value).abs() <= bound(n, 2.0), "n {n}, bisected {i}");
            }
        }
    }
}

/// Beyond 511 rows eigenvalues are found in two stages; here against a spectrum that was chosen.
#[test]
fn large_matrices_have_the_spectra_that_they_were_made_with() {
    let n = 515;
    let bulk = |i: usize| 0.01 * (i as f64 / n as f64 - 0.5);
    let spectra: [Vec<f64>; 7] = [
        (0..n).map(|i| i as f64 - n as f64 / 3.0).collect(),
        (0..n).map(|i| (i % 3) as f64).collect(),
        (0..n).map(|i| if i < 4 { 10.0 - i as f64 } else { bulk(i) }).collect(),
        (0..n).map(|i| if i == 0 { 5.0 } else { 0.0 }).collect(),
        (0..n).map(|i| 10_f64.powf(-(i as f64) / 10.0)).collect(),
        (0..n).map(|i| 1e-150 * (i as f64 + 1.0)).collect(),
        (0..n).map(|i| 1e100 * (i as f64 - 2.0)).collect(),
    ];
    for mut values in spectra {
        let mut matrix = DMatrix::from_diagonal(&values.clone().into());
        for seed in [0.3, 0.7] {
            // (I - 2 v v' / v'v) A (I - 2 v v' / v'v)
            let v = nalgebra::DVector::from_fn(n, |i, _| (seed * (i * i + 1) as f64).sin());
            let image = &matrix * &v * (2.0 / v.norm_squared());
            let w = &image - &v * (image.dot(&v) / v.norm_squared());
            matrix -= &v * w.transpose() + &w * v.transpose();
        }
        let found = symmetric_eigenvalues(&matrix).unwrap();
        values.sort_by(f64::total_cmp);
        let norm = values[0].abs().max(values[n - 1].abs());
        for (found, value) in found.iter().zip(&values) {
            assert!((found - value).abs() <= bound(n, norm), "{found} for {value} of {norm}");
        }
    }
    assert_eq!(symmetric_eigenvalues(&DMatrix::zeros(n, n)).unwrap(), vec![0.0; n]);
    let mut bad = DMatrix::identity(n, n);
    bad[(n - 1, 3)] = f64::NAN;
    assert!(matches!(symmetric_eigenvalues(&bad), Err(Trouble::NonFinite { .. })));
}

/// Wilkinson's W21+ has pairs that agree to 14 digits; QL, Sturm and dense QR must see both.
#[test]
fn wilkinson_pairs_are_counted_twice() {
    let alpha: Vec<f64> = (0..21).map(|i| f64::from(10_i32 - i).abs()).collect();
    let beta = vec![1.0; 20];
    let eigen = tridiagonal_eigen(&alpha, &beta).unwrap();
    // Wilkinson 1965, p. 309.
    let top = 10.746_194_182_903_4;
    for value in [
        eigen.values[20],
        eigen.values[19],
        tridiagonal_eigenvalue(&alpha, &beta, 20).unwrap(),
        tridiagonal_eigenvalue(&alpha, &beta, 19).unwrap(),
    ] {
        assert!((value - top).abs() < 1e-13 + bound(21, 12.0), "{value}");
    }
    assert_eq!(sturm_count(&alpha, &beta, 10.7), 19);
}

fn tridiagonal() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let entry = || {
        prop_oneof![
            4 => -1.0..1.0_f64,
            1 => Just(0.0),
            1 => (-1.0..1.0_f64, -30..0_i32).prop_map(|(x, p)| x * 10_f64.powi(p)),
            1 => (-1.0..1.0_f64, -320..0_i32).prop_map(|(x, p)| x * 10_f64.powi(p)),
        ]
    };
    (1usize..60, -3..4_i32).prop_flat_map(move |(n, p)| {
        let scale = 10_f64.powi(40 * p);
        let scaled = move |v: Vec<f64>| v.into_iter().map(|x| x * scale).collect::<Vec<_>>();
        (
            prop::collection::vec(entry(), n).prop_map(scaled),
            prop::collection::vec(entry(), n - 1).prop_map(scaled),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn ql_sturm_and_dense_qr_agree((alpha, beta) in tridiagonal()) {
        let n = alpha.len();
        let norm = alpha.iter().chain(&beta).fold(0.0_f64, |a, x| a.max(x.abs())) * 3.0;
        let eigen = tridiagonal_eigen(&alpha, &beta).unwrap();
        let without = tridiagonal_eigenvalues(&alpha, &beta).unwrap();
        let matrix = dense(&alpha, &beta);
        let values = symmetric_eigenvalues(&matrix).unwrap();
        let weight: f64 = eigen.first.iter().map(|x| x * x).sum();
        prop_assert!((weight - 1.0).abs() <= bound(n, 4.0));
        for (i, value) in values.iter().enumerate() {
            let bisected = tridiagonal_eigenvalue(&alpha, &beta, i).unwrap();
            prop_assert!((eigen.values[i] - value).abs() <= bound(n, norm));
            prop_assert!((without[i] - value).abs() <= bound(n, norm));
            prop_assert!((bisected - value).abs() <= bound(n, norm));
        }
        // (T^2)_11, the second moment of the quadrature: insensitive to how close values mix.
        let second: f64 =
            eigen.values.iter().zip(&eigen.first).map(|(l, z)| (l / norm.max(f64::MIN_POSITIVE)) .powi(2) * z * z).sum();
        let unit = norm.max(f64::MIN_POSITIVE);
        let exact = (alpha[0] / unit).powi(2) + beta.first().map_or(0.0, |b| (b / unit).powi(2));
        prop_assert!((second - exact).abs() <= 4.0 * bound(n, 1.0), "{second} {exact}");
    }

    #[test]
    fn vectors_diagonalise(n in 0usize..40, seed: u64) {
        let mut x = seed;
        let mut next = || {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let half = DMatrix::from_fn(n, n, |_, _| next());
        let matrix = &half + half.transpose();
        let (values, vectors) = symmetric_eigen(&matrix).unwrap();
        let unit = bound(n.max(1), matrix.norm().max(1.0));
        let product = &matrix * &vectors;
        for j in 0..n {
            let residual = (product.column(j) - vectors.column(j) * values[j]).norm();
            prop_assert!(residual <= unit, "{residual:e} {unit:e}");
            prop_assert!(j == 0 || values[j - 1] <= values[j]);
        }
        let gram = vectors.transpose() * &vectors - DMatrix::identity(n, n);
        prop_assert!(gram.amax() <= bound(n.max(1), 1.0));
    }
}

#[test]
fn empty_single_and_bad_matrices() {
    assert!(symmetric_eigenvalues(&DMatrix::zeros(0, 0)).unwrap().is_empty());
    assert_eq!(symmetric_eigenvalues(&DMatrix::from_element(1, 1, -3.0)).unwrap(), [-3.0]);
    assert_eq!(symmetric_eigenvalues(&DMatrix::zeros(5, 5)).unwrap(), [0.0; 5]);
    assert!(tridiagonal_eigen(&[], &[]).unwrap().values.is_empty());
    assert_eq!(tridiagonal_eigen(&[0.0; 4], &[0.0; 3]).unwrap().values, [0.0; 4]);
    assert!(tridiagonal_eigenvalues(&[], &[]).unwrap().is_empty());
    assert_eq!(tridiagonal_eigenvalues(&[0.0; 4], &[0.0; 3]).unwrap(), [0.0; 4]);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut matrix = DMatrix::identity(3, 3);
        matrix[(2, 0)] = bad;
        assert!(matches!(symmetric_eigenvalues(&matrix), Err(Trouble::NonFinite { .. })));
        assert!(matches!(tridiagonal_eigen(&[bad, 1.0], &[1.0]), Err(Trouble::NonFinite { .. })));
        let all = tridiagonal_eigenvalues(&[bad, 1.0], &[1.0]);
        assert!(matches!(all, Err(Trouble::NonFinite { .. })));
        let selected = tridiagonal_eigenvalue(&[1.0, 1.0], &[bad], 0);
        assert!(matches!(selected, Err(Trouble::NonFinite { .. })));
    }
}
