//! All critical points against closed forms, other ways to find them, and Morse theory.

use hessian::random::Streams;
use hessian::spinglass::{
    Hamiltonian, Incomplete, Mixture, Polynomial, complex_count, critical_points,
    critical_points_by_continuation, expected_shares_below, ln_expected_total,
    newton_critical_points, sampled_ln_minima,
};
use nalgebra::DVector;

fn sample(mixture: &str, dimension: usize, replicate: u64) -> (Hamiltonian, Polynomial) {
    let mixture = Mixture::parse(mixture).unwrap();
    let streams = Streams::new(7, "critical points", replicate);
    let hamiltonian = Hamiltonian::sample(&mixture, dimension, &streams).unwrap();
    let f = Polynomial::of_hamiltonian(&hamiltonian).unwrap();
    (hamiltonian, f)
}

fn paths(replicate: u64) -> hessian::random::Stream {
    Streams::new(7, "critical points", replicate).stream("paths", "")
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

const MIXTURES: [&str; 5] = ["3:1", "4:1", "2:2,4:1", "1:3,2:1,3:1", "1:2,5:1"];

/// The Hamiltonian's own gradient vanishes along the sphere, and its Riemannian Hessian has the
/// index: neither shares code with the census beyond the couplings.
#[test]
fn points_are_critical_for_the_hamiltonian_with_their_index_and_energy() {
    for mixture in MIXTURES {
        for n in 2..=4 {
            let (hamiltonian, f) = sample(mixture, n, 0);
            let census = critical_points(&f, &mut paths(0)).unwrap();
            assert!(!census.points.is_empty());
            for point in &census.points {
                let root = (n as f64).sqrt();
                let s = DVector::from_vec(point.position.clone()) * root;
                let (energy, gradient) = hamiltonian.energy_and_gradient(&s);
                assert!((energy / root - point.value).abs() < 1e-10, "{mixture}, N = {n}");
                let along = &gradient - &s * (s.dot(&gradient) / s.norm_squared());
                assert!(along.norm() < 1e-9, "{mixture}, N = {n}: {}", along.norm());
                let hessian = hamiltonian.riemannian_hessian(&s);
                let negative = hessian.symmetric_eigenvalues().iter().filter(|v| **v < 0.0).count();
                assert_eq!(negative, point.index, "{mixture}, N = {n}");
            }
        }
    }
}

/// Two ways at N = 2: eigenvalues of a companion matrix, and continuation.
#[test]
fn the_circle_by_companion_matrix_and_by_continuation() {
    for mixture in MIXTURES {
        for replicate in 0..10 {
            let (_, f) = sample(mixture, 2, replicate);
            let first = critical_points(&f, &mut paths(0)).unwrap();
            assert_eq!(first.steps, 0, "{mixture}: not by the companion matrix");
            let second = critical_points_by_continuation(&f, &mut paths(1)).unwrap();
            assert_eq!(first.points.len(), second.points.len(), "{mixture}");
            for point in &first.points {
                let same = |other: &&hessian::spinglass::CriticalPoint| {
                    distance(&other.position, &point.position) < 1e-8
                };
                let other = second.points.iter().find(same);
                assert_eq!(other.map(|other| other.index), Some(point.index), "{mixture}");
            }
        }
    }
}

/// A quadratic form in N variables has its 2 N eigenvectors, two of every index, whatever N is.
#[test]
fn quadratic_forms_of_many_variables_have_their_eigenvectors() {
    for n in [2, 20, 40] {
        let (_, f) = sample("2:1", n, 0);
        let census = critical_points_by_continuation(&f, &mut paths(0)).unwrap();
        let mut indices: Vec<usize> = census.points.iter().map(|point| point.index).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..2 * n).map(|i| i / 2).collect::<Vec<_>>());
    }
}

/// Newton's method from many starts finds the same points: none beside them, and all of them where
/// there are few.
#[test]
fn newton_finds_the_same_points() {
    for (mixture, n) in [("3:1", 3), ("2:2,4:1", 3), ("1:3,2:1,3:1", 4)] {
        for replicate in 0..5 {
            let (_, f) = sample(mixture, n, replicate);
            let census = critical_points(&f, &mut paths(0)).unwrap();
            let found = newton_critical_points(&f, 2000, &mut paths(1)).unwrap();
            assert_eq!(found.len(), census.points.len(), "{mixture}, N = {n}");
            for point in &found {
                let near = |q: &hessian::spinglass::CriticalPoint| {
                    distance(&q.position, &point.position) < 1e-7
                };
                assert!(census.points.iter().any(near), "{mixture}, N = {n}");
            }
        }
    }
}

/// sum a_i x_i^3 with a_i > 0: all 2^N - 1 pairs of complex critical points are real.
#[test]
fn a_diagonal_cubic_has_all_its_critical_points_real() {
    for n in 2..=5_usize {
        let mut entries = vec![0.0; n.pow(3)];
        for i in 0..n {
            entries[i * n * n + i * n + i] = 1.0 + 0.3 * i as f64;
        }
        let f = Polynomial::new(n, vec![(3, entries)]).unwrap();
        let census = critical_points(&f, &mut paths(0)).unwrap();
        assert_eq!(census.points.len() as u64, complex_count(n, 3));
        assert_eq!(census.points.len(), 2 * ((1 << n) - 1));
    }
}

/// ((p - 1)^N - 1)/(p - 2) pairs (Cartwright and Sturmfels 2013), N at p = 2.
#[test]
fn complex_counts() {
    for (n, p, pairs) in [(3, 3, 7), (5, 3, 31), (3, 4, 13), (2, 7, 7), (4, 6, 156), (6, 2, 6)] {
        assert_eq!(complex_count(n, p), 2 * pairs);
    }
    assert_eq!(complex_count(64, 1000), u64::MAX);
}

/// x^2 + y^2 + 2 z^2 has a whole circle of critical points.
#[test]
fn a_degenerate_polynomial_gets_no_certificate() {
    let form = vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0];
    let f = Polynomial::new(3, vec![(2, form)]).unwrap();
    let census = critical_points(&f, &mut paths(0));
    assert!(matches!(census, Err(Incomplete::Uncertified { expected: 6, .. })), "{census:?}");
}

#[test]
fn unsuitable_polynomials_are_refused() {
    let line = Polynomial::new(3, vec![(1, vec![1.0, 2.0, 3.0])]).unwrap();
    assert!(matches!(critical_points(&line, &mut paths(0)), Err(Incomplete::Unsuitable(_))));
    assert!(Polynomial::new(2, vec![(2, vec![1.0; 3])]).is_err());
    assert!(Polynomial::new(2, vec![(1, vec![1.0, f64::NAN])]).is_err());
    assert!(Polynomial::new(9, vec![(7, vec![])]).is_err());
}

/// Shares of the energies of counted points at N = 2. The share of one landscape lies in [0, 1], so
/// that the mean of 1500 has a deviation of at most 0.013 and mostly less; a difference of 0.06 is
/// 4.6 of these largest ones. It would catch a law of the wrong variance.
#[test]
fn energies_follow_their_law() {
    for mixture in ["3:1", "1:2,4:1"] {
        let grid: Vec<f64> = (-4..=4).map(|i| 0.4 * f64::from(i)).collect();
        let law = expected_shares_below(&Mixture::parse(mixture).unwrap(), 2, &grid).unwrap();
        let mut below = vec![0.0; grid.len()];
        let (mut points, landscapes) = (0.0, 1500);
        for replicate in 0..landscapes {
            let (_, f) = sample(mixture, 2, replicate);
            for point in critical_points(&f, &mut paths(0)).unwrap().points {
                points += 1.0;
                for (below, u) in below.iter_mut().zip(&grid) {
                    *below += f64::from(point.value / 2_f64.sqrt() <= *u);
                }
            }
        }
        for ((below, law), u) in below.iter().zip(&law).zip(&grid) {
            assert!((below / points - law).abs() < 0.06, "{mixture}, u = {u}: {below} {law}");
        }
    }
}

/// The minima alone by their edges, against quadrature at N = 12: relative error of 40000 samples
/// about 1 %.
#[test]
fn sampled_minima_agree_with_quadrature() {
    for mixture in ["3:1", "1:9,3:1"] {
        let mixture = Mixture::parse(mixture).unwrap();
        let exact = hessian::spinglass::expected_by_index(&mixture, 8).unwrap()[0].ln();
        let mut rng = Streams::new(3, "minima", 0).stream("tridiagonal", "");
        let sampled = sampled_ln_minima(&mixture, 8, 40_000, &mut rng).unwrap();
        assert!((sampled - exact).abs() < 0.05, "{sampled} {exact}");
    }
}

/// Table values computed apart: 2 N at the beta where the paper's mixture has q = 1.
#[test]
fn the_paper_s_mixture_is_flat_at_the_trivialisation_beta() {
    for (p, beta) in [(4, 0.432_806_94), (5, 0.302_251_72), (10, 0.120_407_32), (100, 0.010_172_68)]
    {
        let found = hessian::depth::trivialisation_beta(p).unwrap();
        assert!((found - beta).abs() < 5.1e-9, "p = {p}: {found}");
        let law = hessian::depth::DepthLaw::new(p, found).unwrap();
        let terms: Vec<(usize, f64)> =
            (1..).zip(&law.epsilon).map(|(r, epsilon)| (r, epsilon * epsilon)).collect();
        let total = ln_expected_total(&Mixture::new(&terms).unwrap(), 7).unwrap().exp();
        assert!((total - 14.0).abs() < 1e-10, "p = {p}: {total}");
    }
    assert!(hessian::depth::trivialisation_beta(2).is_err());
}
