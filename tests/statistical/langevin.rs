//! Langevin dynamics leaves the Gibbs measure as it is, at steps so large that without Metropolis' rule
//! it would not.

use hessian::random::Streams;
use hessian::spinglass::{Hamiltonian, Mixture, Thermostat, langevin, uniform_point};
use hessian::stats;

/// In a field h on the sphere in R^3 the mean of -H is R |h| (coth k - 1/k), k = R |h|/T (Langevin 1905).
/// 2000 chains of 300 steps, all but the first hundred: six standard errors, wrong by chance once in
/// 10^8; catches 5 % of the mean energy. A step moves the point by about half of the radius.
#[test]
fn a_spin_in_a_field_has_langevins_energy() {
    let streams = Streams::new(1, "langevin", 0);
    let glass = Hamiltonian::<f64>::sample(&Mixture::pure(1).unwrap(), 3, &streams).unwrap();
    let mut field = 0.0;
    glass.for_each_coefficient(|_, h| field += h * h);
    let strength = field.sqrt() * 3_f64.sqrt();
    let thermostat = Thermostat { temperature: 0.6 * strength, step: 0.5 / strength };
    let mut rng = streams.stream("noise", "");
    let means: Vec<f64> = (0..2000)
        .map(|_| {
            let start = uniform_point(3, &mut rng);
            let mut sum = 0.0;
            langevin(&glass, &start, thermostat, 300, &mut rng, |step, energy, _| {
                sum += if step > 100 { 3.0 * energy / 200.0 } else { 0.0 };
            });
            sum
        })
        .collect();
    let k = 1.0 / 0.6_f64;
    let exact = -strength * (1.0 / k.tanh() - 1.0 / k);
    let (mean, error) = (stats::mean(&means), stats::standard_error(&means));
    assert!(6.0 * error < -0.05 * exact, "{error}");
    assert!((mean - exact).abs() < 6.0 * error, "{mean} +- {error}, not {exact}");
}

/// A planted configuration has the mean energy -N/T, and keeps it: 4000 samples of 20 steps that are
/// rejected in part. Six standard errors, wrong by chance once in 10^8; catches 5 % of the energy.
#[test]
fn a_planted_configuration_stays_in_equilibrium() {
    let (n, temperature) = (8, 0.8);
    let mixture = Mixture::new(&[(3, 0.5), (4, 0.5)]).unwrap();
    let thermostat = Thermostat { temperature, step: 0.1 };
    let mut ends = Vec::new();
    let mut accepted = 0;
    for replicate in 0..4000 {
        let streams = Streams::new(1, "planted", replicate);
        let mut rng = streams.stream("noise", "");
        let start = uniform_point(n, &mut rng);
        let glass = Hamiltonian::<f64>::sample(&mixture, n, &streams).unwrap();
        let glass = glass.planted(&start, temperature);
        let mut last = f64::NAN;
        let (end, steps) =
            langevin(&glass, &start, thermostat, 20, &mut rng, |_, energy, _| last = energy);
        assert!((glass.energy_and_gradient(&end).0 / n as f64 - last).abs() < 1e-12);
        ends.push(last);
        accepted += steps;
    }
    assert!((20_000..79_000).contains(&accepted), "{accepted} of 80000 steps accepted");
    let (mean, error) = (stats::mean(&ends), stats::standard_error(&ends));
    assert!(6.0 * error < 0.05 / temperature, "{error}");
    assert!((mean + 1.0 / temperature).abs() < 6.0 * error, "{mean} +- {error}");
}
