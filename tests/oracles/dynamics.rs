//! The dynamic transition and its plateaus against the equation of the correlation in equilibrium,
//! followed in time.

use hessian::spinglass::{
    Mixture, ageing_energy, dynamic_temperature, equilibrium_overlap, level_energy,
};

/// C at time `end` from dC/dt = -T C - 1/T int_0^t nu'(C(t - s)) C'(s) ds, C(0) = 1 (Crisanti, Horner and
/// Sommers 1993), by Euler steps: the plateau does not depend on their length.
fn correlation(mixture: &Mixture, temperature: f64, end: f64) -> f64 {
    const STEP: f64 = 0.02;
    let mut c = vec![1.0];
    let mut kernel = vec![mixture.slope_at(1.0)];
    while c.len() as f64 * STEP < end {
        let i = c.len() - 1;
        let memory: f64 = (0..i).map(|j| kernel[i - j] * (c[j + 1] - c[j])).sum();
        c.push(c[i] - STEP * (temperature * c[i] + memory / temperature));
        kernel.push(mixture.slope_at(c[i + 1].max(0.0)));
    }
    c[c.len() - 1]
}

#[test]
fn correlations_decay_to_the_plateau_below_the_transition_and_to_nothing_above() {
    for word in ["3:1", "3:0.5,4:0.5", "6:1"] {
        let mixture = Mixture::parse(word).unwrap();
        let transition = dynamic_temperature(&mixture).unwrap();
        for share in [0.5, 0.8, 0.9] {
            let plateau = equilibrium_overlap(&mixture, share * transition).unwrap();
            let found = correlation(&mixture, share * transition, 60.0);
            assert!((found - plateau).abs() < 2e-3, "{word}, {share}: {found}, {plateau}");
        }
        assert!(correlation(&mixture, 1.3 * transition, 60.0) < 1e-3, "{word}");
        assert_eq!(equilibrium_overlap(&mixture, 1.001 * transition), None);
    }
    // of two maxima of nu'(q) (1 - q)/q, 0.30 at q = 0.5 and 0.27 at 0.97, the last is met first
    let two = Mixture::parse("3:0.4,30:0.6").unwrap();
    let temperature = 0.22_f64.sqrt();
    let plateau = equilibrium_overlap(&two, temperature).unwrap();
    let found = correlation(&two, temperature, 60.0);
    assert!(plateau > 0.96 && (found - plateau).abs() < 2e-3, "{found}, {plateau}");
}

#[test]
fn transitions_are_those_of_the_literature() {
    // T_MCT = 0.805166 of 3+4: 1.5 + q - 6 q^2 = 0 at the overlap
    let q = (1.0 + 37_f64.sqrt()) / 12.0;
    let expected = ((1.5 * q + 2.0 * q * q) * (1.0 - q)).sqrt();
    let mixed = Mixture::parse("3:0.5,4:0.5").unwrap();
    assert!((dynamic_temperature(&mixed).unwrap() - expected).abs() < 1e-12);
    assert!((expected - 0.805).abs() < 5e-4);
    // (p (p - 2)^{p-2}/(p - 1)^{p-1})^{1/2} for a pure model
    for p in [3, 4, 7] {
        let x = p as f64;
        let square = x * (x - 2.0).powf(x - 2.0) / (x - 1.0).powf(x - 1.0);
        let found = dynamic_temperature(&Mixture::pure(p).unwrap()).unwrap();
        assert!((found - square.sqrt()).abs() < 1e-12, "p = {p}: {found}");
    }
    for word in ["2:1", "1:1,3:1", "2:1,4:1"] {
        assert_eq!(dynamic_temperature(&Mixture::parse(word).unwrap()), None);
    }
}

/// At p = 3, T = 0.7, 6 q (1 - q)^2 = 0.49 at q = 0.6438, and x = 0.5533.
#[test]
fn ageing_stays_between_equilibrium_and_the_threshold() {
    let pure = Mixture::pure(3).unwrap();
    let found = ageing_energy(&pure, 0.7).unwrap();
    assert!((found + 1.2582).abs() < 1e-3, "{found}");
    let mut last = f64::NEG_INFINITY;
    for step in 1..=80 {
        let temperature = 0.01 * f64::from(step);
        let ages = ageing_energy(&pure, temperature).unwrap();
        assert!(ages > last && ages >= -1.0 / temperature, "T = {temperature}: {ages}");
        assert!(ages > -level_energy(&pure, 0).unwrap());
        last = ages;
    }
    assert_eq!(ageing_energy(&pure, 0.9), None);
    assert_eq!(ageing_energy(&Mixture::parse("3:1,4:1").unwrap(), 0.5), None);
}
