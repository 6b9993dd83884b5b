//! Energy, gradient and Hessian of a sampled Hamiltonian against the tensors written out in full,
//! against central differences and against Euler's identities.

use hessian::operator::{Dense, SymmetricOperator, product};
use hessian::random::Streams;
use hessian::spectrum::exact;
use hessian::spinglass::{Hamiltonian, Mixture, RiemannianHessian, TangentSpace};
use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, StandardNormal};

fn glass(terms: &[(usize, f64)], n: usize) -> Hamiltonian {
    Hamiltonian::sample(&Mixture::new(terms).unwrap(), n, &Streams::new(1, "oracles", 0)).unwrap()
}

fn point(n: usize, key: &str) -> DVector<f64> {
    let mut rng = Streams::new(2, "oracles", 0).stream("point", key);
    let s = DVector::from_fn(n, |_, _| StandardNormal.sample(&mut rng));
    let norm: f64 = DVector::norm(&s);
    s * ((n as f64).sqrt() / norm)
}

/// All degrees together, and each alone.
fn mixtures() -> Vec<Vec<(usize, f64)>> {
    let mut all: Vec<_> = (1..=6).map(|r| vec![(r, 1.0)]).collect();
    all.push((1..=6).map(|r| (r, 1.0 / r as f64)).collect());
    all
}

/// The sum over all N^r tuples in any order, whose coefficients share a sorted tuple's evenly.
#[test]
fn full_tensors() {
    let n = 4;
    let s = point(n, "full");
    for terms in mixtures() {
        let glass = glass(&terms, n);
        let mut sorted = std::collections::BTreeMap::new();
        glass.for_each_coefficient(|tuple, coefficient| {
            assert!(sorted.insert(tuple.to_vec(), coefficient).is_none(), "{tuple:?} twice");
        });
        let (mut energy, mut gradient) = (0.0, DVector::zeros(n));
        let mut hessian = DMatrix::zeros(n, n);
        for (r, _) in &terms {
            let tuples: Vec<Vec<usize>> = (0..n.pow(*r as u32))
                .map(|code| (0..*r).map(|place| code / n.pow(place as u32) % n).collect())
                .collect();
            let key = |tuple: &Vec<usize>| {
                let mut key = tuple.clone();
                key.sort_by(|a, b| b.cmp(a));
                key
            };
            let mut orders = std::collections::BTreeMap::new();
            for tuple in &tuples {
                *orders.entry(key(tuple)).or_insert(0.0) += 1.0;
            }
            for tuple in &tuples {
                let share = sorted[&key(tuple)] / orders[&key(tuple)];
                let without = |skip: &[usize]| -> f64 {
                    let places = (0..*r).filter(|place| !skip.contains(place));
                    places.map(|place| s[tuple[place]]).product()
                };
                energy += share * without(&[]);
                for a in 0..*r {
                    gradient[tuple[a]] += share * without(&[a]);
                    for b in (0..*r).filter(|b| *b != a) {
                        hessian[(tuple[a], tuple[b])] += share * without(&[a, b]);
                    }
                }
            }
        }
        let (found, slope) = glass.energy_and_gradient(&s);
        assert!((found - energy).abs() < 1e-12, "{terms:?}: {found} is not {energy}");
        assert!((&slope - &gradient).amax() < 1e-12, "{terms:?}: {slope} is not {gradient}");
        let matrix = glass.hessian(&s);
        assert!((&matrix - &hessian).amax() < 1e-12, "{terms:?}: {matrix} is not {hessian}");
        let (found, slope, matrix) = glass.energy_gradient_and_hessian(&s);
        assert!((found - energy).abs() < 1e-12, "{terms:?}: {found} is not {energy}");
        assert!((&slope - &gradient).amax() < 1e-12, "{terms:?}: {slope} is not {gradient}");
        assert!((&matrix - &hessian).amax() < 1e-12, "{terms:?}: {matrix} is not {hessian}");
    }
}

/// Sizes around the width of a partial sum, so that whole blocks and rests are met.
#[test]
fn euler_differences_and_products() {
    for terms in mixtures() {
        let degrees: Vec<f64> = terms.iter().map(|term| term.0 as f64).collect();
        for n in [2, 3, 7, 17, 23] {
            let glass = glass(&terms, n);
            let (s, v) = (point(n, "at"), point(n, "along"));
            let (energy, gradient) = glass.energy_and_gradient(&s);
            let hessian = glass.hessian(&s);
            let scale = 1.0 + hessian.amax() * (n * n) as f64;
            if let [r] = degrees[..] {
                assert!((gradient.dot(&s) - r * energy).abs() < 1e-12 * scale);
                assert!((&hessian * &s - (r - 1.0) * &gradient).amax() < 1e-12 * scale);
            }
            let curvature = glass.curvature(&s);
            let image = product(&curvature, &v);
            assert!((&hessian * &v - &image).amax() < 1e-12 * scale, "{terms:?} at N = {n}");
            // the third and fifth derivatives of a polynomial of degree 6 at a step of 1e-4 leave
            // 1e-8 and rounding 1e-12
            let h = 1e-4;
            let [(up, slope_up), (down, slope_down)] =
                [h, -h].map(|h| glass.energy_and_gradient(&(&s + h * &v)));
            assert!(((up - down) / (2.0 * h) - gradient.dot(&v)).abs() < 2e-6 * scale);
            assert!(((slope_up - slope_down) / (2.0 * h) - image).amax() < 2e-6 * scale);
        }
    }
}

/// Second differences of the energy along great circles, for all pairs of axes of the tangent space.
#[test]
fn riemannian_hessian_along_great_circles() {
    let n = 6;
    let glass = glass(&[(1, 0.2), (2, 0.3), (4, 0.5)], n);
    let s = point(n, "sphere");
    let matrix = glass.riemannian_hessian(&s);
    let space = TangentSpace::at(&s);
    let (_, gradient) = glass.energy_and_gradient(&s);
    let curvature = glass.curvature(&s);
    let operator = RiemannianHessian::new(&s, &gradient, &curvature);
    let radius = (n as f64).sqrt();
    let bend = |direction: &DVector<f64>| {
        // s cos(h/R) + R sin(h/R) d moves with unit speed
        let at = |h: f64| {
            let angle: f64 = h / radius;
            let moved = &s * angle.cos() + direction * (radius * angle.sin());
            glass.energy_and_gradient(&moved).0
        };
        let h = 1e-3;
        (at(h) - 2.0 * at(0.0) + at(-h)) / (h * h)
    };
    let axis =
        |i: usize| space.lifted(&DVector::from_fn(n - 1, |j, _| f64::from(u8::from(i == j))));
    for i in 0..n - 1 {
        assert!((space.coordinates(&axis(i))[i] - 1.0).abs() < 1e-14);
        assert!((bend(&axis(i)) - matrix[(i, i)]).abs() < 1e-5, "{i}");
        for j in 0..i {
            let both = bend(&((axis(i) + axis(j)) * 0.5_f64.sqrt()));
            let found = both - 0.5 * (matrix[(i, i)] + matrix[(j, j)]);
            assert!((found - matrix[(i, j)]).abs() < 1e-5, "{i} {j}");
        }
    }
    let dense = exact(&Dense::new((&matrix + matrix.transpose()) / 2.0).unwrap(), 1 << 20).unwrap();
    let products = exact(&operator, 1 << 20).unwrap();
    for (a, b) in dense.eigenvalues.iter().zip(&products.eigenvalues) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
    assert_eq!(operator.dimension(), n - 1);
}

/// Couplings in single precision: the same sample, rounded.
#[test]
fn single_precision_and_other_weights() {
    let mixture = Mixture::new(&[(2, 0.5), (4, 0.5)]).unwrap();
    let streams = Streams::new(1, "oracles", 0);
    let double = Hamiltonian::<f64>::sample(&mixture, 20, &streams).unwrap();
    let single = Hamiltonian::<f32>::sample(&mixture, 20, &streams).unwrap();
    let s = point(20, "single");
    let (a, b) = (double.energy_and_gradient(&s), single.energy_and_gradient(&s));
    assert!((a.0 - b.0).abs() < 1e-5 && (&a.1 - &b.1).amax() < 1e-5);
    assert_ne!(a.1, b.1);
    assert_eq!(2 * Hamiltonian::<f32>::bytes(&mixture, 20).unwrap(), 8 * (210 + 8855));
    // a degree's couplings do not depend on the mixture in which they were drawn
    let pure = Mixture::pure(4).unwrap();
    let alone = Hamiltonian::<f64>::sample(&pure, 20, &streams).unwrap();
    let part = double.reweighted(&pure).unwrap();
    assert_eq!(alone.energy_and_gradient(&s), part.energy_and_gradient(&s));
    let error = alone.reweighted(&mixture).unwrap_err();
    assert!(error.is_spec() && error.to_string().contains("among [4], found 2"), "{error}");
}

#[test]
fn refusals_say_what_to_do() {
    let streams = Streams::new(1, "oracles", 0);
    let error = |p: usize, n: usize| {
        Hamiltonian::<f64>::sample(&Mixture::pure(p).unwrap(), n, &streams).unwrap_err()
    };
    assert!(error(7, 10).is_spec() && error(7, 10).to_string().contains("found r = 7"));
    assert!(error(3, 1).is_spec() && error(3, 1).to_string().contains("found 1"));
    assert!(error(6, 200).is_capacity() && error(6, 200).to_string().contains("smaller N"));
}
