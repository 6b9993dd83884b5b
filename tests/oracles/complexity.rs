//! The complexity functions against brute force: the supremum on a grid, the integrals by the
//! midpoint rule, and the formulas written down plainly.

use hessian::spinglass::{
    Class, Mixture, algorithmic_energy, algorithmic_energy_with_field, class, edge_cost,
    edge_energy, g, level_energy, theta, theta_at_energy, threshold_energy,
};

fn mixture(terms: &[(usize, f64)]) -> Mixture {
    Mixture::new(terms).unwrap()
}

/// I_1(x) = 1/2 int_2^x sqrt(t^2 - 4) dt with t = 2 + w^2 and 4,000 midpoints.
fn cost(x: f64) -> f64 {
    if x <= 2.0 {
        return 0.0;
    }
    let (end, count) = ((x - 2.0).sqrt(), 4000);
    let h = end / f64::from(count);
    (0..count)
        .map(|i| {
            let w = (f64::from(i) + 0.5) * h;
            h * w * w * (4.0 + w * w).sqrt()
        })
        .sum()
}

#[test]
fn edge_cost_is_its_integral() {
    for x in [2.000001, 2.01, 2.2, 2.3, 3.0, 10.0, 1000.0] {
        let (found, expected) = (edge_cost(x), cost(x));
        assert!((found / expected - 1.0).abs() < 1e-6, "I({x}) = {found}, {expected}");
    }
    assert_eq!((edge_cost(2.0), edge_cost(-3.0)), (0.0, 0.0));
}

/// The supremum over x on a fine grid, E being the nearest allowed to kappa x. A grid of step h
/// misses a smooth maximum by less than its curvature times h^2.
fn supremum(mixture: &Mixture, u: f64, index: Option<usize>) -> f64 {
    let (first, second) = (mixture.nu_prime(), mixture.nu_second());
    let q = second / first;
    let kappa = first * second.sqrt() / (first + second);
    let stiffness = (first + second) / (2.0 * (second + first - first * first));
    let (start, copies) = match index {
        Some(k) => (2.0, k as f64 + 1.0),
        None => (0.0, 1.0),
    };
    (0..40_000)
        .map(|i| {
            let s = start + 1e-4 * f64::from(i);
            let gap = (u + kappa * s).min(0.0);
            let i_1 = if s <= 2.0 {
                0.0
            } else {
                s * (s * s - 4.0).sqrt() / 4.0 - (0.5 * (s + (s * s - 4.0).sqrt())).ln()
            };
            0.5 * q.ln()
                - (q - 1.0) * s * s / (4.0 * (q + 1.0))
                - copies * i_1
                - stiffness * gap * gap
        })
        .fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn rate_at_an_energy_is_the_supremum() {
    let mixtures: [&[(usize, f64)]; 5] = [
        &[(3, 0.5), (4, 0.5)],
        &[(2, 0.5), (3, 0.5)],
        &[(2, 0.9), (20, 0.1)],
        &[(1, 0.5), (3, 0.5)],
        // q < 1
        &[(1, 0.9), (3, 0.1)],
    ];
    for terms in mixtures {
        let mixture = mixture(terms);
        for index in [Some(0), Some(1), Some(7), None] {
            for step in 0..12 {
                let u = -0.2 * f64::from(step);
                let found = theta_at_energy(&mixture, u, index).unwrap();
                let expected = supremum(&mixture, u, index);
                assert!(
                    (found - expected).abs() < 1e-6,
                    "{terms:?}, index {index:?}: theta({u}) = {found}, {expected}"
                );
            }
        }
    }
}

/// A mixture that is nearly pure has nearly the pure model's rates, by the other formula.
#[test]
fn nearly_pure_is_nearly_pure() {
    let (pure, near) = (Mixture::pure(4).unwrap(), mixture(&[(4, 1.0), (5, 1e-12)]));
    for u in [-1.74, -1.79, -1.9, -3.0] {
        for index in [Some(0), Some(3), None] {
            let a = theta_at_energy(&pure, u, index).unwrap();
            let b = theta_at_energy(&near, u, index).unwrap();
            assert!((a - b).abs() < 1e-10, "theta({u}) = {a}, {b}");
        }
    }
}

/// Formulas as they stand, where nothing cancels.
#[test]
fn energies_follow_their_formulas() {
    let mixture = mixture(&[(2, 0.3), (5, 0.6), (7, 0.1)]);
    let (a, b): (f64, f64) = (0.6 + 3.0 + 0.7, 0.6 + 12.0 + 4.2);
    let close = |name: &str, found: f64, expected: f64, digits: f64| {
        assert!((found - expected).abs() < digits, "{name} {found}, {expected}");
    };
    close("theta", theta(&mixture).unwrap(), 0.5 * (b / a).ln() - (b - a) / (b + a), 1e-15);
    close("E_th", threshold_energy(&mixture).unwrap(), (b - a + a * a) / (a * b.sqrt()), 1e-14);
    close("E_edge", edge_energy(&mixture).unwrap(), 2.0 * a * b.sqrt() / (a + b), 1e-14);
    let plain = (b / a).ln() - (b - a) * (b - a + a * a) / (b * a * a);
    close("G", g(&mixture).unwrap(), plain, 1e-14);
    let half = theta_at_energy(&mixture, -threshold_energy(&mixture).unwrap(), None).unwrap();
    close("G/2, the total rate at -E_th", half, 0.5 * plain, 1e-13);
    let count = 100_000;
    let sum: f64 = (0..count)
        .map(|i| {
            let t = (f64::from(i) + 0.5) / f64::from(count);
            (0.6 + 12.0 * t.powi(3) + 4.2 * t.powi(5)).sqrt()
        })
        .sum();
    let found = algorithmic_energy(&mixture).unwrap().unwrap();
    close("E_ALG", found, sum / f64::from(count), 1e-9);
}

/// sqrt(nu'') = sqrt(p (p - 1)) t^(p/2 - 1) in a pure model; the mixture's integral is mpmath's, 25 digits of
/// a quadrature in -ln t. Within 1/p of t = 1 lies everything.
#[test]
fn algorithmic_energies_of_high_degrees_keep_their_digits() {
    let close = |what: &str, found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-13, "{what}: {found} instead of {expected}");
    };
    for p in [2, 3, 64, 1000, 13_000, 100_000, 10_000_000, 1 << 40, usize::MAX] {
        let found = algorithmic_energy(&Mixture::pure(p).unwrap()).unwrap().unwrap();
        close(&format!("p = {p}"), found, 2.0 * ((p as f64 - 1.0) / p as f64).sqrt());
    }
    for (low, weight, high, expected) in [
        (3, 0.5, 10_000, 2.565859954620474),
        (3, 0.0001, 10_000, 1.650937894433218),
        (3, 0.5, 1_000_000_000, 2.568914030298192),
        (2, 0.1, 1_000_000_000_000_000_000, 1.974096318533545),
    ] {
        let mixture = mixture(&[(low, 1.0 - weight), (high, weight)]);
        let found = algorithmic_energy(&mixture).unwrap().unwrap();
        close(&format!("{low} and {weight} of {high}"), found, expected);
    }
    // next to nothing beside a field: sqrt of the weight times 2 sqrt(1 - 1/r)
    let faint = mixture(&[(1, 1.0), (1_000_000_000_000, 1e-20)]);
    close(
        "faint",
        algorithmic_energy(&faint).unwrap().unwrap() * 1e10,
        2.0 * (1.0 - 1e-12_f64).sqrt(),
    );
    for (terms, expected) in [
        (vec![(1, 0.5), (1_000_000_000, 0.5)], 2.121320327138314),
        (vec![(1, 0.3), (3, 0.4), (1_000_000, 0.3)], 2.310773777709092),
        (vec![(1, 1.0), (2, 4.0), (3, 1.0)], 1.413480563614448),
    ] {
        let found = algorithmic_energy_with_field(&mixture(&terms)).unwrap();
        close(&format!("{terms:?} with its field"), found, expected);
    }
}

/// Of high degrees d = (q - 1)/(q + 1) is close to 1, where artanh d would lose the digits of q.
#[test]
fn high_degrees() {
    for degree in [21, 1_000, 1_000_001, 1_000_000_001] {
        let q = degree as f64 - 1.0;
        let expected = 0.5 * q.ln() - (q - 1.0) / (q + 1.0);
        let found = theta(&Mixture::pure(degree).unwrap()).unwrap();
        assert!((found - expected).abs() < 1e-15 * expected, "r = {degree}: {found}, {expected}");
    }
}

/// Near q = 1 the formulas cancel: theta = d^3/3 + d^5/5 + ..., d = (q - 1)/(q + 1).
#[test]
fn rates_keep_their_digits_near_q_1() {
    for weight in [1e-3, 1e-6, 1e-9] {
        let mixture = mixture(&[(2, 1.0 - weight), (3, weight)]);
        // q - 1 = 3 w/(2 + w), so d = 3 w/(4 + 5 w)
        let d: f64 = 3.0 * weight / (4.0 + 5.0 * weight);
        let expected = d.powi(3) / 3.0 + d.powi(5) / 5.0;
        let found = theta(&mixture).unwrap();
        assert!((found / expected - 1.0).abs() < 1e-6 * weight + 1e-12, "{found}, {expected}");
        // theta at E_edge is theta; the annealed ground state lies just below
        let ground = level_energy(&mixture, 0).unwrap();
        let edge = edge_energy(&mixture).unwrap();
        assert!(ground > edge && ground - edge < weight, "{ground}, {edge}");
    }
}

#[test]
fn classes_follow_q_and_g() {
    let of = |terms: &[(usize, f64)]| class(&mixture(terms));
    assert_eq!(of(&[(3, 2.0)]), Class::Pure);
    assert_eq!(of(&[(2, 1.0)]), Class::Pure);
    assert_eq!(of(&[(3, 0.5), (4, 0.5)]), Class::PureLike);
    assert_eq!(of(&[(2, 1.0), (3, 1e-4)]), Class::PureLike);
    assert_eq!(of(&[(2, 0.9), (20, 0.1)]), Class::Full);
    // q = 1 and so G = 0: 1 (1 - w) = 3 w
    assert_eq!(of(&[(1, 0.75), (3, 0.25)]), Class::Critical);
    assert_eq!(of(&[(1, 0.8), (3, 0.2)]), Class::Trivial);
    assert_eq!(of(&[(1, 1.0)]), Class::Trivial);
}

/// q < 1: one minimum, at the replica-symmetric energy sqrt(nu'), where theta_0 leaves 0; the energy
/// of algorithms is the same. At q = 1 both sides meet.
#[test]
fn trivial_landscapes_have_the_replica_symmetric_ground_state() {
    for w in [0.05, 0.15, 0.249] {
        let mixture = mixture(&[(1, 1.0 - w), (3, w)]);
        let energy = (1.0 + 2.0 * w).sqrt();
        assert!((level_energy(&mixture, 0).unwrap() - energy).abs() < 1e-15);
        assert!((algorithmic_energy_with_field(&mixture).unwrap() - energy).abs() < 1e-15);
        assert_eq!(level_energy(&mixture, 1), None);
        assert_eq!(theta(&mixture), None);
        let rate = |u: f64| theta_at_energy(&mixture, u, Some(0)).unwrap();
        assert_eq!(rate(-energy + 1e-9), 0.0);
        assert!(rate(-energy - 1e-3) < 0.0);
        assert!(theta_at_energy(&mixture, 0.0, Some(1)).unwrap() < 0.0);
    }
    let above = mixture(&[(1, 0.75 - 1e-9), (3, 0.25 + 1e-9)]);
    let energy = algorithmic_energy_with_field(&above).unwrap();
    assert!((energy - 1.5_f64.sqrt()).abs() < 1e-8, "{energy}");
}
