//! Sampled Hamiltonians have the covariance N nu(overlap).

use hessian::random::Streams;
use hessian::spinglass::{Hamiltonian, Mixture};
use hessian::stats;
use nalgebra::DVector;

/// Means of 20000 products against N nu(overlap) at six overlaps, all degrees at once; and of the
/// squares of all coefficients over their variances, by degree. Each of 12 checks is a bound of 6
/// standard errors: together they fail by chance with less than 1e-7. Catches 6 % in nu, 1 % in the
/// variances of a degree.
#[test]
fn covariance_is_n_nu_of_the_overlap() {
    let n = 5;
    let mixture = Mixture::new(&(1..=6).map(|r| (r, 1.0)).collect::<Vec<_>>()).unwrap();
    let overlaps = [-1.0, -0.6, 0.0, 0.3, 0.8, 1.0];
    let radius = (n as f64).sqrt();
    let s = DVector::from_element(n, 1.0);
    let mut sideways = DVector::from_fn(n, |i, _| i as f64 - 2.0);
    sideways *= radius / sideways.norm();
    let mut products = vec![Vec::new(); overlaps.len()];
    let mut squares = vec![Vec::new(); 7];
    for replicate in 0..20_000 {
        let streams = Streams::new(1, "statistical", replicate);
        let glass = Hamiltonian::<f64>::sample(&mixture, n, &streams).unwrap();
        let here = glass.energy_and_gradient(&s).0;
        for (overlap, products) in overlaps.iter().zip(&mut products) {
            let t = &s * *overlap + &sideways * (1.0 - overlap * overlap).sqrt();
            products.push(here * glass.energy_and_gradient(&t).0 / n as f64);
        }
        let mut sums = [(0.0, 0.0); 7];
        glass.for_each_coefficient(|tuple, coefficient| {
            let r = tuple.len();
            let mut orders = (1..=r).map(|i| i as f64).product::<f64>();
            for i in 0..n {
                let times = tuple.iter().filter(|j| **j == i).count();
                orders /= (1..=times).map(|i| i as f64).product::<f64>();
            }
            let variance = orders * (n as f64).powi(1 - r as i32) / 6.0;
            sums[r].0 += coefficient * coefficient / variance;
            sums[r].1 += 1.0;
        });
        for (sum, squares) in sums.iter().zip(&mut squares).skip(1) {
            squares.push(sum.0 / sum.1);
        }
    }
    let agrees = |what: String, sample: &[f64], expected: f64| {
        let (mean, error) = (stats::mean(sample), stats::standard_error(sample));
        assert!((mean - expected).abs() < 6.0 * error, "{what}: {mean} +- {error}, not {expected}");
    };
    for (overlap, products) in overlaps.iter().zip(&products) {
        let nu: f64 = (1..=6).map(|r| overlap.powi(r) / 6.0).sum();
        agrees(format!("covariance at {overlap}"), products, nu);
    }
    for (r, squares) in squares.iter().enumerate().skip(1) {
        agrees(format!("variances at degree {r}"), squares, 1.0);
    }
}
