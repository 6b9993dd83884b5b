//! Expected numbers of critical points in the lowest bands: sampled, against integrals over all
//! eigenvalues of small matrices and against the exact total at large N.

use hessian::random::Streams;
use hessian::spinglass::{
    Mixture, SampledLn, expected_shares_below, ln_expected_total, sampled_ln_below,
};

fn sampled(p: usize, n: usize, index: usize, energy: f64, samples: usize) -> SampledLn {
    let mut rng = Streams::new(1, "bands", 0).stream("tridiagonal", &format!("{p} {n} {index}"));
    sampled_ln_below(&Mixture::pure(p).unwrap(), n, index, energy, samples, &mut rng).unwrap()
}

/// N = 3: the eigenvalue that counts is -(X + a), its neighbours b and c away. In each of the two
/// orders the integrand is smooth, and the midpoint rule in t, variable t^2, converges fast.
fn exact_at_3(p: usize, index: usize, energy: f64) -> f64 {
    const STEPS: usize = 150;
    let p = p as f64;
    let edge = 2.0 * ((p - 1.0) / p).sqrt();
    let x = -2.0 * energy / edge * 3_f64.sqrt();
    let c = (p - 2.0) / (4.0 * p);
    // beyond t = 4, t^2 = 16, nothing is left of exp(-l^2/4)
    let nodes: Vec<(f64, f64)> = (0..STEPS)
        .map(|i| {
            let h = 4.0 / STEPS as f64;
            let t = (i as f64 + 0.5) * h;
            (t * t, 2.0 * t * h)
        })
        .collect();
    let mut sum = 0.0;
    for (a, of_a) in &nodes {
        let value = -(x + a);
        for (b, of_b) in &nodes {
            for (d, of_d) in &nodes {
                let (first, last) = match index {
                    0 => (value + b, value + b + d),
                    _ => (value - b, value + d),
                };
                let gaps = (value - first).abs() * (value - last).abs() * (first - last).abs();
                let squares = value * value + first * first + last * last;
                let weight = (-0.25 * squares - c * value * value).exp();
                sum += of_a * of_b * of_d * gaps * weight;
            }
        }
    }
    // Z_3 = 8 (2 pi)^{3/2} Gamma(2) Gamma(5/2)/Gamma(3/2)^2, with 3! orders of the eigenvalues
    let pi = std::f64::consts::PI;
    let norm = 8.0 * (2.0 * pi).powf(1.5) * 1.5 / (0.5 * pi.sqrt());
    2.0 * 2_f64.sqrt() * (p - 1.0).powf(1.5) / p.sqrt() * 6.0 * sum / norm
}

/// Five standard errors, wrong once in a million; 200000 samples make them about 1 % at index 1.
#[test]
fn three_spins_agree_with_the_integral_over_all_eigenvalues() {
    for (p, energy) in [(3, -1.8), (10, -2.1), (10, -2.6)] {
        for index in [0, 1] {
            let exact = exact_at_3(p, index, energy).ln();
            let SampledLn { value, standard_error } = sampled(p, 3, index, energy, 200_000);
            assert!(standard_error < 0.03, "{standard_error}");
            let allowed = 5.0 * standard_error + 2e-3;
            assert!(
                (value - exact).abs() < allowed,
                "p {p}, index {index}, below {energy}: {value}, {exact}, {allowed}"
            );
        }
    }
}

/// Another independent route to larger N, for index 1 above all: printed by
/// `python3 tests/oracles/kac_rice_by_index.py`. Five standard errors.
#[test]
fn ten_spins_agree_with_ordered_integrals() {
    for (p, n, energy, exact) in [
        (3, 3, -1.8, [-2.817727229, -9.439733447]),
        (10, 3, -2.1, [-3.238414999, -9.748826446]),
        (3, 6, -1.8, [-3.260423533, -9.919249909]),
        (10, 6, -2.1, [-3.20595833, -9.766281224]),
        (10, 10, -2.07, [-2.646852367, -9.244777938]),
        (10, 10, -2.1, [-3.135320736, -10.03116878]),
    ] {
        for (index, exact) in exact.into_iter().enumerate() {
            let SampledLn { value, standard_error } = sampled(p, n, index, energy, 200_000);
            assert!(standard_error < 0.04, "{standard_error}");
            let allowed = 5.0 * standard_error + 2e-3;
            assert!(
                (value - exact).abs() < allowed,
                "p {p}, N {n}, index {index}, below {energy}: {value}, {exact}, {allowed}"
            );
        }
    }
}

/// Low enough, nearly all critical points are minima; the rest are nearly all of index 1. Five standard
/// errors.
#[test]
fn indices_add_up_to_the_exact_number() {
    for (n, energy, samples) in [(10, -1.95, 40_000), (50, -2.0, 40_000), (400, -2.09, 10_000)] {
        let mixture = Mixture::pure(10).unwrap();
        let share = expected_shares_below(&mixture, n, &[energy]).unwrap()[0];
        let exact = ln_expected_total(&mixture, n).unwrap() + share.ln();
        let (zero, one) = (sampled(10, n, 0, energy, samples), sampled(10, n, 1, energy, samples));
        let sum = zero.value.exp() + one.value.exp();
        let errors = zero.standard_error.hypot(one.standard_error * one.value.exp() / sum);
        // two or more eigenvalues beyond the second are rarer still
        let rest = (one.value - zero.value).exp().powi(2);
        let allowed = 5.0 * errors + rest + 1e-3;
        assert!(allowed < 0.3, "N {n}: {allowed}");
        assert!((sum.ln() - exact).abs() < allowed, "N {n}: {}, {exact}, {allowed}", sum.ln());
    }
}

#[test]
fn what_it_cannot_count_is_refused() {
    let mixture = |word: &str| Mixture::parse(word).unwrap();
    let ask = |word: &str, n: usize, index: usize, energy: f64, samples: usize| {
        let mut rng = Streams::new(1, "bands", 0).stream("tridiagonal", "");
        sampled_ln_below(&mixture(word), n, index, energy, samples, &mut rng)
    };
    assert!(ask("10:1", 10, 1, -2.1, 2).is_ok());
    for (word, n, index, energy, samples, expected) in [
        ("3:1,4:1", 10, 0, -2.1, 9, "expected a pure model"),
        ("1:1", 10, 0, -2.1, 9, "expected a pure model"),
        ("10:1", 10, 2, -2.1, 9, "found index 2"),
        ("10:1", 2, 1, -2.1, 9, "N = 2"),
        ("10:1", 10, 0, -2.1, 1, "1 samples"),
        ("10:1", 10, 0, -1.5, 9, "below -E_inf"),
        ("10:1", 10, 0, -1.9, 9, "below -E_inf"),
        ("10:1", 10, 0, -200.0, 9, "between -189"),
        ("10:1", 10, 0, f64::NAN, 9, "below -E_inf"),
        ("10:1", 100_000, 0, -2.1, 9, "2000"),
    ] {
        let message = ask(word, n, index, energy, samples).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
