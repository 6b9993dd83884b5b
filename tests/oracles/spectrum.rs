//! Spectra from products against spectra that were put in.

use hessian::operator::{Counted, Dense};
use hessian::spectrum::{Options, Trouble, exact, exact_bytes, extremes, hutchinson, share, slq};
use nalgebra::{DMatrix, DVector};

fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut x = seed;
    move || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// An orthogonal matrix, as a product of Householder reflections.
fn orthogonal(n: usize, seed: u64) -> DMatrix<f64> {
    let mut next = numbers(seed);
    let mut q = DMatrix::identity(n, n);
    for _ in 0..4 {
        let v = DVector::from_fn(n, |_, _| next());
        q -= &v * (v.transpose() * &q) * (2.0 / v.norm_squared());
    }
    q
}

/// A bulk near zero with outliers above and one below, like a trained network's.
fn outliers(n: usize) -> Vec<f64> {
    let mut values: Vec<f64> = (0..n).map(|i| 0.1 * (i as f64 / n as f64 - 0.5)).collect();
    for (i, value) in values.iter_mut().take(9).enumerate() {
        *value = 5.0 / (i as f64 + 1.0);
    }
    values[9] = -0.7;
    values.sort_by(f64::total_cmp);
    values
}

fn with_spectrum(values: &[f64], q: &DMatrix<f64>) -> DMatrix<f64> {
    let a = q * DMatrix::from_diagonal(&DVector::from_column_slice(values)) * q.transpose();
    (&a + a.transpose()) / 2.0
}

/// Rounding of building and of solving: c n u |A| each.
fn rounding(values: &[f64]) -> f64 {
    let size = values.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    8.0 * values.len() as f64 * f64::EPSILON * size
}

#[test]
fn exact_finds_the_spectrum_that_was_put_in() {
    for n in [1, 2, 63, 64, 65, 200] {
        let values = if n < 10 { (0..n).map(|i| i as f64 - 1.0).collect() } else { outliers(n) };
        let operator = Dense::new(with_spectrum(&values, &orthogonal(n, 1))).unwrap();
        let counted = Counted::new(&operator);
        let found = exact(&counted, 1 << 30).unwrap();
        assert_eq!((found.products, counted.products()), (n as u64, n as u64));
        assert_eq!(found.asymmetry, 0.0);
        for (found, value) in found.eigenvalues.iter().zip(&values) {
            assert!((found - value).abs() <= rounding(&values), "n {n}: {found} {value}");
        }
    }
    let empty = Dense::new(DMatrix::zeros(0, 0)).unwrap();
    assert!(exact(&empty, 0).unwrap().eigenvalues.is_empty());
}

#[test]
fn exact_refuses_what_does_not_fit_and_says_the_way_out() {
    struct Large;
    impl hessian::operator::SymmetricOperator for Large {
        fn dimension(&self) -> usize {
            60_000
        }
        fn apply(&self, _: nalgebra::DVectorView<'_, f64>, _: nalgebra::DVectorViewMut<'_, f64>) {
            panic!("multiplied before the memory was checked");
        }
    }
    let Err(Trouble::TooLarge(error)) = exact(&Large, 1 << 30) else { panic!("not refused") };
    assert!(error.is_capacity());
    let message = error.to_string();
    for word in ["60000 x 60000", "86522880000 bytes", "1073741824", "slq", "lanczos", "--layers"] {
        assert!(message.contains(word), "{word} is missing in: {message}");
    }
    assert_eq!(exact_bytes(60_000), 86_522_880_000);
}

#[test]
fn extremes_are_those_of_the_exact_spectrum() {
    let n = 600;
    let values = outliers(n);
    let q = orthogonal(n, 2);
    let operator = Dense::new(with_spectrum(&values, &q)).unwrap();
    let counted = Counted::new(&operator);
    let mut next = numbers(9);
    let start = DVector::from_fn(n, |_, _| next());
    let options = Options { tolerance: 1e-8, max_products: 3000 };
    let found = extremes(&counted, 10, 2, &start, options).unwrap().require_converged().unwrap();
    assert_eq!(found.products, counted.products());
    // The dense matrix itself costs n products; Lanczos is there to cost less.
    assert!(found.products < n as u64, "{} products", found.products);
    for (i, pair) in found.top.iter().enumerate() {
        let value = values[n - 1 - i];
        // |l - lambda| <= residual^2 / gap for isolated values (Parlett 1998, theorem 11.7.1).
        assert!((pair.eigenvalue - value).abs() <= pair.residual + rounding(&values), "top {i}");
        assert!(pair.residual <= 1e-8 * 5.0 * (1.0 + 1e-9));
    }
    for (i, pair) in found.bottom.iter().enumerate() {
        let error = (pair.eigenvalue - values[i]).abs();
        assert!(error <= pair.residual + rounding(&values), "bottom {i}");
    }
    // The share of a vector in the span of the nine outliers, whose vectors are columns of Q; the
    // sine of the angle is at most residual / gap (Davis and Kahan 1970), the gap 0.05 at least.
    let g = DVector::from_fn(n, |_, _| next());
    let inside = q.columns(n - 9, 9).tr_mul(&g).norm_squared() / g.norm_squared();
    let residuals: f64 = found.top.iter().map(|pair| pair.residual).sum();
    assert!((share(&found.top[..9], &g) - inside).abs() <= 2.0 * residuals / 0.05);
}

/// A start within an invariant space of forty dimensions, where the basis is first looked at: the ends of the
/// spectrum lie in the rest, into which the search goes on.
#[test]
fn the_search_goes_on_beyond_an_invariant_space() {
    let inner: Vec<f64> = (0..40).map(|i| f64::from(i) / 40.0 - 0.5).collect();
    let outer = outliers(60);
    let mut a = DMatrix::zeros(100, 100);
    a.view_mut((0, 0), (40, 40)).set_diagonal(&DVector::from_vec(inner));
    a.view_mut((40, 40), (60, 60)).copy_from(&with_spectrum(&outer, &orthogonal(60, 3)));
    // the first step into the rest lies within the inner spectrum, and is not enough
    assert!(a[(40, 40)].abs() < 0.475);
    let operator = Dense::new(a).unwrap();
    let start = DVector::from_fn(100, |i, _| if i < 40 { 1.0 + i as f64 } else { 0.0 });
    let options = Options { tolerance: 1e-10, max_products: 1000 };
    let found = extremes(&operator, 2, 1, &start, options).unwrap().require_converged().unwrap();
    let values: Vec<f64> =
        found.top.iter().chain(&found.bottom).map(|pair| pair.eigenvalue).collect();
    for (value, expected) in values.iter().zip([5.0, 2.5, -0.7]) {
        assert!((value - expected).abs() < 1e-9, "{values:?}");
    }
}

/// Below 1e-292 residuals underflow and may be 0 whatever the pairs are: none has converged. Zero itself is
/// found.
#[test]
fn pairs_whose_residuals_underflow_have_not_converged() {
    let start = DVector::from_fn(60, |i, _| 1.0 + i as f64);
    let options = Options { tolerance: 1e-8, max_products: 1000 };
    for (size, converged) in
        [(1.0, true), (1e-170, true), (1e-280, true), (1e-295, false), (0.0, true)]
    {
        let values: Vec<f64> = outliers(60).iter().map(|value| size * value).collect();
        let operator = Dense::new(DMatrix::from_diagonal(&DVector::from_vec(values))).unwrap();
        let pairs = extremes(&operator, 2, 2, &start, options).unwrap();
        let all = pairs.top.iter().chain(&pairs.bottom);
        assert!(all.clone().all(|pair| pair.converged == converged), "{size}: {pairs:?}");
        assert_eq!(all.count(), 4);
    }
}

/// What is not symmetric is measured, and the mean of both triangles is solved.
#[test]
fn exact_measures_the_asymmetry_of_the_products() {
    struct Skew;
    impl hessian::operator::SymmetricOperator for Skew {
        fn dimension(&self) -> usize {
            2
        }
        fn apply(
            &self,
            x: nalgebra::DVectorView<'_, f64>,
            mut y: nalgebra::DVectorViewMut<'_, f64>,
        ) {
            y[0] = 1.5 * x[1];
            y[1] = 2.5 * x[0];
        }
    }
    let found = exact(&Skew, 1 << 20).unwrap();
    assert_eq!(found.asymmetry, 1.0 / 2.5);
    assert!(
        (found.eigenvalues[0] + 2.0).abs() < 1e-15 && (found.eigenvalues[1] - 2.0).abs() < 1e-15
    );
}

/// The smoothed measure of a probe, from m nodes, against the measure itself. Gauss quadrature is
/// off by at most twice the distance of the kernel from the polynomials of degree 2m - 1, which on
/// [-1, 1] is at most 2 M rho^(1 - 2m) / (rho - 1) for every rho > 1, with M the largest |kernel| on
/// the ellipse of foci -1, 1 and half axes' sum rho (Trefethen 2013, theorem 8.2).
#[test]
fn density_from_few_nodes_is_within_the_bound_of_gauss() {
    let n = 120;
    let values: Vec<f64> =
        (0..n).map(|i| (2.0 * (i as f64 + 0.5) / n as f64 - 1.0).powi(3)).collect();
    let q = orthogonal(n, 7);
    let operator = Dense::new(with_spectrum(&values, &q)).unwrap();
    let mut next = numbers(13);
    let probe = DMatrix::from_fn(n, 1, |_, _| next());
    let weights = q.tr_mul(&probe.column(0).normalize()).map(|c| c * c);
    let width = 0.25_f64;
    let peak = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt());
    let kernel = |t: f64, l: f64| peak * (-((t - l) / width).powi(2) / 2.0).exp();
    let grid: Vec<f64> = (0..61).map(|i| -1.2 + 0.04 * f64::from(i)).collect();
    for m in [4, 8, 12, 20] {
        let density = slq(&operator, &probe, m).unwrap().density(&grid, width);
        let bound = (1..400)
            .map(|i| {
                let rho = 1.0 + 0.01 * f64::from(i);
                let minor = (rho - 1.0 / rho) / 2.0;
                let largest = peak * (minor.powi(2) / (2.0 * width * width)).exp();
                4.0 * largest * rho.powi(1 - 2 * m as i32) / (rho - 1.0)
            })
            .fold(f64::INFINITY, f64::min);
        let worst = grid
            .iter()
            .zip(&density.mean)
            .map(|(&t, found)| {
                let exact: f64 = values.iter().zip(&weights).map(|(&l, w)| w * kernel(t, l)).sum();
                (found - exact).abs()
            })
            .fold(0.0, f64::max);
        let unit = 10.0 * rounding(&values) * peak / width;
        assert!(worst <= bound + unit, "{m} nodes: error {worst:e}, bound {bound:e}");
        // The bound is worth having: it falls below a millionth of the peak.
        assert!(m < 20 || bound < 1e-6 * peak, "{bound:e}");
    }
}

/// Averaged over the coordinate vectors as probes, each with its whole measure, the density is that
/// of the eigenvalues: sum_i (e_i'u_j)^2 = 1 for every j.
#[test]
fn density_over_all_coordinates_is_the_density_of_the_eigenvalues() {
    let n = 40;
    let values = outliers(n);
    let operator = Dense::new(with_spectrum(&values, &orthogonal(n, 3))).unwrap();
    let result = slq(&operator, &DMatrix::identity(n, n), n).unwrap();
    let width = 0.05;
    let grid: Vec<f64> = (0..200).map(|i| -1.0 + 0.035 * f64::from(i)).collect();
    let density = result.density(&grid, width);
    let peak = 1.0 / (width * (2.0 * std::f64::consts::PI).sqrt());
    for (t, found) in grid.iter().zip(&density.mean) {
        let kernel = |value: &f64| peak * (-((t - value) / width).powi(2) / 2.0).exp();
        let exact = values.iter().map(kernel).sum::<f64>() / n as f64;
        // A node moved by the rounding moves the kernel by at most its steepest slope, peak/width.
        assert!((found - exact).abs() <= 10.0 * rounding(&values) * peak / width, "at {t}");
    }
    let trace: f64 = values.iter().sum();
    assert!((result.trace(0.95).value - trace).abs() <= n as f64 * rounding(&values));
    let logdet = result.sum(|l| (l + 1.0).ln(), 0.95).value;
    let exact: f64 = values.iter().map(|l| (l + 1.0).ln()).sum();
    // The slope of ln(1 + l) is at most 1 / 0.3 on this spectrum.
    assert!((logdet - exact).abs() <= 4.0 * n as f64 * rounding(&values));
}

/// Over the probes sqrt(n) e_i Hutchinson's estimate is the trace itself, and so are the squares.
#[test]
fn hutchinson_over_all_coordinates_is_the_trace() {
    let n = 50;
    let values = outliers(n);
    let operator = Dense::new(with_spectrum(&values, &orthogonal(n, 4))).unwrap();
    let probes = DMatrix::identity(n, n) * (n as f64).sqrt();
    let moments = hutchinson(&operator, &probes, 0.95).unwrap();
    let (trace, square) =
        (values.iter().sum::<f64>(), values.iter().map(|value| value * value).sum::<f64>());
    assert!((moments.trace.value - trace).abs() <= n as f64 * rounding(&values));
    let error = (moments.frobenius_squared.value - square).abs();
    assert!(error <= 10.0 * n as f64 * rounding(&values));
    assert_eq!(moments.products, 50);
}

/// A probe's quadrature does not see the other probes, nor does a density with one probe claim an
/// error.
#[test]
fn probes_run_side_by_side_without_seeing_each_other() {
    let n = 70;
    let operator = Dense::new(with_spectrum(&outliers(n), &orthogonal(n, 5))).unwrap();
    let mut next = numbers(11);
    let mut probes = DMatrix::from_fn(n, 5, |_, _| next());
    // One probe that ends early, so that the block shrinks under the others.
    probes.column_mut(2).fill(0.0);
    let together = slq(&operator, &probes, 20).unwrap();
    assert_eq!(together.breakdowns, [None, None, Some(0), None, None]);
    assert_eq!(together.products, 80);
    for j in [0, 1, 3, 4] {
        let alone = slq(&operator, &probes.columns(j, 1).into_owned(), 20).unwrap();
        assert_eq!(
            (&alone.nodes[0], &alone.weights[0]),
            (&together.nodes[j], &together.weights[j])
        );
        assert_eq!(alone.density(&[0.0], 0.1).standard_error, [f64::INFINITY]);
    }
}

/// An invariant Krylov space is reported, and its quadrature is the whole measure.
#[test]
fn breakdown_is_reported_with_the_whole_measure() {
    let mut values = vec![0.0; 30];
    values[29] = 5.0;
    let q = orthogonal(30, 6);
    let operator = Dense::new(with_spectrum(&values, &q)).unwrap();
    let mut next = numbers(12);
    let probes = DMatrix::from_fn(30, 2, |_, _| next());
    let result = slq(&operator, &probes, 10).unwrap();
    assert_eq!(result.breakdowns, [Some(2), Some(2)]);
    for j in 0..2 {
        let v = probes.column(j).normalize();
        let weight = q.column(29).dot(&v).powi(2);
        assert!((result.nodes[j][1] - 5.0).abs() <= rounding(&values));
        assert!((result.weights[j][1] - weight).abs() <= 1e-13);
    }
}
