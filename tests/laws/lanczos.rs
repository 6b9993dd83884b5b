//! Identities of the Lanczos decomposition and its quadrature on matrices with chosen spectra.

use hessian::linalg::{norm, project_out};
use hessian::operator::{Dense, SymmetricOperator};
use hessian::spectrum::{Options, decompose, extremes, slq, with_copies};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut x = seed;
    move || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Q diag(values) Q' with Q from three Householder reflections, symmetric to the bit.
pub fn with_spectrum(values: &[f64], seed: u64) -> DMatrix<f64> {
    let n = values.len();
    let mut next = numbers(seed);
    let mut a = DMatrix::from_diagonal(&DVector::from_column_slice(values));
    for _ in 0..3 {
        let v = DVector::from_fn(n, |_, _| next());
        let reflection = DMatrix::identity(n, n) - &v * v.transpose() * (2.0 / v.norm_squared());
        a = &reflection * a * &reflection;
    }
    (&a + a.transpose()) / 2.0
}

/// The spectra that make Lanczos go wrong.
pub fn spectra(n: usize) -> Vec<(&'static str, Vec<f64>)> {
    let bulk = |i: usize| 0.01 * (i as f64 / n as f64 - 0.5);
    vec![
        ("spread", (0..n).map(|i| i as f64 - n as f64 / 3.0).collect()),
        ("clustered", (0..n).map(|i| f64::from(i as u32 % 3) + 1e-10 * i as f64).collect()),
        ("multiple", (0..n).map(|i| f64::from(i as u32 % 3)).collect()),
        ("outliers", (0..n).map(|i| if i < 4 { 10.0 - i as f64 } else { bulk(i) }).collect()),
        ("semidefinite", (0..n).map(|i| if i < n / 4 { 1.0 + i as f64 } else { 0.0 }).collect()),
        ("rank one", (0..n).map(|i| if i == 0 { 5.0 } else { 0.0 }).collect()),
        ("zero", vec![0.0; n]),
        // squares vanish, their sums and roots do not
        ("tiny", (0..n).map(|i| 1e-250 * (i as f64 + 1.0)).collect()),
        ("huge", (0..n).map(|i| 1e100 * (i as f64 - 2.0)).collect()),
    ]
}

fn size(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |a, v| a.max(v.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// A Q - Q T = r e_k' and Q'Q = I, Q'r = 0, for every spectrum.
    #[test]
    fn decomposition_holds(n in 1usize..50, steps in 0usize..60, seed: u64) {
        for (name, values) in spectra(n) {
            let a = with_spectrum(&values, seed);
            let operator = Dense::new(a.clone()).unwrap();
            let mut next = numbers(!seed);
            let start = DVector::from_fn(n, |_, _| next());
            let krylov = decompose(&operator, &start, steps).unwrap();
            let k = krylov.alpha.len();
            prop_assert!(k <= steps.min(n));
            prop_assert_eq!(krylov.basis.shape(), (n, k));
            prop_assert_eq!(krylov.beta.len(), k.saturating_sub(1));
            prop_assert_eq!(krylov.breakdown.unwrap_or(k), k);
            prop_assert!(krylov.breakdown.is_some() || k == steps.min(n), "{}", name);
            if k == 0 { continue; }
            let t = DMatrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
                0 => krylov.alpha[i],
                1 => krylov.beta[i.min(j)],
                _ => 0.0,
            });
            let mut rest = &a * &krylov.basis - &krylov.basis * t;
            let mut last = rest.column_mut(k - 1);
            last -= &krylov.remainder;
            // One product and k + 2 vector updates round, each by at most n u |A|.
            let unit = n as f64 * f64::EPSILON * size(&values);
            prop_assert!(rest.amax() <= (k as f64 + 2.0) * unit, "{}: {:e}", name, rest.amax());
            // One pass leaves an overlap of some u, divided by what Kahan's criterion keeps.
            let gram = krylov.basis.tr_mul(&krylov.basis) - DMatrix::identity(k, k);
            prop_assert!(gram.amax() <= 4.0 * n as f64 * f64::EPSILON, "{}: {:e}", name, gram.amax());
            let overlap = krylov.basis.tr_mul(&krylov.remainder).amax();
            prop_assert!(overlap <= 4.0 * unit, "{}: {:e}", name, overlap);
        }
    }

    /// The quadrature of a probe sums to 1 and has its moments v'A^j v up to j = 2m - 1.
    #[test]
    fn quadrature_has_the_moments_of_its_probe(n in 1usize..40, m in 1usize..8, seed: u64) {
        for (name, values) in spectra(n) {
            let scale = if size(&values) == 0.0 { 1.0 } else { size(&values) };
            let a = with_spectrum(&values, seed) / scale;
            let a = (&a + a.transpose()) / 2.0;
            let operator = Dense::new(a.clone()).unwrap();
            let mut next = numbers(!seed);
            let probes = DMatrix::from_fn(n, 3, |_, _| next());
            let result = slq(&operator, &probes, m).unwrap();
            for j in 0..3 {
                let (nodes, weights) = (&result.nodes[j], &result.weights[j]);
                let total: f64 = weights.iter().sum();
                prop_assert!((total - 1.0).abs() <= 8.0 * m as f64 * f64::EPSILON);
                let v: DVector<f64> = probes.column(j).normalize();
                let square = (&a * &v).norm_squared();
                let bound = 8.0 * n as f64 * f64::EPSILON;
                prop_assert!((result.squares[j] - square).abs() <= bound, "{}", name);
                let mut power = v.clone();
                for degree in 0..2 * m as i32 {
                    let moment: f64 =
                        nodes.iter().zip(weights).map(|(l, w)| w * l.powi(degree)).sum();
                    // Each factor of A (|A| = 1) adds n u on the one side and m u on the other.
                    let bound = 4.0 * (1.0 + f64::from(degree)) * (n + m) as f64 * f64::EPSILON;
                    prop_assert!((moment - v.dot(&power)).abs() <= bound, "{} {}", name, degree);
                    power = &a * power;
                }
            }
        }
    }

    /// Both ends agree with the chosen spectrum, each pair within its own residual.
    #[test]
    fn extremes_are_eigenvalues_within_their_residuals(
        n in 1usize..120,
        top in 0usize..5,
        bottom in 0usize..5,
        seed: u64,
    ) {
        for (name, values) in spectra(n) {
            let a = with_spectrum(&values, seed);
            let operator = Dense::new(a.clone()).unwrap();
            let mut next = numbers(!seed);
            let start = DVector::from_fn(n, |_, _| next());
            let options = Options { tolerance: 1e-9, max_products: 2000 };
            let found = extremes(&operator, top, bottom, &start, options).unwrap();
            prop_assert_eq!((found.top.len(), found.bottom.len()), (top.min(n), bottom.min(n)));
            prop_assert!(found.converged(), "{}", name);
            // Six products build the matrix, one measures it, each to (n + 3) u.
            let rounding = 4.0 * (n as f64 + 10.0) * f64::EPSILON * size(&values);
            for pair in found.top.iter().chain(&found.bottom) {
                let nearest = values
                    .iter()
                    .map(|value| (value - pair.eigenvalue).abs())
                    .fold(f64::INFINITY, f64::min);
                prop_assert!(nearest <= pair.residual + rounding, "{}", name);
                let rest = &a * &pair.vector - &pair.vector * pair.eigenvalue;
                let residual = norm(rest.as_slice());
                prop_assert!((residual - pair.residual).abs() <= rounding, "{}", name);
                prop_assert!((pair.vector.norm() - 1.0).abs() <= 1e-13);
            }
            prop_assert!(found.top.windows(2).all(|p| p[0].eigenvalue >= p[1].eigenvalue));
            prop_assert!(found.bottom.windows(2).all(|p| p[0].eigenvalue <= p[1].eigenvalue));
            // Simple spectra: the very k largest and smallest, in order.
            if ["spread", "outliers", "tiny", "huge"].contains(&name) || n <= 40 {
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                let error = 1e-9 * size(&values) + rounding;
                for (i, pair) in found.bottom.iter().enumerate() {
                    prop_assert!((pair.eigenvalue - sorted[i]).abs() <= error, "{} bottom {}", name, i);
                }
                for (i, pair) in found.top.iter().enumerate() {
                    let value = sorted[n - 1 - i];
                    prop_assert!((pair.eigenvalue - value).abs() <= error, "{} top {}", name, i);
                }
            }
        }
    }
}

#[test]
fn a_start_of_zero_breaks_down_at_once_and_nothing_is_divided_by_it() {
    let operator = Dense::new(DMatrix::identity(3, 3)).unwrap();
    let krylov = decompose(&operator, &DVector::zeros(3), 3).unwrap();
    assert_eq!((krylov.breakdown, krylov.alpha.len()), (Some(0), 0));
    let result = slq(&operator, &DMatrix::zeros(3, 1), 3).unwrap();
    assert_eq!((result.breakdowns[0], result.nodes[0].len()), (Some(0), 0));
    let options = Options { tolerance: 1e-12, max_products: 10 };
    let found = extremes(&operator, 3, 0, &DVector::zeros(3), options).unwrap();
    assert!(found.converged() && found.top.iter().all(|p| (p.eigenvalue - 1.0).abs() < 1e-15));
}

/// Copies of a multiple eigenvalue, whose order is up to rounding, once ended the search with a copy
/// that had not converged.
#[test]
fn copies_of_a_multiple_eigenvalue_converge_whatever_their_order() {
    let n = 81;
    let values: Vec<f64> = (0..n).map(|i| f64::from(i as u32 % 3)).collect();
    for seed in (0..200).chain([667_575_815_704_396_440]) {
        let operator = Dense::new(with_spectrum(&values, seed)).unwrap();
        let mut next = numbers(!seed);
        let start = DVector::from_fn(n, |_, _| next());
        let options = Options { tolerance: 1e-9, max_products: 2000 };
        let found = extremes(&operator, 3, 0, &start, options).unwrap();
        assert!(found.converged(), "seed {seed}");
        assert!(found.top.iter().all(|pair| (pair.eigenvalue - 2.0).abs() < 1e-9), "seed {seed}");
    }
}

/// The limit ends the search, and says so: 2 cos spectra converge slowly at their ends.
#[test]
fn the_limit_of_products_is_kept_and_reported() {
    let n = 2000;
    struct Path(usize);
    impl SymmetricOperator for Path {
        fn dimension(&self) -> usize {
            self.0
        }
        fn apply(
            &self,
            x: nalgebra::DVectorView<'_, f64>,
            mut y: nalgebra::DVectorViewMut<'_, f64>,
        ) {
            for i in 0..self.0 {
                let left = if i > 0 { x[i - 1] } else { 0.0 };
                let right = if i + 1 < self.0 { x[i + 1] } else { 0.0 };
                y[i] = left + right;
            }
        }
    }
    let mut next = numbers(3);
    let start = DVector::from_fn(n, |_, _| next());
    let options = Options { tolerance: 1e-12, max_products: 100 };
    let found = extremes(&Path(n), 2, 1, &start, options).unwrap();
    assert_eq!((found.products, found.top.len(), found.bottom.len()), (103, 2, 1));
    assert!(!found.converged());
    let trouble = found.require_converged().unwrap_err();
    assert_eq!(trouble.to_string(), "thick-restart Lanczos did not converge in 100 iterations");
}

/// NaN is named, never passed on.
#[test]
fn products_that_are_not_numbers_are_named() {
    struct Bad;
    impl SymmetricOperator for Bad {
        fn dimension(&self) -> usize {
            2
        }
        fn apply(
            &self,
            _: nalgebra::DVectorView<'_, f64>,
            mut y: nalgebra::DVectorViewMut<'_, f64>,
        ) {
            y.fill(f64::NAN);
        }
    }
    let start = DVector::from_element(2, 1.0);
    let probes = DMatrix::from_element(2, 1, 1.0);
    let options = Options { tolerance: 1e-12, max_products: 10 };
    assert!(decompose(&Bad, &start, 2).is_err());
    assert!(extremes(&Bad, 1, 0, &start, options).is_err());
    assert!(slq(&Bad, &probes, 2).is_err());
    assert!(hessian::spectrum::hutchinson(&Bad, &probes, 0.95).is_err());
    assert!(hessian::spectrum::exact(&Bad, 1 << 20).is_err());
    assert!(decompose(&Bad, &DVector::from_element(2, f64::NAN), 2).is_err());
}

/// Fours of columns that overlap in one pass give the bits of one four after the other, in columns
/// shorter and longer than those for which they do, with and without entries over.
#[test]
fn projections_of_many_columns_are_those_of_four_at_a_time() {
    for n in [13, 96, 6144, 6147] {
        let wave = |i: usize, j: usize| (0.7 * (i * (j + 1)) as f64 + j as f64).sin();
        let basis = DMatrix::from_fn(n, 14, wave).qr().q();
        let basis = basis.columns(0, 14.min(n)).into_owned();
        let w: Vec<f64> = (0..n).map(|i| (0.3 * i as f64).cos()).collect();
        let (mut together, mut apart) = (w.clone(), w.clone());
        project_out(basis.as_slice(), &mut together);
        for four in basis.as_slice().chunks(4 * n) {
            project_out(four, &mut apart);
        }
        assert_eq!(together, apart, "n = {n}");
        // The bound is a hundred roundings of |w|; leaving out one column leaves about |w| / sqrt(n).
        let size = norm(&w);
        for column in basis.column_iter() {
            let left = column.dot(&DVector::from_column_slice(&together));
            assert!(left.abs() <= 100.0 * f64::EPSILON * size, "n = {n}: {left:e} is left");
        }
    }
}

/// Every copy of a multiple eigenvalue is listed: where all are multiple, where outliers are, at one end,
/// at an end of zeros, in a multiple of the identity, and close to the bulk. The Krylov space of one start
/// alone loses some; a copy that is lost moves a number by 1e-4 or more.
#[test]
fn copies_of_multiple_eigenvalues_are_all_listed() {
    let n = 240;
    let bulk = |i: usize| (i as f64 / n as f64 - 0.5) * 2.0;
    let outliers = [100.0, 100.0, 100.0, 90.0, 80.0, 80.0, -50.0, -50.0, -40.0];
    let cases: [Vec<f64>; 5] = [
        (0..n).map(|i| (i / 3) as f64).collect(),
        (0..n).map(|i| outliers.get(i).copied().unwrap_or(bulk(i))).collect(),
        (0..n).map(|i| if i < 100 { 1.0 + (i / 2) as f64 } else { 0.0 }).collect(),
        vec![3.0; n],
        // the copies of 0 lie as close to the next eigenvalue as 1e-5 of the largest
        (0..n).map(|i| 1e-4 * (f64::from(i as u32).max(19.0) - 19.0).powf(2.2)).collect(),
    ];
    let mut lost = [0.0; 5];
    for (case, values) in cases.iter().enumerate() {
        let operator = Dense::new(with_spectrum(values, 7)).unwrap();
        let mut next = numbers(11);
        let mut direction = || DVector::from_fn(n, |_, _| next());
        let mut ascending = values.clone();
        ascending.sort_by(f64::total_cmp);
        for (top, bottom) in [(6, 4), (6, 0), (0, 4)] {
            let options = Options { tolerance: 1e-8, max_products: 5000 };
            let found = extremes(&operator, top, bottom, &direction(), options).unwrap();
            let largest: Vec<f64> = ascending.iter().rev().take(top).copied().collect();
            let smallest: Vec<f64> = ascending.iter().take(bottom).copied().collect();
            let apart = |pairs: &[hessian::spectrum::Pair], expected: &[f64]| {
                let differences = pairs.iter().zip(expected).map(|(p, e)| (p.eigenvalue - e).abs());
                differences.fold(0.0, f64::max)
            };
            lost[case] += apart(&found.top, &largest).max(apart(&found.bottom, &smallest));
            let all = with_copies(&operator, found, &mut direction, options).unwrap();
            assert!(all.converged(), "case {case}");
            assert_eq!((all.top.len(), all.bottom.len()), (top, bottom));
            assert!(apart(&all.top, &largest) < 1e-6, "case {case}: {:?}", all.top);
            assert!(apart(&all.bottom, &smallest) < 1e-6, "case {case}: {:?}", all.bottom);
            let pairs: Vec<&DVector<f64>> =
                all.top.iter().chain(&all.bottom).map(|pair| &pair.vector).collect();
            for (i, v) in pairs.iter().enumerate() {
                for w in &pairs[..i] {
                    assert!(v.dot(w).abs() < 1e-6, "case {case}: vectors that are not orthogonal");
                }
            }
        }
    }
    println!("lost by one start: {lost:?}");
    assert!(lost.iter().any(|lost| *lost > 1.0), "one start lists all copies: {lost:?}");
}
