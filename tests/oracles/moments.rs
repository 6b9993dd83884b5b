//! Traces, norms and log-determinants from products against the matrices themselves.

use hessian::network::{Batch, BatchTargets, Description, Hessian, Normalization};
use hessian::network::{Point, Program, State};
use hessian::operator::Dense;
use hessian::random::{Stream, Streams};
use hessian::spectrum::{exact, materialise, rademacher, slq, xtrace};
use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};

fn stream(role: &str) -> Stream {
    Streams::new(1, "moments", 0).stream(role, "")
}

/// The Gaussian orthogonal ensemble with semicircle [-2, 2]: variances 1/n beside the diagonal, 2/n on
/// it.
fn goe(n: usize, role: &str) -> DMatrix<f64> {
    let mut rng = stream(role);
    let mut a = DMatrix::from_fn(n, n, |_, _| StandardNormal.sample(&mut rng));
    a = (&a + a.transpose()) / (2.0 * n as f64).sqrt();
    a
}

/// An orthogonal projection onto the span of some columns, by nalgebra's QR.
fn projection(columns: &DMatrix<f64>) -> DMatrix<f64> {
    let q = columns.clone().qr().q();
    &q * q.transpose()
}

/// What XTrace should give, written out with explicit projections: one more route through no shared
/// code. `probe` is what probe i gives for trace and squared norm without the images of some.
fn written_out(a: &DMatrix<f64>, probes: &DMatrix<f64>) -> [[f64; 2]; 2] {
    let (images, m) = (a * probes, probes.ncols());
    let probe = |i: usize, without: &[usize]| {
        let others: Vec<usize> = (0..m).filter(|k| !without.contains(k)).collect();
        let onto = projection(&images.select_columns(&others));
        let left = probes.column(i) - &onto * probes.column(i);
        let trace = (&onto * a).trace() + (left.transpose() * a * &left)[0];
        [trace, (a * &onto).norm_squared() + (a * &left).norm_squared()]
    };
    [0, 1].map(|which| {
        let alone: Vec<f64> = (0..m).map(|i| probe(i, &[i])[which]).collect();
        let mean = alone.iter().sum::<f64>() / m as f64;
        let pairs = (m * (m - 1)) as f64;
        let square = alone.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / pairs;
        let mut covariance = 0.0;
        for i in 0..m {
            for j in (0..m).filter(|j| *j != i) {
                let (here, there) = (probe(i, &[i, j])[which], probe(j, &[i, j])[which]);
                covariance += (alone[i] - here) * (alone[j] - there) / pairs;
            }
        }
        let most = if m > 3 { 2.0 * square * m as f64 / (m - 3) as f64 } else { f64::INFINITY };
        [mean, (square + covariance.clamp(0.0, most)).sqrt()]
    })
}

#[test]
fn xtrace_is_the_mean_of_its_leave_one_out_estimates() {
    for m in [2, 7] {
        let n = 60;
        let mut a = goe(n, "leave one out");
        // outliers, so that the sketch matters
        let u = DVector::from_fn(n, |i, _| (i as f64).sin());
        a += &u * u.transpose();
        let a = (&a + a.transpose()) / 2.0;
        let probes = rademacher(&mut stream("probes"), n, m);
        let [trace, square] = written_out(&a, &probes);
        let found = xtrace(&Dense::new(a).unwrap(), &probes, 0.95).unwrap();
        for (found, expected) in [
            (found.trace.value, trace[0]),
            (found.trace_error, trace[1]),
            (found.frobenius_squared.value, square[0]),
            (found.frobenius_squared_error, square[1]),
        ] {
            // products, projections and the inverse of a well-conditioned R round at some n u |A|^2
            assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
        }
        assert_eq!(found.products, 2 * m as u64);
    }
}

/// Standard errors are neither too small nor too large: over 400 draws of ten probes, on spectra that
/// decay as 1/k and as 0.8^k (where s / sqrt(m) is too small by 1.4), the mean square of the error over
/// the mean of the squared standard error lies between 0.7 and 1.4. With nine outliers, as many as nine of the
/// ten images hold, single pairs of probes look as if they had much in common: the bound on that leaves
/// standard errors too large by up to sqrt 2. The variance of a ratio of two
/// such means of 400 with kurtosis up to 9 is below 0.03: by chance it fails with probability below
/// 1 %, once for the fixed seeds; 1.4^2 = 2 would be caught.
#[test]
fn xtrace_knows_its_error() {
    let (n, m, draws) = (120, 10, 400);
    let rotation = goe(n, "rotation").symmetric_eigen().eigenvectors;
    for (name, least, value) in [
        ("1/k", 0.7, (|k| 1.0 / (k as f64 + 1.0)) as fn(usize) -> f64),
        ("0.8^k", 0.7, |k| 0.8_f64.powi(k as i32)),
        ("outliers", 0.5, |k| if k < 9 { 10.0 - k as f64 } else { 0.02 * (k as f64).cos() }),
    ] {
        let values = DVector::from_fn(n, |k, _| value(k));
        let a = &rotation * DMatrix::from_diagonal(&values) * rotation.transpose();
        let a = Dense::new((&a + a.transpose()) / 2.0).unwrap();
        let truth = [values.sum(), values.norm_squared()];
        let (mut errors, mut spreads) = ([0.0; 2], [0.0; 2]);
        let mut rng = stream("many probes");
        for _ in 0..draws {
            let found = xtrace(&a, &rademacher(&mut rng, n, m), 0.95).unwrap();
            for (which, (estimate, spread)) in [
                (found.trace, found.trace_error),
                (found.frobenius_squared, found.frobenius_squared_error),
            ]
            .into_iter()
            .enumerate()
            {
                errors[which] += (estimate.value - truth[which]).powi(2);
                spreads[which] += spread * spread;
            }
        }
        for (error, spread) in errors.into_iter().zip(spreads) {
            let ratio = error / spread;
            assert!((least..1.4).contains(&ratio), "{name}: {ratio}");
        }
    }
}

/// Of rank below the number of probes nothing is left to chance, nor of rank zero.
#[test]
fn xtrace_is_exact_on_matrices_of_small_rank() {
    let (n, m) = (50, 6);
    let probes = rademacher(&mut stream("small rank"), n, m);
    for rank in [0, 1, 3, 5] {
        let mut a = DMatrix::zeros(n, n);
        for k in 0..rank {
            let u = DVector::from_fn(n, |i, _| ((k + 2) as f64 * i as f64).cos());
            a += &u * u.transpose() * (1.0 - 2.0 * (k % 2) as f64);
        }
        let a = (&a + a.transpose()) / 2.0;
        let (trace, square) = (a.trace(), a.norm_squared());
        let found = xtrace(&Dense::new(a).unwrap(), &probes, 0.95).unwrap();
        let unit = 1e-11 * square.max(1e-300);
        assert!((found.trace.value - trace).abs() <= unit, "rank {rank}: {}", found.trace.value);
        assert!((found.frobenius_squared.value - square).abs() <= unit * 10.0, "rank {rank}");
        assert!(found.trace_error <= unit && found.frobenius_squared_error <= 10.0 * unit);
    }
}

/// With as many products as dimensions the matrix itself is read.
#[test]
fn xtrace_of_a_small_matrix_is_its_trace() {
    for n in [1, 2, 9, 20] {
        let a = goe(n, "small");
        let probes = rademacher(&mut stream("few"), n, 10);
        let found = xtrace(&Dense::new(a.clone()).unwrap(), &probes, 0.95).unwrap();
        assert_eq!((found.trace.value, found.trace_error), (a.trace(), 0.0));
        assert!((found.frobenius_squared.value - a.norm_squared()).abs() < 1e-12);
        assert_eq!(found.products, n as u64);
    }
}

/// The eigenvalues of one GOE matrix against the semicircle: the number below x is n F(x) up to a bias
/// below 1 and fluctuations of variance log(n) / pi^2 (Gustavsson 2005; O'Rourke 2010), 0.76^2 here. A
/// bound of 7 is more than 7 deviations: it fails by chance with probability below 1e-9, and catches
/// a distribution function off by 0.018.
#[test]
fn goe_has_the_semicircle() {
    let n = 400;
    let spectrum = exact(&Dense::new(goe(n, "semicircle")).unwrap(), 1 << 30).unwrap();
    let below = |x: f64| {
        let x = x.clamp(-2.0, 2.0);
        0.5 + (x * (4.0 - x * x).sqrt() / 4.0 + (x / 2.0).asin()) / std::f64::consts::PI
    };
    for (i, value) in spectrum.eigenvalues.iter().enumerate() {
        let off = (i as f64 + 0.5 - n as f64 * below(*value)).abs();
        assert!(off < 7.0, "eigenvalue {i}, {value}: {off} eigenvalues off");
    }
}

/// A small residual network with batch norm, its Hessian and seven samples.
fn network(check: impl FnOnce(&Hessian<'_, '_, f64>, usize)) {
    let text = r#"
        input = 3
        loss = "cross_entropy"
        layers = [{ kind = "linear", out = 4 },
                  { kind = "residual", scale = { learned = 0.7 },
                    branch = [{ kind = "linear", out = 4 }, { kind = "batch_norm" }, { kind = "tanh" }] },
                  { kind = "linear", out = 3 }]"#;
    let program = Program::new(&Description::from_toml(text).unwrap()).unwrap();
    let state = State::<f64>::initial(&program, &mut stream("weights"));
    let mut rng = stream("inputs");
    let batch = Batch {
        features: 3,
        samples: 7,
        inputs: (0..21).map(|_| StandardNormal.sample(&mut rng)).collect(),
        targets: BatchTargets::Classes(vec![0, 1, 2, 0, 1, 2, 2]),
    };
    let point =
        Point::new(&program, &state, Normalization::Batch, &batch).unwrap().with_curvature();
    check(&Hessian(&point), program.parameters());
}

/// Over all coordinates as probes m nodes give tr H^k exactly up to k = 2m - 1, and no further.
#[test]
fn quadrature_moments_are_traces_of_powers_of_a_network_hessian() {
    network(|operator, n| {
        let (matrix, _) = materialise(operator).unwrap();
        let size = matrix.norm();
        for m in 1..5 {
            let spectrum = slq(operator, &DMatrix::identity(n, n), m).unwrap();
            let mut power = DMatrix::<f64>::identity(n, n);
            for k in 0..=2 * m as i32 {
                let trace: f64 = power.trace();
                let found = spectrum.sum(|node| node.powi(k), 0.95).value;
                let off = (found - trace).abs() / (n as f64 * size.powi(k));
                if k < 2 * m as i32 {
                    assert!(off < 1e-13, "{m} nodes, power {k}: {found}, not {trace}");
                } else {
                    // the even moment beyond is too small by a positive remainder
                    assert!(found < trace && off > 1e-9, "{m} nodes, power {k}: {off:e}");
                }
                power *= &matrix;
            }
        }
    });
}

/// ln det(H + c) by quadrature over all coordinates against nalgebra's LU; a shift that leaves an
/// eigenvalue below zero is refused.
#[test]
fn log_determinant_is_that_of_the_shifted_matrix() {
    network(|operator, n| {
        let (matrix, _) = materialise(operator).unwrap();
        let least = matrix.clone().symmetric_eigenvalues().min();
        assert!(least < 0.0, "the network's Hessian is indefinite");
        let spectrum = slq(operator, &DMatrix::identity(n, n), n).unwrap();
        for shift in [1.0 - least, 10.0] {
            let shifted = &matrix + DMatrix::identity(n, n) * shift;
            let expected = shifted.lu().determinant().ln();
            let found = spectrum.log_determinant(shift, 0.95).unwrap().value;
            assert!((found - expected).abs() < 1e-10 * expected.abs().max(1.0), "{found}");
        }
        assert!(spectrum.log_determinant(-least / 2.0, 0.95).is_err());
    });
}
