//! Expected numbers of critical points against closed forms and an independent program.

use hessian::spinglass::{Mixture, expected_by_index, ln_expected_total, sampled_by_index};

/// A mixture with nu''/nu' = q: of degrees 1 and 3 below 6/3, else of 2 and 1000.
fn with_q(q: f64) -> Mixture {
    let (low, high) = if q < 2.0 { (1.0, 3.0) } else { (2.0, 20_000.0) };
    // w high (high - 1) + (1 - w) low (low - 1) = q (w high + (1 - w) low)
    let weight = low * (q - (low - 1.0)) / (high * (high - 1.0 - q) + low * (q - (low - 1.0)));
    let mixture = Mixture::new(&[(low as usize, 1.0 - weight), (high as usize, weight)]).unwrap();
    assert!((mixture.q() / q - 1.0).abs() < 1e-11, "{}", mixture.q());
    mixture
}

fn total(mixture: &Mixture, dimension: usize) -> f64 {
    ln_expected_total(mixture, dimension).unwrap().exp()
}

const QS: [f64; 9] = [1e-12, 1e-3, 0.25, 0.8, 1.0 - 1e-9, 1.0, 1.5, 100.0, 1e4];

/// N = 2: a stationary Gaussian trigonometric polynomial has 2 sqrt(lambda_4/lambda_2) =
/// 2 sqrt(1 + 3 q) extrema. N = 3: 2 + 8 q^{3/2}/sqrt(1 + 3 q).
#[test]
fn circle_and_sphere_have_closed_forms() {
    for q in QS {
        let mixture = with_q(q);
        let q = mixture.q();
        let circle = 2.0 * (1.0 + 3.0 * q).sqrt();
        let found = total(&mixture, 2);
        assert!((found / circle - 1.0).abs() < 1e-11, "q {q}, N 2: {found}, {circle}");
        // N = 3: maxima and minima are one more than half of the saddles (Euler)
        let sphere = 2.0 + 8.0 * q.powf(1.5) / (1.0 + 3.0 * q).sqrt();
        let found = total(&mixture, 3);
        assert!((found / sphere - 1.0).abs() < 1e-11, "q {q}, N 3: {found}, {sphere}");
        let by_index = expected_by_index(&mixture, 3).unwrap();
        let saddles = 4.0 * q.powf(1.5) / (1.0 + 3.0 * q).sqrt();
        for (found, expected) in
            by_index.iter().zip([1.0 + 0.5 * saddles, saddles, 1.0 + 0.5 * saddles])
        {
            assert!((found / expected - 1.0).abs() < 1e-10, "q {q}: {found}, {expected}");
        }
    }
}

#[test]
fn q_1_has_two_points_of_each_index() {
    for mixture in [Mixture::pure(2).unwrap(), Mixture::new(&[(1, 0.75), (3, 0.25)]).unwrap()] {
        for n in [2, 5, 8, 50, 200] {
            let found = total(&mixture, n);
            assert!((found / (2.0 * n as f64) - 1.0).abs() < 1e-11, "N {n}: {found}");
        }
        for n in [2, 3, 6, 9] {
            for count in expected_by_index(&mixture, n).unwrap() {
                assert!((count - 2.0).abs() < 1e-11, "N {n}: {count}");
            }
        }
    }
}

/// Euler's characteristic of the sphere, the symmetry H -> -H, and the total by the other route.
#[test]
fn indices_add_up() {
    for q in QS {
        let mixture = with_q(q);
        for n in [2, 4, 5, 6, 9] {
            let counts = expected_by_index(&mixture, n).unwrap();
            let largest = counts.iter().fold(0.0_f64, |a, b| a.max(*b));
            let sum: f64 = counts.iter().sum();
            let euler: f64 = counts.iter().rev().fold(0.0, |sum, count| count - sum);
            let expected = if n.is_multiple_of(2) { 0.0 } else { 2.0 };
            assert!((euler - expected).abs() < 1e-11 * largest.max(1.0), "q {q}, N {n}: {euler}");
            assert!((sum / total(&mixture, n) - 1.0).abs() < 1e-11, "q {q}, N {n}: {sum}");
            for (count, mirrored) in counts.iter().zip(counts.iter().rev()) {
                // small counts, too, keep their relative precision
                assert!((count / mirrored - 1.0).abs() < 1e-10, "q {q}, N {n}: {counts:?}");
            }
        }
    }
}

/// The trapezoidal rule in 60 digits: printed by `python3 tests/oracles/kac_rice.py`.
#[test]
fn totals_agree_with_sixty_digits() {
    for (q, n, expected) in [
        (2.0, 6, 50.87313651725071),
        (0.5, 40, 2.268_436_126_836_053),
        (5.0, 41, 2145453393322259.3),
        (99.0, 30, 1.4930327022077345e30),
        (9999.0, 20, 1.3901547212619975e39),
        (2.0, 100, 35570700500665718.0),
        (2.0, 199, 4.0152515531411363e31),
        (3.0, 200, 1.638_662_023_199_094e49),
        (0.01, 25, 2.0000000000000004),
        (1.05, 60, 375.55012945375138),
    ] {
        let mixture = with_q(q);
        // the total grows as q^{N/2}: what the mixture misses of q by rounding counts N/2 times
        let power = (q / mixture.q()).powf(0.5 * n as f64);
        let found = total(&mixture, n) * power;
        assert!((found / expected - 1.0).abs() < 1e-11, "q {q}, N {n}: {found}, {expected}");
    }
}

/// A route without determinants or Hermite functions, over the joint density of the Hessian's eigenvalues
/// and the radial derivative: printed by `python3 tests/oracles/kac_rice_by_index.py`.
#[test]
fn counts_by_index_agree_with_ordered_integrals() {
    let cases: [(f64, usize, &[f64]); 8] = [
        (2.0, 3, &[3.138089935299396, 4.276179870598791]),
        (0.25, 4, &[1.129153861524806, 0.2105952079811149]),
        (3.0, 4, &[5.481302275568148, 10.77280489769733]),
        (2.0, 5, &[3.999812016114971, 7.374228552359139, 8.74883307248834]),
        (0.5, 6, &[1.28803120360057, 0.4590451774145836, 0.3174956463672769]),
        (2.0, 6, &[4.411781064996692, 8.991248282916262, 12.03353891071241]),
        (5.0, 6, &[20.88493440374659, 72.91495302043958, 123.7059719508139]),
        (2.0, 8, &[5.235448516867826, 12.47491649912266, 19.83450112665713, 24.50112688098794]),
    ];
    for (q, n, expected) in cases {
        let found = expected_by_index(&with_q(q), n).unwrap();
        for (index, expected) in expected.iter().enumerate() {
            let ratio = found[index] / expected;
            assert!((ratio - 1.0).abs() < 1e-10, "q {q}, N {n}, index {index}: {found:?}");
        }
    }
}

/// The limit of large N: 4 sqrt(2N/pi) q^{N/2}/sqrt(q - 1) (1 + O(1/N)) for q > 1.
#[test]
fn large_dimensions_follow_the_asymptotic_law() {
    let mixture = with_q(1.9);
    let ratio = |n: usize| {
        let n_real = n as f64;
        let leading = (4.0 * (2.0 * n_real / std::f64::consts::PI).sqrt() / 0.9_f64.sqrt()).ln()
            + 0.5 * n_real * mixture.q().ln();
        (ln_expected_total(&mixture, n).unwrap() - leading).exp() - 1.0
    };
    // the correction falls as 1/N
    let (at_200, at_1600) = (ratio(200), ratio(1600));
    assert!(
        at_200.abs() < 0.02 && (8.0 * at_1600 / at_200 - 1.0).abs() < 0.02,
        "{at_200} {at_1600}"
    );
}

/// Sampling against quadrature at N = 12, where both reach: every index within 6 of its standard
/// errors, which are at most 4 % each. By chance this fails with probability below 1e-7; it catches
/// a bias of a quarter of a count.
#[test]
fn sampled_counts_agree_with_quadrature() {
    for mixture in [Mixture::pure(3).unwrap(), Mixture::pure(101).unwrap(), with_q(0.5)] {
        let exact = expected_by_index(&mixture, 12).unwrap();
        let sampled = sampled_by_index(&mixture, 12, 20_000, 1).unwrap();
        for (index, exact) in exact.iter().enumerate() {
            let (found, error) = (sampled.counts[index], sampled.standard_errors[index]);
            assert!(error < 0.04 * exact, "index {index}: {found} +- {error}, {exact}");
            assert!(
                (found - exact).abs() < 6.0 * error,
                "index {index}: {found} +- {error}, {exact}"
            );
        }
    }
}

/// For q < 1 minima hang on one eigenvalue far outside, which samples rarely hold; the total gives them. At
/// N = 12 quadrature reaches as well: minima within 6 standard errors, each at most 1 %, and index 1 within
/// 6 of its own. At N = 21 the numbers by index alternate to the sphere's Euler characteristic 2. By chance
/// this fails with probability below 1e-7.
#[test]
fn minima_of_strong_fields_are_what_other_indices_leave() {
    for q in [0.02, 0.11, 0.3, 0.9] {
        let exact = expected_by_index(&with_q(q), 12).unwrap();
        let sampled = sampled_by_index(&with_q(q), 12, 10_000, 5).unwrap();
        assert!(sampled.standard_errors[0] < 0.01 * exact[0], "{sampled:?}");
        for index in [0, 1] {
            let (found, error) = (sampled.counts[index], sampled.standard_errors[index]);
            assert!(
                (found - exact[index]).abs() < 6.0 * error,
                "q = {q}: {found} +- {error}, {exact:?}"
            );
        }
        let sampled = sampled_by_index(&with_q(q), 21, 10_000, 5).unwrap();
        let sign = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        let euler: f64 = sampled.counts.iter().enumerate().map(|(k, c)| sign(k) * c).sum();
        let squares: f64 = sampled.standard_errors.iter().map(|error| 4.0 * error * error).sum();
        assert!((euler - 2.0).abs() < 6.0 * squares.sqrt(), "q = {q}: {euler}");
    }
}

/// Linear, or so nearly that all counts but those of the minimum and the maximum underflow.
#[test]
fn next_to_nothing_but_a_field_leaves_a_minimum_and_a_maximum() {
    for weight in [0.0, 1e-50, 1e-30, 1e-17, 1e-15, 1e-6] {
        let mixture = Mixture::new(&[(1, 1.0), (3, weight)]).unwrap();
        for n in [2, 5, 13, 100] {
            let counts = match n {
                2 | 5 => expected_by_index(&mixture, n).unwrap(),
                _ => sampled_by_index(&mixture, n, 1000, 5).unwrap().counts,
            };
            for (k, count) in counts.iter().enumerate() {
                let expected = f64::from(k == 0) + f64::from(k + 1 == n);
                let apart = (count - expected).abs();
                // 2 sqrt(1 + 3 q) in all at N = 2, so 3/2 q more of each; the more spins, the fewer
                assert!(apart < 1.5 * mixture.q() + 1e-12, "{weight}, {n}: {counts:?}");
            }
        }
    }
}

/// More threads give the same bits.
#[test]
fn sampled_counts_do_not_depend_on_threads() {
    let mixture = Mixture::pure(3).unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| sampled_by_index(&mixture, 15, 1000, 7).unwrap())
    };
    assert_eq!(with(1), with(3));
}
